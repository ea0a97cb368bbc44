"""From an export to a config that reads it: what each column seems to hold, and why.

Nothing here decides for the user: every choice comes with its reason, and where the fields allow another
choice the proposal says so. `spendscape inspect` tries the proposal on the files before it shows it.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.ingest.date_formats import ISO, NAMED, shares_read
from spendscape.ingest.samples import read_sample

# Files that are looked at.
SAMPLE_FILES = 4
# Fields of a column in which dates are looked for.
MOST_FIELDS = 2000
NAMES = {
    "date": r"date|day|booked|posted|time|datum|valuta|fecha|data\b",
    "amount": r"amount|value|money|sum|total|betrag|montant|importe|debit|spend|price",
    "customer": r"customer|client|account_?id|user|payer|member|holder|household|person|card_?id|kunde|konto|^id$",
    "category": r"mcc|categor|class|merchant_?(type|kind|group)|kind|symbol|purpose|^merchant$|kategorie|type",
    "transaction": r"trans|ref|booking_?id|^id$|uuid|entry",
    "currency": r"curr|ccy|währung|devise",
}
CREDITS = {"c", "cr", "credit", "kredit", "haben", "h", "in", "income", "refund"}
DEBITS = {"d", "dr", "debit", "soll", "s", "out", "withdrawal", "payment", "expense"}


@dataclass
class Proposal:
    """A section `ingest` of the config, and what speaks for it.

    Attributes
    ----------
    section : the keys and their values
    reasons : why each key has its value, by its dotted name such as columns.date
    doubts : what the user should look at
    """

    section: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def set(self, key: str, value: Any, reason: str) -> None:
        """Propose a value for a key such as columns.date."""
        place = self.section
        *path, last = key.split(".")
        for name in path:
            place = place.setdefault(name, {})
        place[last] = value
        self.reasons[key] = reason


def propose(
    files: Mapping[str, str],
    known_share: Callable[[Iterable[str]], float],
    tables: Sequence[str] = (),
) -> Proposal:
    """What the files seem to hold.

    Parameters
    ----------
    files : name and path of each file; all are taken to be alike, and only some are looked at
    known_share : the share of some categories that already have a class
    tables : tables of classes that `known_share` knows, named in the proposal where they help

    Raises
    ------
    DataError
        A file cannot be opened, or no column looks like dates, amounts or categories.
    """
    names = list(files)
    looked_at = sorted(
        {len(names) * k // SAMPLE_FILES for k in range(SAMPLE_FILES)} | {len(names) - 1}
    )
    samples = [read_sample(names[k], files[names[k]]) for k in looked_at]
    made = Proposal()
    for key, (value, reason) in samples[0].settings.items():
        made.set(key, value, reason)
    rows: dict[str, list[str]] = {}
    for column in samples[0].columns:
        fields = [text for sample in samples for text in sample.columns.get(column, [])]
        if any(fields):
            rows[column] = fields
    if not rows:
        raise DataError(f"{names[0]}: no rows were found")
    used: set[str] = set()
    _dates(made, rows, used)
    _amounts(made, rows, used)
    _directions(made, rows, used)
    _customers(made, rows, used, list(files))
    _categories(made, rows, used, known_share, tables)
    _others(made, rows, used)
    return made


def date_formats_of(
    columns: Mapping[str, Sequence[str]],
) -> dict[str, tuple[str, float, list[str]]]:
    """For each column the format that reads the most of its fields, the share, and its equals.

    Returns
    -------
    dict
        name of the format, the share that it reads, and the names of the others that read as many
    """
    some = {name: [f for f in fields if f][:MOST_FIELDS] for name, fields in columns.items()}
    found = {}
    for name, shares in shares_read({k: v for k, v in some.items() if v}).items():
        best = max(shares, key=lambda own: shares[own])
        equal = [own for own, share in shares.items() if share == shares[best] and own != best]
        found[name] = best, shares[best], equal
    return found


def _dates(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """Propose columns.date and date_format."""
    parts = [
        next((name for name in rows if re.fullmatch(pattern, name, re.IGNORECASE)), None)
        for pattern in ("year|jahr", "month|monat", "day|tag")
    ]
    if parts[0] and parts[1] and all((rows[p][0] or "x").isdigit() for p in parts if p):
        chosen = [part for part in parts if part]
        made.set("columns.date", chosen, "year and month have columns of their own")
        used.update(chosen)
        return
    found = date_formats_of(rows)
    score = {
        name: share + 0.2 * _named("date", name) - 0.3 * NAMED[best].doubtful
        for name, (best, share, _) in found.items()
        if share > 0.8
    }
    if not score:
        raise DataError(
            f"no column looks like a date; the columns are {', '.join(map(repr, rows))}. "
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
    if also:
        made.doubts.append(
            f"{', '.join(map(repr, also))} {'hold' if len(also) > 1 else 'holds'} dates too; "
            "the date of booking is wanted"
        )


def _amounts(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """Propose columns.amount, decimal, amount_ignores, missing_amounts, spend_is."""
    best, chosen = 0.0, ""
    for name, fields in rows.items():
        if name in used:
            continue
        some = [text for text in fields if text]
        share = max(_share(some, _money(mark)) for mark in ".,")
        cents = _share(some, r".*[.,]\d{1,2}\D*")
        score = share * (0.5 + 0.5 * cents) + 0.6 * _named("amount", name)
        if share > 0.6 and score > best:
            best, chosen = score, name
    if not chosen:
        raise DataError(
            f"no column looks like amounts; the columns are {', '.join(map(repr, rows))}. "
            "Give columns.amount by hand"
        )
    used.add(chosen)
    fields = rows[chosen]
    some = [text for text in fields if text]
    points, commas = (_share(some, _money(mark)) for mark in ".,")
    made.set("columns.amount", chosen, f"{max(points, commas):.0%} of its fields are amounts")
    if commas > points:
        made.set("decimal", ",", "as in 1.234,50")
        made.set("amount_ignores", "£$€. ", "thousands may be set off by points")
    missing = [t for t in dict.fromkeys(fields) if t in ("", "N/A", "NA", "n/a", "-", "null")]
    if missing:
        made.set("missing_amounts", missing, "fields without an amount; check that they mean none")
    negative = _share(some, r"[^\d]*[-(].*|.*-")
    if negative > 0.5:
        made.set("spend_is", "negative", f"{negative:.0%} of the amounts have a minus")
    elif negative:
        some_of = f"{negative:.1%}" if negative >= 0.001 else "less than 0.1%"
        made.doubts.append(f"{some_of} of {chosen!r} have a minus: taken for refunds")


def _directions(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """Propose to drop what came in, by a column that tells credits from debits."""
    for name, fields in rows.items():
        values = {text.lower(): text for text in dict.fromkeys(fields) if text}
        if (
            name not in used
            and 1 < len(values) <= 6
            and set(values) & CREDITS
            and set(values) & DEBITS
        ):
            credits = [text for low, text in values.items() if low in CREDITS]
            used.add(name)
            made.set("drop", {name: credits}, "money that came in")
            made.doubts.append(
                f"{name!r} tells credits ({', '.join(credits)}) from debits; they are left out as income. "
                "Where they are refunds give columns.direction and credit_values instead of drop"
            )
            return


def _customers(
    made: Proposal, rows: Mapping[str, list[str]], used: set[str], files: Sequence[str]
) -> None:
    """Propose columns.customer, from a column or from the names of the files."""
    score = {}
    for name, fields in rows.items():
        distinct = len(set(fields))
        if name in used or "" in set(fields) or not _named("customer", name):
            continue
        repeated = 1 - distinct / len(fields)
        score[name] = repeated + 0.3 * bool(
            re.search("customer|client|account|payer|user", name, re.I)
        )
    if score and max(score.values()) > 0.2:
        name = max(score, key=lambda key: score[key])
        used.add(name)
        made.set(
            "columns.customer",
            name,
            f"{counted(len(set(rows[name])), 'value')} in {len(rows[name]):,} rows",
        )
        return
    stems = [os.path.basename(name) for name in files]
    start, end = _common(stems), _common([stem[::-1] for stem in stems])[::-1]
    if len(stems) == 1:
        start, end = "", "." + stems[0].partition(".")[2]
    start = re.sub(r"[A-Za-z0-9]+$", "", start) if len(stems) > 1 else start
    made.set("from_name", f"{re.escape(start)}(?P<customer>.+){re.escape(end)}$", "no column looks like a customer's id: one file a customer")  # fmt: skip
    made.set("columns.customer", "customer", "the part of the file's name that differs")


def _categories(
    made: Proposal,
    rows: Mapping[str, list[str]],
    used: set[str],
    known_share: Callable[[Iterable[str]], float],
    tables: Sequence[str],
) -> None:
    """Propose columns.category and class_tables."""
    score = {}
    for name, fields in rows.items():
        distinct = set(fields)
        if name in used or not 1 < len(distinct) <= max(400, len(fields) // 20):
            continue
        score[name] = known_share(fields) + 0.5 * _named("category", name) - len(distinct) / 10_000
    if not score:
        raise DataError(
            f"no column looks like categories; the columns are {', '.join(map(repr, rows))}. "
            "Give columns.category by hand"
        )
    name = max(score, key=lambda key: score[key])
    used.add(name)
    share = known_share(rows[name])
    made.set(
        "columns.category",
        name,
        f"{len(set(rows[name])):,} values, {share:.0%} of rows have a class already",
    )
    codes = _share([t for t in rows[name] if t], r"\d{3,4}(\.0)?")
    if codes > 0.9 and share > 0.5:
        made.set("class_tables", list(tables), "the values are Merchant Category Codes")


def _others(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """Propose columns.transaction and columns.currency."""
    for name, fields in rows.items():
        if name in used:
            continue
        if len(set(fields)) == len(fields) > 1 and _named("transaction", name) and all(fields):
            made.set(
                "columns.transaction",
                name,
                "no value twice; a second row with one would be a repeat",
            )
            used.add(name)
            break
    for name, fields in rows.items():
        codes = Counter(text for text in fields if text)
        if name not in used and codes and _named("currency", name) and all(re.fullmatch("[A-Za-z]{3}", c) for c in codes):  # fmt: skip
            made.set("columns.currency", name, f"values {', '.join(islice(codes, 5))}")
            made.set(
                "currency",
                codes.most_common(1)[0][0].upper(),
                "the most frequent one; others need ingest.rates",
            )
            return


def _common(texts: Sequence[str]) -> str:
    """The beginning that all texts share."""
    same = [len(set(letters)) == 1 for letters in zip(*texts, strict=False)]
    return texts[0][: [*same, False].index(False)]


def _money(decimal: str) -> str:
    """A pattern of amounts."""
    other = "," if decimal == "." else "."
    number = rf"(\d+|\d{{1,3}}([{other} ]\d{{2,3}})+)([{decimal}]\d{{1,4}})?"
    return rf"[£$€ ]*[-+(]?[£$€ ]*{number}[£$€ )-]*"


def _share(fields: Sequence[str], pattern: str) -> float:
    """The share of fields that a pattern fits."""
    fits = re.compile(pattern).fullmatch
    return sum(1 for text in fields if fits(text)) / max(1, len(fields))


def _named(role: str, name: str) -> bool:
    """Whether a column's name says what it holds."""
    return re.search(NAMES[role], name, re.IGNORECASE) is not None
