"""A CSV reader that loses nothing: what it cannot read, it names by line."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from spendscape.errors import DataError

# Around a field these mean nothing; a byte-order mark can stand wherever files were joined.
SPACE = " \t\r\n\u00a0\ufeff"
LONGEST_LINE = 2**20
# A row with more lines than this is taken for one with an unclosed quote.
MOST_LINES = 100


def careful_rows(
    path: str, delimiter: str, header: Sequence[str], places: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """The rows of any CSV file (RFC 4180), where a broken line costs that line alone.

    A row may hold line breaks inside quotes. A line that opens a quote which is never closed, or
    closed in the middle of a field, is malformed by itself, and reading goes on with the next one.
    Empty lines are no rows.

    Parameters
    ----------
    header : the names of all columns; a row with more or fewer fields is malformed, except for one
        empty field at the end
    places : columns with the customer, date, category and amount

    Yields
    ------
    dict
        row, line, customer, date, category, amount, text (of the whole row), problem or None.
    """
    width = len(header)
    with _text(path) as file:
        lines = _lines(file)
        next(lines, None)
        waiting: deque[tuple[int, str]] = deque()
        row = 0
        while waiting or (head := next(lines, None)):
            number, line = waiting.popleft() if waiting else head  # type: ignore[misc]
            if not line.strip("\r\n"):
                continue
            row += 1
            fields, text = _parse(line, delimiter), line
            if fields is None:
                fields, text = _join(line, lines, waiting, delimiter)
            problem = None
            if fields is not None and len(fields) == width + 1 and not fields[-1]:
                fields = fields[:-1]
            if not _is_unicode(text):
                problem, fields = "bad_encoding", None
            elif fields is None or len(fields) != width:
                problem, fields = "malformed_row", None
            values = [fields[place] for place in places] if fields else [None] * 4
            yield {
                "row": row,
                "line": number,
                "text": text.rstrip("\r\n")
                .encode(errors="surrogateescape")
                .decode("utf-8", "replace"),
                "problem": problem,
                **dict(zip(("customer", "date", "category", "amount"), values, strict=True)),
            }


def header_of(name: str, path: str, delimiter: str) -> list[str]:
    """The column names of a CSV file, without byte-order marks, however many."""
    with _text(path) as file:
        _, line = next(_lines(file), (1, ""))
    fields = _parse(line.lstrip("\ufeff"), delimiter) if _is_unicode(line) else None
    if fields is None or len(line) >= LONGEST_LINE:
        raise DataError(
            f"ingest.files: {name} does not begin with a line of column names in UTF-8 text"
        )
    return [text.strip(SPACE) for text in fields]


def plain_rows(path: str) -> int | None:
    """The rows of a CSV file if each of its lines is one; None where line ends are mixed."""
    feeds = returns = pairs = size = 0
    tail = b""
    with Path(path).open("rb") as file:
        while block := file.read(2**24):
            feeds += block.count(b"\n")
            returns += block.count(b"\r")
            pairs += block.count(b"\r\n") + (tail[-1:] == b"\r" and block[:1] == b"\n")
            size += len(block)
            tail = (tail + block)[-2:]
    if returns != pairs or returns not in (0, feeds):
        return None
    return feeds - tail.endswith(b"\n")


def _text(path: str) -> TextIO:
    """A file as UTF-8 text; bytes that are none become surrogates, line ends stay."""
    return Path(path).open(encoding="utf-8", errors="surrogateescape", newline="")


def _lines(file: TextIO) -> Iterator[tuple[int, str]]:
    """Line numbers and lines; one beyond the longest is cut, which leaves it malformed."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = file.readline(LONGEST_LINE)
        # An open quote can never be closed after this mark, so the line is a row by itself.
        yield number, line if rest is line else f'"{line[:100]}…"…'


def _parse(text: str, delimiter: str) -> list[str] | None:
    """The fields of one row, None where its quotes are wrong."""
    if '"' not in text:
        return text.rstrip("\r\n").split(delimiter)
    try:
        rows = list(
            csv.reader(
                io.StringIO(text, newline=""),
                delimiter=delimiter,
                strict=True,
                skipinitialspace=True,
            )
        )
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _join(
    line: str,
    lines: Iterator[tuple[int, str]],
    waiting: deque[tuple[int, str]],
    delimiter: str,
) -> tuple[list[str] | None, str]:
    """The fields and text of a row over several lines; lines that are not used stay in `waiting`."""
    text, used = line, 0
    while used < MOST_LINES:
        if used == len(waiting):
            following = next(lines, None)
            if following is None:
                break
            waiting.append(following)
        added = waiting[used][1]
        text, used = text + added, used + 1
        if '"' in added:
            fields = _parse(text, delimiter)
            if fields is not None:
                for _ in range(used):
                    waiting.popleft()
                return fields, text
    return None, line


def _is_unicode(text: str) -> bool:
    """Whether a text read with `_text` was UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
