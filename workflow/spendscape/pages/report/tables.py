"""Tables of the report: what they hold, and how their cells look."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from spendscape.pages.numbers import DASH, NUMERIC, number

# What a JSON file holds, and the rows of a CSV file, by column name.
Json = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]

# A longer list of files or categories is cut, with a word on where the rest is.
MOST_ROWS = 200
MONTH = re.compile(r"\d{4}-\d\d")
# How the words of a verdict look, wherever they stand in a table: on the study's claims, and on drift.
VERDICTS = {
    "confirmed": "good",
    "stronger": "good",
    "equal": "open",
    "contradicted": "bad",
    "not tested": "open",
}
# A verdict's words, where they are not its name in claims.csv.
VERDICT_WORDS = {"equal": "too close to call"}
CHECKS = {"ok": "good", "watch": "open", "alarm": "bad"}
LOOKS = {VERDICT_WORDS.get(name, name): kind for name, kind in VERDICTS.items()} | CHECKS


class Cell(NamedTuple):
    """A cell's text and its CSS class."""

    text: str
    kind: str


@dataclass(frozen=True)
class Cells:
    """A table as a template writes it; `left_out` is the number of rows that were cut off."""

    head: list[Cell]
    rows: list[list[Cell]]
    left_out: int


@dataclass(frozen=True)
class Table:
    """A table: the names of its columns, and rows of texts and numbers in their order."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def cells(self) -> Cells:
        """Every cell's text and look: numbers formatted, verdicts coloured, a long table cut."""
        rows = self.rows[:MOST_ROWS]
        texts = [
            [value if isinstance(value, str) else number(value) for value in row] for row in rows
        ]
        # A column is aligned right when all of it is numbers, and then its head stands above them.
        right = [
            all(NUMERIC.fullmatch(row[place]) for row in texts)
            for place in range(len(self.columns))
        ]
        kinds = ["number" if flag else "" for flag in right]
        return Cells(
            [Cell(*pair) for pair in zip(self.columns, kinds, strict=True)],
            [
                [Cell(text, kind or _look(text)) for text, kind in zip(row, kinds, strict=True)]
                for row in texts
            ],
            len(self.rows) - len(rows),
        )


def pivot(
    entries: Iterable[tuple[str, str, str]], corner: str, columns: Sequence[str] | None = None
) -> Table:
    """A table with a row for each first name and a column for each second one.

    Parameters
    ----------
    entries : name of the row, name of the column, and the cell's text; a dash where there is none
    corner : the head of the first column
    columns : the order of the other columns; None for that of the entries
    """
    found: dict[str, dict[str, str]] = {}
    seen: dict[str, None] = {}
    for row, column, text in entries:
        found.setdefault(row, {})[column] = text
        seen[column] = None
    names = list(seen) if columns is None else list(columns)
    rows = [[row, *(texts.get(name, DASH) for name in names)] for row, texts in found.items()]
    return Table([corner, *names], rows)


def counts(values: Iterable[Any]) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    return {str(name): int(n) for name, n in Counter(values).most_common()}


def words(name: str) -> str:
    """A name of a results file as words."""
    return name.replace("_", " ")


def verdict_words(verdict: str) -> str:
    """What pages call a verdict on a claim."""
    return VERDICT_WORDS.get(verdict, verdict)


def _look(text: str) -> str:
    if MONTH.fullmatch(text):
        return "month"
    return LOOKS.get(text, "long" if len(text) > 40 else "")
