"""A CSV reader that loses nothing: it names the line of everything that it cannot read."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from spendscape.core.errors import DataError
from spendscape.core.text import plain

LONGEST_LINE = 2**20
TOO_LONG = " …cut…"
# A row with more lines than this is taken for one with an unclosed quote.
MOST_LINES = 100
# What files of other kinds begin with.
NO_TEXT = {
    b"PK\x03\x04": "a zip archive (unpack it, or export a spreadsheet as CSV)",
    b"\x1f\x8b": "compressed by gzip (its name has to end in .gz)",
    b"\x28\xb5\x2f\xfd": "compressed by zstd (its name has to end in .zst)",
    b"BZh91AY&": "compressed by bzip2 (its name has to end in .bz2)",
    b"PAR1": "a Parquet file (its name has to end in .parquet)",
    b"ARROW1\0\0": "an Arrow file (its name has to end in .arrow)",
    b"%PDF-": "a PDF document",
}


def refuse_no_text(name: str, start: bytes) -> None:
    """Refuse a file that begins like one of another kind.

    Raises
    ------
    DataError
        It does; the message says what it is.
    """
    for mark, what in NO_TEXT.items():
        if start.startswith(mark):
            raise DataError(
                f"ingest.files: {name} is {what}, not a line of column names in UTF-8 text"
            )


def careful_rows(
    path: str,
    delimiter: str,
    quote: str,
    width: int,
    places: Mapping[str, int],
    head: int = 1,
    before: int = 0,
) -> Iterator[dict[str, Any]]:
    """The rows of any CSV file (RFC 4180); of a broken file, only the broken lines are lost.

    A row may hold line breaks inside quotes. A line is malformed where it opens a quote that is never
    closed, or that is closed in the middle of a field; reading goes on with the next line. Empty
    lines are not rows.

    Parameters
    ----------
    quote : the quotation mark, "" for none
    width : number of columns; a row with more or fewer fields is malformed, but surplus empty fields
        at its end are dropped
    places : column of each role
    head : lines before the first row
    before : where the file is a part of another, the lines of that file before this part

    Yields
    ------
    dict
        row, line, text (of the whole row), problem or None, and the field of each role.
    """
    with _text(path) as file:
        lines = _lines(file, quote)
        for _ in range(head):
            next(lines, None)
        waiting: deque[tuple[int, str]] = deque()
        row = 0
        while waiting or (item := next(lines, None)):
            number, line = waiting.popleft() if waiting else item  # type: ignore[misc]
            if not line.strip("\r\n"):
                continue
            row += 1
            fields, text = _parse(line, delimiter, quote), line
            if fields is None:
                fields, text = _join(line, lines, waiting, delimiter, quote)
            problem = None
            # Spreadsheets pad their rows with empty fields; DuckDB drops them as well.
            while fields is not None and len(fields) > width and not fields[-1]:
                fields = fields[:-1]
            if not _is_unicode(text):
                problem, fields = "bad_encoding", None
            elif fields is None or len(fields) != width:
                problem, fields = "malformed_row", None
            yield {
                "row": row,
                "line": before + number,
                "text": text.rstrip("\r\n")
                .encode(errors="surrogateescape")
                .decode("utf-8", "replace"),
                "problem": problem,
                **{role: fields[place] if fields else None for role, place in places.items()},
            }


def header_of(
    name: str, path: str, delimiter: str, quote: str, skip: int = 0
) -> tuple[list[str], int]:
    """The column names of a CSV file after `skip` lines, and the lines that hold them.

    Names may have line breaks inside quotes; byte-order marks before the first are no part of it.

    Raises
    ------
    DataError
        The file is no text; or that line is empty, not UTF-8, or has a quote that is not closed.
    """
    with Path(path).open("rb") as file:
        refuse_no_text(name, file.read(8))
    with _text(path) as file:
        lines = _lines(file, quote)
        _, line = next(islice(lines, skip, None), (1, ""))
        waiting: deque[tuple[int, str]] = deque()
        text = line.lstrip("\ufeff")
        fields, used = _parse(text, delimiter, quote), text
        if fields is None:
            fields, used = _join(text, lines, waiting, delimiter, quote)
    where = f"ingest.files: line {skip + 1} of {name}, where the column names should be,"
    if not _is_unicode(used) or "\0" in used:
        raise DataError(
            f"ingest.files: {name} does not begin with a line of column names in UTF-8 text; "
            "check ingest.encoding"
        )
    if fields is None or len(line) >= LONGEST_LINE:
        raise DataError(f"{where} is too long or has a quote that is not closed")
    names = [plain(text) for text in fields]
    if not any(names):
        raise DataError(f"{where} is empty; check ingest.skip_lines and ingest.column_names")
    return names, max(1, len(used.rstrip("\r\n").splitlines()))


def plain_rows(path: str, head: int = 1) -> int | None:
    """How many rows a CSV file has if each of its lines is one; None where line ends are mixed."""
    feeds = returns = pairs = 0
    tail = b"\n"
    with Path(path).open("rb") as file:
        while block := file.read(2**24):
            feeds += int(np.count_nonzero(np.frombuffer(block, np.uint8) == 10))
            if b"\r" in block or tail == b"\r":
                returns += block.count(b"\r")
                pairs += block.count(b"\r\n") + (tail == b"\r" and block[:1] == b"\n")
            tail = block[-1:]
    if returns != pairs or returns not in (0, feeds):
        return None
    return max(0, feeds + (tail != b"\n") - head)


def _text(path: str) -> TextIO:
    """A file as UTF-8 text; other bytes become surrogates, and line ends stay as they are."""
    return Path(path).open(encoding="utf-8", errors="surrogateescape", newline="")


def _lines(file: TextIO, quote: str) -> Iterator[tuple[int, str]]:
    """Line numbers and lines; a line that is too long is cut, and thereby malformed."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = file.readline(LONGEST_LINE)
        if rest is not line:
            # This can be read neither as a row nor as the end of the row before it.
            start = line[:100].replace(quote, "") if quote else line[:100]
            line = f"{quote}{start}{quote}…{quote}{TOO_LONG}"
        yield number, line


def _parse(text: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields of one row; None where its quotes are wrong or the row was cut."""
    if text.endswith(TOO_LONG):
        return None
    if not quote or quote not in text:
        return text.rstrip("\r\n").split(delimiter)
    try:
        rows = list(
            csv.reader(
                io.StringIO(text, newline=""),
                delimiter=delimiter,
                quotechar=quote,
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
    quote: str,
) -> tuple[list[str] | None, str]:
    """The fields and the text of a row of several lines; lines that do not belong to it stay in `waiting`."""
    text, used = line, 0
    while used < MOST_LINES:
        if used == len(waiting):
            following = next(lines, None)
            if following is None:
                break
            waiting.append(following)
        added = waiting[used][1]
        text, used = text + added, used + 1
        if quote and quote in added:
            fields = _parse(text, delimiter, quote)
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
