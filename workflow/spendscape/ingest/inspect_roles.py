"""Which columns of an export are the customer and the category, together, by what these mean.

A customer has many values, each with many rows and many dates; a category has tens to hundreds of values,
which many customers share. A customer has many categories, and a category many customers, so that the two
are chosen as a pair.
"""

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from spendscape.core.arrays import Bools, Floats
from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.ingest.inspect_columns import Column, majority
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.inspect_words import CODES, NO, YES, named

# A column with more values than this is no category, unless it has the name of one.
MOST_CATEGORIES = 400
# How much speaks for a column with the name of a customer and one value: one customer's own export.
ONLY_ONE = 2.4
# A column with fewer filled fields than this needs another one for the rest.
FULL = 0.95
# Parts of a file's name that say when, or how many: 2024, 10_11, 2024-Q3, 20240131-20240229, 07, b.
PERIOD = re.compile(
    r"\d{1,4}|(19|20)\d{4}|(19|20)\d{6}|q[1-4]|fy\d+|[a-z]|part|new|old"
    r"|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*",
    re.IGNORECASE,
)
KnownShare = Callable[[Iterable[str]], float]
# A column has people's names where this share of its values looks like them.
PEOPLE = 0.5


def decides(one: Column, other: Column) -> float:
    """How much better the value of `other` is known from that of `one` than without: 1 where it is certain."""
    without = max(other.counts.values()) / max(1, other.counts.total())
    known = majority(other.codes, one.codes)
    return max(0.0, known - without) / (1 - without) if without < 1 else 0.0


def shared_by(values: Column, customers: Column) -> float:
    """The mean share of the customers that have a value, each row's value counting once."""
    pairs = pd.DataFrame({"value": values.codes, "customer": customers.codes}).drop_duplicates()
    number = pairs.groupby("value")["customer"].transform("size")
    return float(number.mean() / max(1, customers.distinct))


def people_share(column: Column, known_share: KnownShare) -> float:
    """The share of the values that look like people's names: several capitalised words, no digits, none known.

    Parameters
    ----------
    known_share : the share of some categories that already have a class; asked of values and their words
    """
    values = list(column.counts)[:MOST_CATEGORIES]

    def is_person(text: str) -> bool:
        words = re.findall(r"[^\W\d_][\w'’-]*", text)
        if sum(word[0].isupper() for word in words) < 2 or re.search(r"\d", text):
            return False
        return not known_share([text, *words])

    return sum(map(is_person, values)) / max(1, len(values))


def customer_scores(
    columns: Mapping[str, Column], used: set[str], days: Float[Floats, "N"]
) -> dict[str, float]:
    """How much speaks for each column as the customer, by itself."""
    found: dict[str, float] = {}
    span = float(np.nanmax(days) - np.nanmin(days)) if np.isfinite(days).any() else 0.0
    for name, column in columns.items():
        rows = len(column.fields)
        if name in used or column.filled < FULL or column.amounts.cents > 0.5:
            continue
        values = {text.lower() for text in column.counts}
        if _is_clock(column):
            continue
        # Nearly every row has a customer of its own in an excerpt of a large file only.
        each = column.counts.total() / column.distinct
        if (values <= YES | NO and column.distinct > 1) or (each < 1.3 and column.distinct > 20):
            continue
        hint = named("customer", name)
        if column.distinct == 1:
            if hint > 0:
                found[name] = ONLY_ONE
            continue
        score = (
            1.2 * hint + 0.6 * column.identifier + 0.5 * min(2.0, math.log10(column.distinct)) / 2
        )
        score += 0.3 * min(1.0, math.log10(each))
        score += 0.4 * _spread_in_time(column, days, span)
        score -= 0.6 * (column.distinct < 5) + 0.4 * (column.distinct > rows / 3)
        found[name] = score
    return found


def _is_clock(column: Column) -> bool:
    """Whether the values are times of day."""
    return all(re.fullmatch(r"\d\d?:\d\d(:\d\d)?.*", text) for text in column.counts)


def _spread_in_time(column: Column, days: Float[Floats, "N"], span: float) -> float:
    """How much of the time of all rows a value's rows cover, in the mean."""
    if span <= 0:
        return 0.5
    ends = pd.Series(days).groupby(column.codes).agg(["min", "max"])
    return float(((ends["max"] - ends["min"]) / span).mean())


def category_scores(
    columns: Mapping[str, Column], used: set[str], known_share: KnownShare
) -> dict[str, float]:
    """How much speaks for each column as the category, by itself."""
    found: dict[str, float] = {}
    for name, column in columns.items():
        distinct, rows = column.distinct, len(column.fields)
        hint = named("category", name)
        values = [text.lower() for text in column.counts]
        if named("customer", name) > 0 and hint <= 0:
            continue
        if name in used or distinct < 2 or column.amounts.cents > 0.1 or set(values) <= YES | NO:
            continue
        known = known_share(text for text in column.fields if text)
        if distinct > max(MOST_CATEGORIES, rows // 20) and known < 0.5:
            continue
        if distinct > rows / 3 and rows > 30:
            continue
        if {text.upper() for text in column.counts} <= CODES or _is_clock(column):
            continue
        # Addresses are of persons, and are never shown.
        if any("@" in text for text in values):
            continue
        long = sum(map(len, values)) / distinct
        score = 1.5 * known + 1.0 * hint - 0.6 * (long > 40)
        score += -0.5 if distinct <= 3 else 0.2 if distinct <= 6 else 0.6
        score -= 0.5 * max(0.0, math.log10(distinct / 100)) * (known < 0.5)
        # Codes of four digits may be categories; longer ids are not.
        score -= 0.7 * column.identifier * (known < 0.5)
        score -= 0.3 * (1 - column.filled)
        # Whom a payment went to, unless the column has the name of a category.
        score -= 0.6 * (hint <= 0 and people_share(column, known_share) >= PEOPLE)
        found[name] = score
    return found


def choose_pair(
    columns: Mapping[str, Column], customers: Mapping[str, float], categories: Mapping[str, float]
) -> tuple[str, str]:
    """The customer and the category that fit best together; the customer is '' where no column is one."""
    best = (-math.inf, "", "")
    for category, own in categories.items():
        column = columns[category]
        alone = own - 0.2
        best = max(best, (alone, "", category))
        for customer, score in customers.items():
            who = columns[customer]
            if customer == category:
                continue
            if who.distinct == 1:
                best = max(best, (own + score, customer, category))
                continue
            # The category varies within a customer, and the customer within a category.
            fixed = decides(who, column)
            if fixed > 0.97 or decides(column, who) > 0.9:
                continue
            together = own + score + 0.6 * min(1.0, 2 * shared_by(column, who))
            together -= 0.4 * fixed
            best = max(best, (together, customer, category))
    return best[1], best[2]


def coarser(columns: Mapping[str, Column], customers: Mapping[str, float], chosen: str) -> str:
    """The customer of whom `chosen` is only a card or an account, where a column has that.

    Such a column looks like ids too, has fewer values, and `chosen` decides it.
    """
    own = columns[chosen]
    for name, score in customers.items():
        column = columns[name]
        if name == chosen or not column.distinct < own.distinct or column.distinct < 2:
            continue
        ids = column.identifier > 0.8 and column.distinct > own.distinct / 5
        if ids and majority(column.codes, own.codes) > 0.999 and score > customers[chosen] - 0.8:
            return name
    return chosen


def propose_people(
    made: Proposal,
    columns: Mapping[str, Column],
    used: set[str],
    days: Float[Floats, "N"],
    spent: Float[Floats, "N"],
    known_share: KnownShare,
    tables: Sequence[str],
    files: Sequence[str],
) -> str:
    """Propose columns.customer, columns.category and class_tables; return the column of the category.

    Raises
    ------
    DataError
        No column looks like categories.
    """
    customers = customer_scores(columns, used, days)
    categories = category_scores(columns, used, known_share)
    if not categories:
        raise DataError(
            f"no column looks like categories; the columns are {', '.join(map(repr, columns))}. "
            "Give columns.category by hand"
        )
    customer, category = choose_pair(columns, customers, categories)
    if customer and named("customer", customer) <= 0 and names_are_ids(files):
        customer = ""
    if customer:
        customer = _propose_customer(made, columns, customers, customer, category)
        used.add(customer)
    else:
        _name_holds_customer(made, files)
    used.add(category)
    chosen = _with_another(columns, categories, category, customer, spent)
    used.update(chosen)
    share = known_share(text for name in chosen for text in columns[name].fields if text)
    made.set(
        "columns.category",
        chosen if len(chosen) > 1 else category,
        f"{sum(columns[name].distinct for name in chosen):,} values, {share:.0%} of rows have a class already"
        + ("; the first that is not empty counts" if len(chosen) > 1 else ""),
    )
    _doubt_rivals(made, "category", categories, category, (customer, *chosen), 0.4)
    _hide_people(made, [columns[name] for name in chosen], categories, customer, known_share)
    codes = [text for text in columns[category].fields if text]
    four = sum(bool(re.fullmatch(r"\d{3,4}(\.0)?", text)) for text in codes) / max(1, len(codes))
    if four > 0.9 and share > 0.5:
        made.set("class_tables", list(tables), "the values are Merchant Category Codes")
    return category


def _propose_customer(
    made: Proposal,
    columns: Mapping[str, Column],
    customers: Mapping[str, float],
    finer: str,
    category: str,
) -> str:
    """Propose columns.customer: the chosen column, or the one of whom it is only a card."""
    customer = coarser(columns, customers, finer)
    if finer != customer:
        made.doubts.append(f"each {finer!r} has one {customer!r}, which is taken for the customer")
    values, rows = columns[customer].distinct, len(columns[customer].fields)
    made.set("columns.customer", customer, f"{counted(values, 'value')} in {rows:,} rows")
    _doubt_rivals(made, "customer", customers, finer, (customer, category), 0.3)
    return customer


def _doubt_rivals(
    made: Proposal,
    role: str,
    scores: Mapping[str, float],
    chosen: str,
    known: Sequence[str],
    near: float,
) -> None:
    """Name the columns for which nearly as much speaks."""
    rivals = [
        name
        for name, score in scores.items()
        if name not in (chosen, *known) and score > scores[chosen] - near
    ]
    if rivals:
        made.doubts.append(
            f"{', '.join(map(repr, rivals))} could be the {role} as well as {chosen!r}"
        )


def _hide_people(
    made: Proposal,
    chosen: Sequence[Column],
    categories: Mapping[str, float],
    customer: str,
    known_share: KnownShare,
) -> None:
    """Keep the values of the category out of the comments where they may be people's, and say so first."""
    for column in chosen:
        long_ids = sum(len(re.findall(r"\d", text)) > 4 for text in column.counts)
        if max(people_share(column, known_share), long_ids / column.distinct) >= PEOPLE:
            made.hidden = f"the values of {column.name!r} look like people's names or ids"
        elif named("category", column.name) < 0:
            made.hidden = f"the name {column.name!r} is rather not that of a category"
    names = [column.name for column in chosen]
    most = max(categories[name] for name in names)
    rivals = [n for n, own in categories.items() if n not in (*names, customer) and own >= most]
    if not made.hidden and rivals:
        made.hidden = f"{rivals[0]!r} is as likely the category as {names[0]!r}"
    if made.hidden:
        made.doubts.insert(
            0, f"{made.hidden}: look at columns.category first; no list of its values is shown"
        )


def _with_another(
    columns: Mapping[str, Column],
    categories: Mapping[str, float],
    category: str,
    customer: str,
    spent: Float[Floats, "N"],
) -> list[str]:
    """The columns of the category: where the one is empty in many rows, another one fills it."""
    spends: Bool[Bools, N] = np.isfinite(spent) & (spent > 0)

    def filled(name: str) -> Bool[Bools, "N"]:
        return np.array([text != "" for text in columns[name].fields], dtype=bool)

    def fills(name: str, rest: Bool[Bools, "N"]) -> float:
        return float(filled(name)[rest].mean()) if rest.any() else 0.0

    own = filled(category)
    others = [n for n, score in categories.items() if n not in (category, customer) and score > 0]
    gaps = spends & ~own
    if gaps.sum() > (1 - FULL) * max(1, spends.sum()):
        best = max(others, key=lambda name: (fills(name, gaps) > 0.5, categories[name]), default="")
        return [category, best] if best and fills(best, gaps) > 0.5 else [category]
    sparse = [
        name
        for name in others
        if named("category", name) > 0
        and 0.02 < columns[name].filled < FULL
        and fills(name, spends)
    ]
    best = max(sparse, key=lambda name: categories[name], default="")
    return [best, category] if best else [category]


def differing(names: Sequence[str]) -> tuple[str, list[str], str]:
    """The beginning that all names share, the parts that differ, and the end that all share."""
    start = _common(names)
    end = _common([name[len(start) :][::-1] for name in names])[::-1]
    return start, [name[len(start) : len(name) - len(end)] for name in names], end


def _common(texts: Sequence[str]) -> str:
    """The beginning that all texts share."""
    same = [len(set(letters)) == 1 for letters in zip(*texts, strict=False)]
    return texts[0][: [*same, False].index(False)]


def _of_names(files: Sequence[str]) -> tuple[str, list[str], str]:
    """The same for the names of files, cut between words."""
    stems = [os.path.basename(name) for name in files]
    if len(stems) == 1:
        stem, mark, ending = stems[0].partition(".")
        return "", [stem], mark + ending
    start, parts, end = differing(stems)
    cut = re.sub(r"[A-Za-z0-9]+$", "", start)
    rest = re.sub(r"^[A-Za-z0-9]+", "", end)
    parts = [start[len(cut) :] + part + end[: len(end) - len(rest)] for part in parts]
    return cut, parts, rest


def names_are_ids(files: Sequence[str]) -> bool:
    """Whether the names of several files differ by something that is no period and no number of a part."""
    parts = _of_names(files)[1]
    return len(parts) > 1 and not any(
        all(PERIOD.fullmatch(word) for word in re.split("[-_. ]+", part)) for part in parts
    )


def _name_holds_customer(made: Proposal, files: Sequence[str]) -> None:
    """Propose from_name: the customer is the part of the files' names that differs."""
    start, _, end = _of_names(files)
    made.set("from_name", f"{re.escape(start)}(?P<customer>.+){re.escape(end)}$", "no column looks like a customer's id: one file a customer")  # fmt: skip
    made.set("columns.customer", "customer", "the part of the file's name that differs")
