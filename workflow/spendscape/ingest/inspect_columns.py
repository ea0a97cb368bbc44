"""Facts about the columns of an export, from which `inspect` says what each one means."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Bools, Floats, Indices
from spendscape.ingest.columns import Reading
from spendscape.ingest.inspect_words import MONEY_WORDS
from spendscape.ingest.row_sql import marked_amount

# Fields that mean that there is no amount.
MISSING = ("", "N/A", "NA", "n/a", "-", "--", "null", "NULL", "None", "nan", "NaN")
CREDIT_MARKS, DEBIT_MARKS = ("CR", "C", "H", "K"), ("DR", "DB", "D", "S")
SIGNS = "+-()−"
SPACES = " \u00a0\u202f'’"
# What ingest.amount_ignores is where the config does not say.
DEFAULT_IGNORES = "£$€, "


@dataclass(frozen=True)
class Amounts:
    """A column as amounts.

    Attributes
    ----------
    values : NaN where a field is no amount
    share : of the fields that are not missing, how many are amounts
    decimal, ignores, credit_marks, debit_marks : what ingest needs to read them
    cents : the share of the amounts that have decimals
    """

    values: Float[Floats, "N"]
    share: float
    decimal: str
    ignores: str
    credit_marks: tuple[str, ...]
    debit_marks: tuple[str, ...]
    cents: float

    @property
    def negative(self) -> float:
        """The share of the amounts other than 0 that are below 0."""
        some = self.values[np.isfinite(self.values) & (self.values != 0)]
        return float((some < 0).mean()) if len(some) else 0.0


class Column:
    """A column of the sample: its fields, and what they look like."""

    def __init__(self, name: str, fields: Sequence[str]) -> None:
        self.name = name
        self.fields = fields

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each field occurs, '' left out."""
        counts = Counter(self.fields)
        counts.pop("", None)
        return counts

    @cached_property
    def codes(self) -> Int[Indices, "N"]:
        """A number for each value."""
        return np.asarray(pd.factorize(np.array(self.fields, dtype=object))[0], dtype=np.intp)

    @property
    def distinct(self) -> int:
        """The number of values, '' left out."""
        return len(self.counts)

    @property
    def filled(self) -> float:
        """The share of the fields that are not empty."""
        return self.counts.total() / max(1, len(self.fields))

    @cached_property
    def identifier(self) -> float:
        """The share of the values that look like ids: with digits, without words."""
        values = list(self.counts)[:2000]
        fits = re.compile(r"[A-Za-z]{0,9}[-_/. ]?[\dXx*-]{1,4}[\w*-]{1,40}|[0-9a-fA-F-]{8,}|\d+")
        like = [
            v
            for v in values
            if (fits.fullmatch(v) and re.search(r"\d", v)) or re.fullmatch(r"\S*(\d{4}|@)\S*", v)
        ]
        return len(like) / max(1, len(values))

    @cached_property
    def amounts(self) -> Amounts:
        """The column as amounts."""
        return _amounts(self.fields)


def decimal_mark(fields: Sequence[str]) -> str:
    """The decimal mark of amounts: what stands before their last one or two digits, or after the thousands.

    A mark before exactly three digits may be either, so it says nothing unless nothing else does.
    """
    votes = Counter[str]()
    weak = Counter[str]()
    for field in fields:
        # A point may also end a word, as in Rs. 12,50.
        core = re.search(r"(?<![A-Za-z])[.,]?\d[\d.,'’\s]*", field)
        text = core[0].strip() if core else ""
        marks = [c for c in text if c in ".,"]
        if not marks:
            continue
        last = max(text.rfind("."), text.rfind(","))
        digits = re.match(r"\d*", text[last + 1 :])
        after = len(digits[0]) if digits else 0
        other = "," if text[last] == "." else "."
        if marks.count(text[last]) > 1:
            votes[other] += 1
        elif other in marks or after != 3 or text.lstrip(SIGNS)[:2] in ("0.", "0,"):
            votes[text[last]] += 1
        else:
            weak[other] += 1
    chosen = votes or weak
    return "," if chosen[","] > chosen["."] else "."


def _amounts(fields: Sequence[str]) -> Amounts:
    """Fields as amounts, read by the SQL that ingest reads them with."""
    texts = [text for text in fields if text not in MISSING]
    likely = [text for text in texts[:3000] if re.search(r"\d", text)]
    nothing = Amounts(np.full(len(fields), np.nan), 0.0, ".", DEFAULT_IGNORES, (), (), 0.0)
    if len(likely) < 0.5 * min(len(texts), 3000) or not likely:
        return nothing
    credit, debit = _marks(likely)
    bare = [_unmarked(text, credit + debit) for text in likely]
    decimal = decimal_mark(bare)
    around = Counter(
        c for text in bare for c in set(text) if not c.isdigit() and c not in SIGNS + decimal
    )
    if (
        not {word.upper() for text in bare for word in re.findall(r"[^\W\d_]+", text)}
        <= MONEY_WORDS
    ):
        # Other words: not an amount with its currency.
        around = Counter({c: n for c, n in around.items() if not c.isalpha()})
    extra = "".join(sorted(c for c in around if _may_be_ignored(c)))
    default = DEFAULT_IGNORES if decimal == "." else "£$€. "
    ignores = default + "".join(c for c in extra if c not in default)
    reading = Reading(decimal=decimal, amount_ignores=ignores, credit_marks=credit, debit_marks=debit)  # fmt: skip
    sample = pa.table({"field": pa.array(list(fields), pa.string())})
    with duckdb.connect() as connection:
        connection.register("sample", sample)
        found = connection.sql(
            f"SELECT ({marked_amount('field', reading)})::DOUBLE AS value FROM sample"
        ).to_arrow_table()
    values = found["value"].to_numpy(zero_copy_only=False).astype(np.float64)
    known = np.array([text not in MISSING for text in fields], dtype=bool)
    share = float(np.isfinite(values[known]).mean()) if known.any() else 0.0
    point = re.compile(rf"\d{re.escape(decimal)}\d")
    cents = sum(1 for text in bare if point.search(text)) / len(bare)
    return Amounts(values, share, decimal, ignores, credit, debit, cents)


def _may_be_ignored(character: str) -> bool:
    """Whether a character in an amount can be one of a currency or between thousands."""
    return (
        character in SPACES + ".,"
        or unicodedata.category(character) in ("Sc", "Zs")
        or character.isalpha()
    )


def _marks(fields: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The marks of credits and of debits that stand behind amounts."""
    ends = Counter(
        found[1].upper() for text in fields if (found := re.search(r"\d\s?\)?\s?([A-Za-z]{1,2})\.?$", text))
    )  # fmt: skip
    credit = tuple(mark for mark in CREDIT_MARKS if ends[mark])
    debit = tuple(mark for mark in DEBIT_MARKS if ends[mark])
    known = sum(ends[mark] for mark in credit + debit)
    if not credit or known < ends.total():
        return (), ()
    return credit, debit


def _unmarked(text: str, marks: Sequence[str]) -> str:
    """An amount without its mark."""
    for mark in marks:
        if text.upper().endswith(mark):
            return text[: -len(mark)].strip()
    return text


def majority(of: Int[Indices, "N"], by: Int[Indices, "N"]) -> float:
    """The share of rows that have the most frequent value of `of` among the rows with their value of `by`.

    1 where `by` decides `of`.
    """
    if not len(of):
        return 0.0
    pairs = pd.Series(1, index=pd.MultiIndex.from_arrays([by, of])).groupby(level=[0, 1]).sum()
    return float(pairs.groupby(level=0).max().sum() / len(of))


def is_cumulative(
    sums: Float[Floats, "N"], parts: Float[Floats, "N"], group: Int[Indices, "N"]
) -> float:
    """The share of neighbouring rows of a group in which `sums` changes by the amount in `parts`.

    Rows may stand in the order of time or against it, and a balance falls by what is spent.
    """
    order = np.argsort(group, kind="stable")
    own, money, total = group[order], parts[order], sums[order]
    with np.errstate(invalid="ignore"):
        change = np.abs(np.diff(total))
        near = [np.abs(change - np.abs(m)) < 0.006 for m in (money[1:], money[:-1])]
    inside: Bool[Bools, M] = (own[1:] == own[:-1]) & np.isfinite(change) & np.isfinite(money[1:])
    inside &= np.abs(money[1:]) > 0.005
    if inside.sum() < 10:
        return 0.0
    return max(float(hit[inside].mean()) for hit in near)


def columns_of(rows: Mapping[str, Sequence[str]]) -> dict[str, Column]:
    """The columns that have any field."""
    made = {name: Column(name, fields) for name, fields in rows.items()}
    return {name: column for name, column in made.items() if column.distinct}
