"""How a text file is written: its encoding, what separates its fields, and where its rows begin.

A dialect is chosen by how many lines it makes rows of one width, and by whether their cells look like
whole cells, as in CleverCSV. The header is the line before the first row that has numbers and dates
where the other rows have them, so that any lines may stand before it.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spendscape.core.errors import DataError

DELIMITERS = ",;\t|"
QUOTES = ('"', "'", "")
# Records that a dialect is judged by.
JUDGED = 400
# Characters in which a cell is looked for with quotes around it.
HEAD = 100_000
NUMBER = re.compile(
    r"""[^\w\s()+'"-]{0,3}\s?[-+(−]?\s?[^\w\s()+'"-]{0,3}\s?\d[\d.,'’\s]*\)?-?(\s?([A-Za-z]{1,3}|[^\w\s'"]))?"""
)
DATE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T].*)?|\d{1,2}[ -][A-Za-z]{3,9}\.?[ -]\d{2,4}|[A-Za-z]{3,9} \d{1,2}, \d{4}|\d{4}-?Q[1-4]"
)
# A line that is not UTF-8 is taken for a broken one where no more than this share of all lines is.
BROKEN = 0.005


@dataclass(frozen=True)
class Dialect:
    """How a text file is written.

    Attributes
    ----------
    skip : lines before the column names, or before the rows where the config has to name the columns
    names : the column names
    given : why the config has to name the columns; None where a line of the file does
    odd : records that have another width than the rows
    """

    encoding: str
    delimiter: str
    quote: str
    skip: int
    names: tuple[str, ...]
    given: str | None
    odd: int


def text_encoding(data: bytes) -> str:
    """The encoding of a text: by its mark, UTF-8 if nearly all lines are, otherwise cp1252.

    Nearly any text can be read as cp1252, so few lines that are not UTF-8 are taken for broken ones.
    """
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    head = data[:4000]
    if len(head) > 8 and b"\0" in head:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    lines = data.split(b"\n")
    if len(lines) > 1:
        # An excerpt may be cut within a character.
        lines = lines[:-1]
    foreign = [line for line in lines if not line.isascii()]
    broken = sum(1 for line in foreign if not _is_utf8(line))
    if broken == 0 or broken < len(foreign) / 2 or broken < BROKEN * len(lines):
        return "utf-8"
    return "cp1252"


def _is_utf8(line: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def text_dialect(name: str, text: str, encoding: str) -> Dialect:
    """The dialect of a text, which begins as its file does.

    Raises
    ------
    DataError
        Nothing divides its lines into columns.
    """
    best: tuple[float, str, str] = (0.0, "", "")
    for quote in QUOTES:
        for delimiter in DELIMITERS:
            if delimiter not in text or (quote and quote not in text and quote != '"'):
                continue
            score = _score(text, delimiter, quote)
            if score > best[0] + 1e-9:
                best = (score, delimiter, quote)
    if not best[0]:
        raise DataError(f"{name}: no delimiter of {' '.join(map(repr, DELIMITERS))} gives columns")
    _, delimiter, quote = best
    numbered = records(text, delimiter, quote, JUDGED)
    width = _width([fields for _, fields in numbered])
    skip, names, given = _header(numbered, width)
    odd = sum(1 for _, f in numbered if f and len(f) != width and len(_stripped(f)) > width)
    return Dialect(encoding, delimiter, quote, skip, names, given, odd)


def records(
    text: str, delimiter: str, quote: str, most: int | None = None
) -> list[tuple[int, list[str]]]:
    """Records and the number of lines before each; an empty line is an empty record."""
    found: list[tuple[int, list[str]]] = []
    before = 0
    lines = io.StringIO(text, newline="")
    reader = (
        csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True)
        if quote
        else csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    )
    try:
        for fields in reader:
            found.append((before, [field.strip() for field in fields]))
            before = reader.line_num
            if len(found) == most:
                break
    except csv.Error:
        # A field of more than 128 KiB: a quote that is never closed.
        pass
    return found


def _width(rows: Sequence[Sequence[str]]) -> int:
    """The most frequent number of fields."""
    counts = Counter(len(row) for row in rows if row)
    return max(counts, key=lambda width: (counts[width], width)) if counts else 0


def _score(text: str, delimiter: str, quote: str) -> float:
    """How well a dialect fits: the share of lines in rows of one width, times that of cells that are whole."""
    numbered = records(text, delimiter, quote, JUDGED)
    rows = [fields for _, fields in numbered]
    width = _width(rows)
    if width < 2:
        return 0.0
    starts = [before for before, _ in numbered]
    lines = [after - before for before, after in zip(starts, [*starts[1:], starts[-1] + 1], strict=True)]  # fmt: skip
    fitting = sum(n for n, row in zip(lines, rows, strict=True) if len(row) == width)
    filled = sum(n for n, row in zip(lines, rows, strict=True) if row)
    cells = [cell for row in rows if len(row) == width for cell in row]
    head = text[:HEAD] if quote else ""
    whole = sum(1 for cell in cells if _is_whole(cell, quote, head)) / len(cells)
    return fitting / max(1, filled) * whole * (1 - 0.1 / width)


def _is_whole(cell: str, quote: str, head: str) -> bool:
    """Whether a cell does not look like several cells, or like a part of one; in quotes it may."""
    if not cell or is_typed(cell):
        return True
    if cell[0] in "\"'" or cell[-1] in "\"'":
        return False
    return not any(mark in cell for mark in ";\t|") or f"{quote}{cell}{quote}" in head


def is_typed(cell: str) -> bool:
    """Whether a cell is a number or a date."""
    return bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell))


def _stripped(fields: Sequence[str]) -> list[str]:
    """Fields without the empty ones at their end."""
    own = list(fields)
    while own and not own[-1]:
        own.pop()
    return own


def _header(
    numbered: Sequence[tuple[int, list[str]]], width: int
) -> tuple[int, tuple[str, ...], str | None]:
    """Lines to skip, the column names, and why the config has to give these, None where the file has them."""
    rows = [fields for _, fields in numbered if len(fields) == width]
    typed = [k for k in range(width) if sum(is_typed(row[k]) for row in rows) > 0.6 * len(rows)]
    some = [k for k in range(width) if sum(is_typed(row[k]) for row in rows) > 0.1 * len(rows)]

    def is_row(fields: Sequence[str]) -> bool:
        if len(fields) != width:
            return False
        if typed:
            return sum(is_typed(fields[k]) for k in typed) >= max(1, len(typed) / 2)
        return any(is_typed(fields[k]) for k in some)

    first = next((k for k, (_, fields) in enumerate(numbered) if is_row(fields)), 0)
    unnamed = tuple(f"column_{k + 1}" for k in range(width))
    if len(rows) == 1 and not is_row(rows[0]) and rows[0] == numbered[-1][1] and all(rows[0]):
        # The column names of a file without rows.
        return numbered[-1][0], tuple(rows[0]), None
    if first == 0:
        return numbered[0][0], unnamed, "no line has column names; rename as you like"
    # Of the lines before, the column names are the one with the most names.
    filled = [sum(map(bool, fields)) for _, fields in numbered[:first]]
    place = filled.index(max(filled))
    names = _stripped(numbered[place][1])
    is_header = width / 2 < len(names) <= width and sum(map(is_typed, names)) <= len(names) / 4
    if not is_header:
        return numbered[first][0], unnamed, "no line has column names; rename as you like"
    before = numbered[place][0]
    after = numbered[first][0]
    whole = names + [""] * (width - len(names))
    twice = {name for name, count in Counter(whole).items() if count > 1 and name}
    if twice or "" in names:
        made = [
            name if name and whole.count(name) == 1 else f"{name or 'column'}_{k + 1}"
            for k, name in enumerate(whole)
        ]
        return (
            after,
            tuple(made),
            "names of columns that are empty or stand twice have a number now",
        )
    if len(numbered[place][1]) > width:
        return after, tuple(names), "the line of column names has more fields than the rows"
    if len(names) < width and not all(row[k] == "" for row in rows[1:] for k in range(len(names), width)):  # fmt: skip
        made = [name or f"column_{k + 1}" for k, name in enumerate(whole)]
        return after, tuple(made), "the line of column names has fewer fields than the rows"
    return before, tuple(whole), None
