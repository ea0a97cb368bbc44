"""Which columns of an export hold the dates and the money, and which rows are money that came in."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import duckdb
import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Bools, Floats, Indices
from spendscape.core.errors import DataError
from spendscape.ingest.date_formats import ISO, NAMED, shares_read
from spendscape.ingest.inspect_columns import Column, is_cumulative, majority
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.inspect_words import CREDITS, DEBITS, named

# Fields of a column in which dates are looked for.
MOST_FIELDS, FIRST_LOOK = 2000, 100
# A column is of amounts or dates where this share of its fields can be read so.
ENOUGH = 0.8


def date_formats_of(
    columns: Mapping[str, Sequence[str]],
) -> dict[str, tuple[str, float, list[str]]]:
    """For each column the format that reads the most of its fields, the share, and its equals.

    Of formats that read as many, the one is first in which neighbouring rows are nearest in time:
    files are in the order of time, or in parts of it.

    Returns
    -------
    dict
        name of the format, the share that it reads, and the names of the others that read as many
    """
    some = {name: _spread([f for f in fields if f]) for name, fields in columns.items()}
    few = {name: _spread(fields, FIRST_LOOK) for name, fields in some.items() if fields}
    found = {}
    first = {name: max(shares.values()) for name, shares in shares_read(few).items()}
    likely = {
        name: some[name] if share > ENOUGH / 2 else few[name] for name, share in first.items()
    }
    for name, shares in shares_read(likely).items():
        most = max(shares.values())
        equal = [own for own, share in shares.items() if share == most]
        if len(equal) > 1 and most > ENOUGH:
            equal.sort(key=lambda own: _jumps(some[name], own))
        found[name] = equal[0], most, equal[1:] if most else []
    return found


def _spread(fields: Sequence[str], most: int = MOST_FIELDS) -> Sequence[str]:
    """So many fields that they are quick to read, some from everywhere."""
    step = max(1, len(fields) // most)
    return fields[::step][:most]


def _jumps(fields: Sequence[str], form: str) -> float:
    """The mean days between neighbours, to a tenth of the mean of all formats' such that near ones are equal."""
    days = dates_of(fields, form)
    steps = np.abs(np.diff(days[np.isfinite(days)]))
    return round(float(np.log2(1 + steps.mean())), 0) if len(steps) else 0.0


def dates_of(fields: Sequence[str], form: str) -> Float[Floats, "N"]:
    """Days since 1970 of fields in a format of the table, NaN where one is no date."""
    sql = NAMED[form].sql("field", 12, None)
    with duckdb.connect() as connection:
        connection.register("sample", pa.table({"field": pa.array(list(fields), pa.string())}))
        found = connection.sql(
            f"SELECT date_diff('day', DATE '1970-01-01', ({sql})::DATE)::DOUBLE AS day FROM sample"
        ).to_arrow_table()
    return np.asarray(found["day"].to_numpy(zero_copy_only=False), dtype=np.float64)


def propose_dates(made: Proposal, columns: Mapping[str, Column], used: set[str]) -> None:
    """Propose columns.date and date_format.

    Raises
    ------
    DataError
        No column looks like a date.
    """
    parts = [_part_of_date(columns, names) for names in ("year jahr", "month monat", "day tag")]
    if parts[0] and parts[1]:
        chosen = [part for part in parts if part]
        made.set("columns.date", chosen, "year and month have columns of their own")
        used.update(chosen)
        return
    likely = {
        name: column.fields
        for name, column in columns.items()
        if sum(map(len, column.counts)) <= 30 * column.distinct
        and sum(any(c.isdigit() for c in text) for text in column.counts) > 0.5 * column.distinct
    }
    found = date_formats_of(likely) if likely else {}
    score = {
        name: share
        + 0.2 * named("date", name)
        - 0.3 * NAMED[best].doubtful
        - 0.3 * (columns[name].distinct == 1)
        - 0.5 * (1 - columns[name].filled)
        for name, (best, share, _) in found.items()
        if share > ENOUGH
    }
    if not score:
        raise DataError(
            f"no column looks like a date; the columns are {', '.join(map(repr, columns))}. "
            "Give columns.date and date_format by hand"
        )
    name = max(score, key=lambda key: score[key])
    best, share, others = found[name]
    used.add(name)
    made.set("columns.date", name, f"{share:.0%} of its fields are dates")
    if best != ISO:
        made.set("date_format", best, f"it reads {share:.0%} of {name!r}")
    if others:
        made.doubts.append(
            f"{name!r} could as well be {' or '.join(others)}: look at a date you know"
        )
    also = [other for other in score if other != name and not NAMED[found[other][0]].doubtful]
    used.update(also)
    if also:
        made.doubts.append(
            f"{', '.join(map(repr, also))} {'hold' if len(also) > 1 else 'holds'} dates too; "
            "the date of booking is wanted"
        )


def _part_of_date(columns: Mapping[str, Column], names: str) -> str:
    """The column of one of these names that holds whole numbers, '' if there is none."""
    for name, column in columns.items():
        if name.lower() in names.split() and all(text.isdigit() for text in column.counts):
            return name
    return ""


def days_of(made: Proposal, columns: Mapping[str, Column]) -> Float[Floats, "N"]:
    """The day of each row as the proposal reads it."""
    chosen = made.section["columns"]["date"]
    if isinstance(chosen, str):
        return dates_of(columns[chosen].fields, made.section.get("date_format") or ISO)
    fields = zip(*(columns[name].fields for name in chosen), strict=True)
    texts = [
        "-".join([f"{p[0]:0>4}", *(f"{t:0>2}" for t in p[1:]), *["01"][len(p) - 2 :]])
        for p in fields
    ]
    return dates_of(texts, ISO)


def money_columns(columns: Mapping[str, Column], used: set[str]) -> dict[str, float]:
    """The columns that can be amounts, and how much speaks for each."""
    found = {}
    for name, column in columns.items():
        if name in used:
            continue
        own = column.amounts
        if own.share <= ENOUGH:
            continue
        values = own.values[np.isfinite(own.values)]
        whole = not own.cents
        # Codes and ids are whole numbers, without a sign, most of the same length.
        lengths = {len(text) for text in list(column.counts)[:500]}
        id_like = whole and not own.negative and (len(lengths) <= 2 or column.distinct == len(column.fields))  # fmt: skip
        score = own.share * (0.5 + 0.5 * min(1.0, 1.2 * own.cents)) + 0.6 * named("amount", name)
        score += 0.3 * (own.negative > 0) - 0.6 * id_like - 0.4 * (column.distinct < 10)
        score -= 0.5 * float((values == 0).mean()) + 0.8 * (column.distinct == 1)
        score += 0.2 * min(1.0, column.distinct / max(1, 0.2 * len(values)))
        found[name] = score
    return found


def drop_cumulative(
    made: Proposal, score: dict[str, float], columns: Mapping[str, Column], used: set[str]
) -> None:
    """Leave out columns that add up another one: balances, and sums of the year to date."""
    keys = [
        name
        for name, column in columns.items()
        if name not in score and 1 < column.distinct <= len(column.fields) / 3
    ]
    keys = sorted(keys, key=lambda name: -columns[name].identifier)[:6]
    rows = len(next(iter(columns.values())).fields)
    groups: list[Int[Indices, N]] = [np.zeros(rows, dtype=np.intp)]
    groups += [columns[name].codes for name in keys]
    for one, two in combinations(keys, 2):
        joint = columns[one].codes * (columns[two].distinct + 2) + columns[two].codes
        groups.append(joint)
    for name in list(score):
        for part in score:
            if part == name or columns[part].filled < 0.5 or columns[part].distinct < 10:
                continue
            values = (columns[name].amounts.values, columns[part].amounts.values)
            best = max(is_cumulative(*values, group) for group in groups)
            if best > 0.6:
                made.doubts.append(f"{name!r} adds up {part!r}, so it is not taken for the amount")
                used.add(name)
                del score[name]
                break


def debit_and_credit(
    score: Mapping[str, float], columns: Mapping[str, Column]
) -> tuple[str, str] | None:
    """The columns of debits and of credits, where each row has one of the two."""
    best: tuple[float, str, str] | None = None
    for one, two in combinations(score, 2):
        has = [_holds(columns[name]) for name in (one, two)]
        some = has[0] | has[1]
        if min(h.sum() for h in has) < 1 or (has[0] & has[1]).sum() > 0.01 * some.sum():
            continue
        if some.mean() < 0.9:
            continue
        # Most rows of an account are debits.
        lean = 0.5 * float(has[0].mean() - has[1].mean())
        lean += (
            named("debit", one) - named("debit", two) + named("credit", two) - named("credit", one)
        )
        pair = (one, two) if lean >= 0 else (two, one)
        if best is None or abs(lean) > best[0]:
            best = (abs(lean), *pair)
    return best[1:] if best else None


def _holds(column: Column) -> Bool[Bools, "N"]:
    """Where a column has an amount that is not 0."""
    values = column.amounts.values
    return np.asarray(np.isfinite(values) & (values != 0), dtype=bool)


def propose_amounts(
    made: Proposal, columns: Mapping[str, Column], used: set[str]
) -> Float[Floats, "N"]:
    """Propose columns.amount and credit, and how they are read; return what each row spends, NaN if nothing.

    Raises
    ------
    DataError
        No column looks like amounts.
    """
    score = money_columns(columns, used)
    drop_cumulative(made, score, columns, used)
    single = {name: own for name, own in score.items() if columns[name].filled > 0.9}
    pair = debit_and_credit(score, columns)
    signed = [n for n in single if columns[n].amounts.negative and n not in (pair or ())]
    if pair and not signed:
        return _propose_pair(made, columns, used, *pair)
    score = single or score
    if not score or max(score.values()) < 0.3:
        raise DataError(
            f"no column looks like amounts; the columns are {', '.join(map(repr, columns))}. "
            "Give columns.amount by hand"
        )
    name = max(score, key=lambda key: score[key])
    used.add(name)
    others = [own for own in score if own != name and score[own] > score[name] - 0.4]
    if others:
        made.doubts.append(
            f"{', '.join(map(repr, others))} could be the amount as well as {name!r}"
        )
    own = columns[name].amounts
    made.set("columns.amount", name, f"{own.share:.0%} of its fields are amounts")
    _propose_form(made, [columns[name]])
    values = own.values
    if own.negative > 0.5:
        made.set("spend_is", "negative", f"{own.negative:.0%} of the amounts have a minus")
        values = -values
    elif own.negative and not own.credit_marks:
        some_of = f"{own.negative:.1%}" if own.negative >= 0.001 else "less than 0.1%"
        made.doubts.append(f"{some_of} of {name!r} have a minus: taken for refunds")
    return values


def _propose_pair(
    made: Proposal, columns: Mapping[str, Column], used: set[str], debit: str, credit: str
) -> Float[Floats, "N"]:
    """Propose the columns of debits and of credits."""
    used.update((debit, credit))
    made.set("columns.amount", debit, "rows have an amount here or in the column of credits")
    made.set("columns.credit", credit, "money that came in")
    _propose_form(made, [columns[debit], columns[credit]])
    out, back = (columns[name].amounts.values for name in (debit, credit))
    if columns[debit].amounts.negative > 0.5:
        made.set("spend_is", "negative", f"the amounts in {debit!r} have a minus")
        out = -out
    return np.where(_holds(columns[debit]), out, 0) - np.where(_holds(columns[credit]), back, 0)


def _propose_form(made: Proposal, columns: Sequence[Column]) -> None:
    """Propose what is needed to read the amounts of columns: the decimal mark, what to ignore, the marks."""
    own = max((column.amounts for column in columns), key=lambda a: a.cents)
    ignores = "".join(dict.fromkeys("".join(column.amounts.ignores for column in columns)))
    ignores = ignores.replace(own.decimal, "")
    if own.decimal == ",":
        made.set("decimal", ",", "as in 1.234,50")
    if set(ignores) != set("£$€, "):
        made.set("amount_ignores", ignores, "stands in amounts and means nothing")
    if own.credit_marks:
        made.set("credit_marks", list(own.credit_marks), "stands behind amounts that came in")
        if own.debit_marks:
            made.set("debit_marks", list(own.debit_marks), "stands behind amounts that were spent")
    texts = [set(column.fields) for column in columns]
    everywhere = set.union(*texts)
    if len(columns) == 1:
        missing = [text for text in ("", "N/A", "NA", "n/a", "-", "--", "null", "NULL") if text in everywhere]  # fmt: skip
    else:
        missing = [text for text in ("", "-", "--", "N/A") if text in everywhere]
    if missing:
        reason = (
            "the other column has the amount"
            if len(columns) > 1
            else "fields without an amount; check that they mean none"
        )
        made.set("missing_amounts", missing, reason)


def propose_direction(
    made: Proposal, columns: Mapping[str, Column], used: set[str], spent: Float[Floats, "N"]
) -> tuple[Float[Floats, "N"], str]:
    """Find a column that tells credits from debits, if the amounts have no sign of their own.

    Returns
    -------
    what each row spends by it, and the column, '' where there is none or none is needed
    """
    for name, column in columns.items():
        values = {text.lower(): text for text in column.counts}
        credits = [text for low, text in values.items() if low in CREDITS]
        debits = [text for low, text in values.items() if low in DEBITS]
        if name in used or not 1 < len(values) <= 6 or not credits or not debits:
            continue
        came_in = np.isin(np.array(column.fields, dtype=object), credits)
        used.add(name)
        signs = (spent < 0).astype(np.intp)
        if signs.any() and majority(came_in.astype(np.intp), signs) > 0.98:
            return spent, ""
        return np.where(came_in, -np.abs(spent), spent), name
    return spent, ""
