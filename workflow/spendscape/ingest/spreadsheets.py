"""Workbooks: each of their sheets is read like a file of its own, cell by cell.

A column of a sheet may hold text in one row and a number or a date in the next. So a cell is judged
by its own type, as a column of Parquet is: a number is an amount whatever the decimal mark of texts
is, a date is a day whatever the format of texts is.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any

from spendscape.core.errors import DataError, nearest
from spendscape.core.text import plain
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_parts import Piece, kind_of
from spendscape.ingest.optional import optional
from spendscape.ingest.typed_columns import LARGEST_WHOLE, is_id, large_ids

# Numbers are doubles in every workbook.
LARGEST = LARGEST_WHOLE["DOUBLE"]


def by_sheet(pieces: Sequence[Piece], reading: Reading) -> list[Piece]:
    """The same pieces, a workbook as one for each of its sheets, named such as book.xlsx#Cards.

    Without ingest.sheets every sheet that has a cell is one.

    Raises
    ------
    DataError
        A workbook cannot be opened, or lacks a sheet of ingest.sheets.
    """
    made: list[Piece] = []
    for piece in pieces:
        if kind_of(piece.name, reading.format)[0] != "spreadsheet":
            made.append(piece)
            continue
        with _workbook(piece) as book:
            # Others are charts and macros.
            names = [own.name for own in book.sheets_metadata if "WorkSheet" in str(own.typ)]
            for wanted in reading.sheets:
                if wanted not in names:
                    raise DataError(
                        f"ingest.sheets: {wanted!r} was given; {piece.name} has no such sheet"
                        f"{nearest(wanted, names)}.\nIts sheets: {', '.join(names)}"
                    )
            chosen = reading.sheets or [
                name for name in names if len(names) == 1 or book.get_sheet_by_name(name).start
            ]
        made += [replace(piece, name=f"{piece.name}#{name}", sheet=name) for name in chosen]
    return made


def sheet_rows(piece: Piece, reading: Reading) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    """The column names of a sheet, and its rows below them: the sheet's own number of the row, and the cells.

    Rows without any cell are none. The first other row has the names, unless the config has them.

    Raises
    ------
    DataError
        The sheet has no names of columns.
    """
    with _workbook(piece) as book:
        sheet = book.get_sheet_by_name(piece.sheet)
        # The library holds a whole sheet; its rows become values of Python one by one.
        rows = (
            (number, cells)
            for number, cells in enumerate(sheet.iter_rows() if sheet.start else (), start=1)
            if number > reading.skip_lines and any(plain(text_of(cell)) for cell in cells)
        )
    if reading.column_names:
        return list(reading.column_names), rows
    head = [plain(text_of(cell)) for _, cells in islice(rows, 1) for cell in cells]
    while head and not head[-1]:
        head.pop()
    if not head:
        raise DataError(f"ingest.files: {piece.name} is empty; expected columns and rows")
    return head, rows


def sheet_records(
    name: str,
    rows: Iterator[tuple[int, list[Any]]],
    width: int,
    places: Mapping[str, int],
    typed: Sequence[str],
    delimiter: str,
) -> Iterator[dict[str, Any]]:
    """The rows of a sheet as records: row, line (the sheet's own number), a text per role, text and problem.

    A record also has the value of each role in `typed`, where the cell is a number or a day, as
    `{role}_typed`. A cell beyond the last named column makes its row malformed, as in a text file.

    Parameters
    ----------
    width : number of columns
    places : the column of each role
    delimiter : what stands between the cells in text

    Raises
    ------
    DataError
        A number that is an id may stand for several ids.
    """
    large = {role: 0 for role in places if is_id(role)}
    for row, (line, cells) in enumerate(rows, start=1):
        texts = [text_of(cell) for cell in cells] + [""] * (width - len(cells))
        record: dict[str, Any] = {"row": row, "line": line, "text": delimiter.join(texts)}
        if any(plain(text) for text in texts[width:]):
            yield record | {"problem": "malformed_row"}
            continue
        record |= {role: texts[place] for role, place in places.items()}
        for role, place in places.items():
            cell = cells[place] if place < len(cells) else ""
            if role in typed:
                record[f"{role}_typed"] = value_of(cell, role)
            if role in large and isinstance(cell, int | float) and abs(cell) >= LARGEST:
                large[role] += 1
        yield record
    for role, count in large.items():
        if count:
            raise large_ids(role, name, count, LARGEST)


def text_of(cell: Any) -> str:
    """A cell as the text that is compared: whole numbers have no decimals, days are ISO."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(repr(cell)):f}"
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)


def value_of(cell: Any, role: str) -> Any:
    """A cell's own value where it is a day in a role of days, or a number in another role; else None."""
    if role.startswith("date"):
        day = cell.date() if isinstance(cell, datetime.datetime) else cell
        return day if isinstance(day, datetime.date) else None
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None


def reader_of(name: str) -> Any:
    """The library that reads workbooks.

    Raises
    ------
    DataError
        It is not installed.
    """
    return optional("python_calamine", "ingest.files", name, "spreadsheet")


@contextmanager
def _workbook(piece: Piece) -> Iterator[Any]:
    """The opened workbook, whatever its name ends in."""
    calamine = reader_of(piece.name)
    try:
        with open(piece.path, "rb") as file:
            yield calamine.CalamineWorkbook.from_filelike(file)
    except calamine.CalamineError as error:
        raise DataError(
            f"ingest.files: {piece.name} cannot be read as a workbook; {error}"
        ) from None
