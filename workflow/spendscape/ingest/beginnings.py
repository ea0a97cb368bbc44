"""The header and the first rows of raw files, read as the ingest reads them, so that a mistake shows before any job."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.core.parquet import even_sample
from spendscape.ingest.classes import ClassRules, assign_classes
from spendscape.ingest.columns import Reading
from spendscape.ingest.date_formats import ISO
from spendscape.ingest.file_parts import Piece, kind_of
from spendscape.ingest.ids import name_customers
from spendscape.ingest.ingest import ingest, surveyed
from spendscape.ingest.inspect_money import ENOUGH, date_formats_of
from spendscape.ingest.same_files import files_that_are_one, places_of, refuse_copies
from spendscape.ingest.samples import read_sample
from spendscape.ingest.spreadsheets import by_sheet, reader_of
from spendscape.ingest.survey import (
    QUARANTINED,
    Survey,
    readable,
    refuse_currencies,
    what_to_check,
)
from spendscape.ingest.unpacking import arrow_batches, beginning
from spendscape.ingest.unused import check_values, count_values

# Of how many files, evenly spread, how many rows of a table, and how many bytes of a text.
FILES, ROWS, BYTES = 20, 1000, 2**18
# A file may begin with rows that cannot be read, and still have few of them.
LARGEST_SHARE = 0.5
# Megabytes for DuckDB.
MEMORY = 500


@dataclass(frozen=True)
class Found:
    """What was found in files that were read whole.

    Attributes
    ----------
    classes : in tensor order
    customers : of whom a row was accepted
    """

    classes: list[str]
    customers: int


def look(
    files: Mapping[str, str],
    reading: Reading,
    rules: ClassRules,
    work: str,
    allowed: float = 0,
    copies: bool = False,
    alone: bool = True,
) -> Found | None:
    """Read the beginning of some files, and refuse what cannot go well; small files are read whole, and nothing is left.

    Large workbooks are left to the ingest, which has to read them whole.

    Parameters
    ----------
    files : each file's name in the ledger, and its path
    work : an empty folder for the beginnings
    allowed : the share of all rows that the config allows to be unreadable
    copies : whether a file may be there twice (ingest.allow_copies)
    alone : whether no other rows count than those of these files

    Returns
    -------
    Found
        Where all files are so small; else None.

    Raises
    ------
    DataError
        A file that cannot be read, a missing column, a wrong pattern of dates or any other reason for which more
        than half of these rows cannot be read; what these rows show of classes, directions, currencies and ids that
        a config refuses; or a file that is there twice. Of small files, all that `ingest` refuses.
    """
    names = list(files)
    chosen = [names[k] for k in even_sample(len(names), FILES)]
    found = [
        _beginning(name, files[name], reading, f"{work}/{number}")
        for number, name in enumerate(chosen)
    ]
    pieces = [piece for own, _ in found for piece in own]
    # The beginnings are uncompressed and in UTF-8.
    plain = replace(reading, encoding="utf-8")
    every = len(chosen) == len(names) and all(whole for _, whole in found)
    if pieces:
        with _counted_in(
            "" if every else " (Counted in the rows looked at: the first of some files.)"
        ):
            _refuse_what_shows(pieces, plain, rules, work, allowed)
    if not copies:
        same = files_that_are_one(places_of(files, reading))
        refuse_copies([own for own in same if _has_rows(own[0], files[own[0]], reading, work)])
    if not alone or not every:
        return None
    monthly, quarantine, scratch = (f"{work}/{own}" for own in ("monthly", "quarantine", "scratch"))
    Path(scratch).mkdir()
    ledger = ingest(files, reading, rules, monthly, quarantine, scratch, allowed, memory=MEMORY)
    return Found(ledger["classes"], ledger["customers"]["accepted"])


@contextmanager
def _counted_in(where: str) -> Iterator[None]:
    """Say after a mistake with numbers which rows these are of."""
    try:
        yield
    except DataError as error:
        raise DataError(
            f"{error}{where if re.search(r'[0-9] (row|customer)', str(error)) else ''}"
        ) from None


def _refuse_what_shows(
    pieces: Sequence[Piece], reading: Reading, rules: ClassRules, work: str, allowed: float
) -> None:
    """Refuse what the ingest would refuse, whatever the rows are that are not among these."""
    connection, surveys, _ = surveyed(pieces, reading, work, False, 1, MEMORY, whole=True)
    numbers = range(len(pieces))
    refuse_currencies(connection, reading, surveys, numbers)
    _refuse_unreadable(connection, pieces, reading, surveys, allowed)
    check_values([count_values(connection, numbers, reading)], reading, allow_unused=True)
    name_customers(connection, numbers, reading, None)
    connection.close()
    rows = Counter[str]()
    for part in readable(surveys):
        rows[str(part.category)] += part.rows
    assign_classes(rows, replace(rules, allow_unused=True))


def _refuse_unreadable(
    connection: duckdb.DuckDBPyConnection,
    pieces: Sequence[Piece],
    reading: Reading,
    surveys: Mapping[str, Sequence[Survey]],
    allowed: float,
) -> None:
    """Refuse rows of which more than half cannot be read, with the place of the first."""
    reasons = Counter[str]()
    for part in (part for parts in surveys.values() for part in parts):
        reasons[str(part.reason) if part.reason in QUARANTINED else ""] += part.rows
    bad = reasons.total() - reasons[""]
    if bad <= max(LARGEST_SHARE, allowed) * reasons.total():
        return
    del reasons[""]
    [(reason, _), *_] = reasons.most_common()
    worst = max(
        surveys, key=lambda name: sum(p.rows for p in surveys[name] if p.reason in QUARANTINED)
    )
    number = [piece.name for piece in pieces].index(worst)
    [[line, row]] = connection.execute(
        f"SELECT min(line), min(row) FROM rows_{number} WHERE reason = ?", [reason]
    ).fetchall()
    place = f"line {line:,}" if line else f"row {row:,}" if row else ""
    shown = ", ".join(f"{own} {count:,}" for own, count in reasons.most_common())
    raise DataError(
        f"{what_to_check(reason)}: of the first rows of the files more than half cannot be read, most of them in "
        f"{worst}: {shown}{f' (the first in {place})' if place else ''}"
        + (_format_that_fits(pieces[number].path, reading) if reason == "bad_date" else "")
    )


def _format_that_fits(path: str, reading: Reading) -> str:
    """Another line for a message about dates: the date_format that reads them, '' where none reads most."""
    column = reading.columns.date
    try:
        sample = read_sample(Path(path).name, path)
    except DataError:
        return ""
    fields = [text for text in sample.columns.get(str(column), []) if text]
    for best, share, others in date_formats_of({str(column): fields} if fields else {}).values():
        if share > ENOUGH and best != (reading.date_format or ISO):
            shown = " or ".join("null" if own == ISO else repr(own) for own in (best, *others))
            return f"\nIts column {column!r} would be read with ingest.date_format: {shown}"
    return ""


def _beginning(name: str, path: str, reading: Reading, target: str) -> tuple[list[Piece], bool]:
    """The beginning of a file as a file of its own, under the same name, and whether it is all of it.

    Of a workbook these are its sheets, or none where it is large.
    """
    kind, _ = kind_of(name, reading.format)
    if kind == "spreadsheet":
        reader_of(name)
        small = Path(path).stat().st_size <= BYTES
        return (by_sheet([Piece(name, path)], reading), True) if small else ([], False)
    if kind == "text":
        made = f"{target}.csv"
        whole = beginning(Piece(name, path), reading.encoding, BYTES, made, reading.format)
        return [Piece(name, made)], whole
    made = f"{target}.{kind}"
    try:
        whole = (_first_of_parquet if kind == "parquet" else _first_of_arrow)(path, made)
    except (pa.ArrowException, OSError):
        # The ingest says what is wrong with it.
        return [Piece(name, path)], True
    return [Piece(name, made)], whole


def _first_of_parquet(path: str, target: str) -> bool:
    """Write the first rows of a Parquet file to `target`; whether they are all."""
    file = pq.ParquetFile(path)
    first = pa.Table.from_batches(islice(file.iter_batches(ROWS), 1), file.schema_arrow)
    pq.write_table(first, target)
    return bool(len(first) == file.metadata.num_rows)


def _first_of_arrow(path: str, target: str) -> bool:
    """Write the first rows of an Arrow file or stream to `target`; whether they are all."""
    rows = 0
    with pa.memory_map(path) as mapped, pa.OSFile(target, "wb") as out:
        schema, batches = arrow_batches(mapped)
        with pa.ipc.new_file(out, schema) as writer:
            for batch in islice(batches, 1):
                writer.write_batch(batch.slice(0, ROWS))
                rows = len(batch)
        return rows <= ROWS and next(batches, None) is None


def _has_rows(name: str, path: str, reading: Reading, work: str) -> bool:
    """Whether a file has a row; one of a month without postings may be there twice."""
    pieces, _ = _beginning(name, path, reading, f"{work}/same")
    if not pieces:
        return True
    plain = replace(reading, encoding="utf-8")
    connection, surveys, _ = surveyed(pieces, plain, work, False, 1, MEMORY, whole=False)
    connection.close()
    return any(part.rows for parts in surveys.values() for part in parts)
