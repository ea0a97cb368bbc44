"""What one raw file adds up to, kept in a folder, so that the file is read once.

The sums are by month, customer and category as it stands in the file; classes are given later, so that
a changed class map reads no file again. A folder is complete or not there: it is made under another
name and moved. Its name is a digest of all that its content depends on: how files are read, the code,
the file's name, and its size, times and inode. The time of the last change of a file (ctime) cannot
be set, so that a file with other content under the same name, size and time is seen too.
"""

import hashlib
import json
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from spendscape.core.errors import DataError
from spendscape.core.pseudonyms import pseudonyms
from spendscape.ingest.buckets import Rows
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_parts import Piece
from spendscape.ingest.ids import compared, name_customers
from spendscape.ingest.ingest import money_that_fits, surveyed
from spendscape.ingest.monthly_sums import Span, accepted_rows, sums_of
from spendscape.ingest.quarantine import write_quarantine
from spendscape.ingest.sql import literal
from spendscape.ingest.survey import Survey, readable, refuse_currencies
from spendscape.ingest.unused import all_categories, count_values

# Rows that are packed together, and read together.
BATCH = 2**15
# Seconds after which another change of a file has another time, on every file system.
SETTLED = 2.0
FACTS, NAMES, SUMS, IDS, QUARANTINE = (
    "facts.json",
    "names.parquet",
    "sums.arrow",
    "ids.parquet",
    "quarantine.parquet",
)
SCHEMA = pa.schema(
    {"customer": pa.int32(), "code": pa.int32(), "amount": pa.int64(), "transactions": pa.int32()}
)


@dataclass(frozen=True)
class Kept:
    """The kept sums of a file.

    Attributes
    ----------
    name : of the file in the ledger, or of a sheet in it
    file : the file's name
    folder : where they are
    """

    name: str
    file: str
    folder: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Surveys, values and categories of the file; `raw`: the categories of the sums; `batches`: number of
        the month, first and last customer of each batch; `bytes`: sizes of the files."""
        facts: dict[str, Any] = json.loads((self.folder / FACTS).read_text())
        return facts

    @property
    def surveys(self) -> list[Survey]:
        """The file's rows by category and reason, repeats not yet looked for."""
        items = self.facts["surveys"]
        return [Survey(**(item | {"amount": Decimal(item["amount"])})) for item in items]

    @cached_property
    def months(self) -> dict[int, int]:
        """The numbers of the months that have sums, and no fewer than how many."""
        counts = Counter(month for month, _, _ in self.facts["batches"])
        return {month: count * BATCH for month, count in counts.items()}

    def rows(self, month: int, low: int, high: int) -> Rows:
        """The sums in a month of the customers low … high - 1, by their places in this file's names."""
        parts = []
        with pa.memory_map(str(self.folder / SUMS)) as file:
            reader = pa.ipc.open_file(file)
            for number, (own, first, last) in enumerate(self.facts["batches"]):
                if own == month and first < high and last >= low:
                    batch = reader.get_batch(number)
                    start, end = np.searchsorted(batch.column(0).to_numpy(), [low, high])
                    parts.append([column.to_numpy()[start:end] for column in batch.columns])
            customer, code, amount, count = (
                np.concatenate([part[k] for part in parts]) if parts else np.empty(0, np.int32)
                for k in range(4)
            )
        return customer, code, amount.astype(np.int64, copy=False), count


@dataclass(frozen=True)
class Reader:
    """How files are read, and where their sums are kept.

    Attributes
    ----------
    kept : the folder of all kept sums
    work : a folder for intermediate files
    key : of the pseudonyms
    code : digests of the code that reads
    """

    reading: Reading
    kept: Path
    work: str
    code: str
    keep_text: bool
    key: bytes | None
    threads: int
    memory: int

    @cached_property
    def how(self) -> str:
        """A digest of everything but the file that its kept sums depend on."""
        # Of the key no more than a pseudonym that it gives.
        seen = None if self.key is None else pseudonyms(["the key that was used"], self.key)
        told = [asdict(self.reading), self.keep_text, seen, self.code, duckdb.__version__]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def sums_of(self, piece: Piece, file: str) -> Kept:
        """The kept sums of a file or a sheet of one; it is read if there are none.

        Raises
        ------
        DataError
            As `ingest`; or the file changed while it was read.
        """
        state = _state(piece.path)
        told = json.dumps([self.how, piece.name, state])
        folder = self.kept / hashlib.sha256(told.encode()).hexdigest()[:32]
        if state is None or _may_change(piece.path):
            # For this run alone.
            folder = self.kept / f"once-{secrets.token_hex(8)}"
        found = Kept(piece.name, file, folder)
        if is_whole(found):
            return found
        partial = self.kept / f"partial-{secrets.token_hex(8)}"
        partial.mkdir(parents=True)
        facts = _read(self, piece, partial)
        if _state(piece.path) != state:
            raise DataError(f"ingest.files: {file} changed while it was read")
        facts["bytes"] = {own.name: own.stat().st_size for own in partial.iterdir()}
        (partial / FACTS).write_text(json.dumps(facts, ensure_ascii=False))
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        return Kept(piece.name, file, folder)


def is_whole(kept: Kept) -> bool:
    """Whether the kept sums are there, and no power cut has shortened them."""
    try:
        sizes: Mapping[str, int] = kept.facts["bytes"]
        return all((kept.folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False


def prune(kept: Path, used: Collection[Path]) -> None:
    """Remove what no file of the run has: sums of changed and removed files, and what killed runs have left."""
    for own in kept.iterdir():
        if own not in used:
            shutil.rmtree(own, ignore_errors=True)


def _state(path: str) -> list[int] | None:
    """What changes when a file does; None for what is no file. The device is no part of it: its number
    may differ between hosts."""
    if not os.path.isfile(path):
        return None
    own = os.stat(path)
    return [own.st_size, own.st_mtime_ns, own.st_ctime_ns, own.st_ino]


def _may_change(path: str) -> bool:
    """Whether a file changed so short a time ago that its next change may have the same time."""
    own = os.stat(path)
    return time.time() - max(own.st_mtime, own.st_ctime) < SETTLED


def _read(reader: Reader, piece: Piece, folder: Path) -> dict[str, Any]:
    """Read a file, write its sums, names, ids and quarantine, and return the facts."""
    reading, threads, work = reader.reading, reader.threads, reader.work
    settings = (reading, work, reader.keep_text, threads, reader.memory)
    connection, found, _ = surveyed([piece], *settings, whole=False)
    refuse_currencies(connection, reading, found, [0])
    write_quarantine(connection, [piece.name], found, str(folder / QUARANTINE), reader.keep_text)
    name_customers(connection, [0], reading, reader.key)
    names = literal(str(folder / NAMES))
    connection.execute(
        f"COPY (SELECT DISTINCT name, whole, code FROM numbered ORDER BY code) TO {names} (FORMAT parquet, COMPRESSION zstd)"
    ).fetchall()
    accepted = readable(found)
    facts: dict[str, Any] = {
        "surveys": [asdict(item) | {"amount": str(item.amount)} for item in found[piece.name]],
        "values": count_values(connection, [0], reading),
        "categories": all_categories(connection, [0]),
        "raw": [item.raw for item in accepted],
    }
    with money_that_fits():
        facts["batches"] = _write_sums(connection, folder / SUMS, accepted, work, threads)
    if reading.columns.transaction is not None:
        _write_ids(connection, reading, facts["raw"], str(folder / IDS))
    connection.close()
    return facts


def _write_sums(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    accepted: Sequence[Survey],
    work: str,
    threads: int,
) -> list[tuple[int, int, int]]:
    """Write the sums in the order of months, customers and categories; return month, first and last customer of each batch."""
    [[customers]] = connection.execute("SELECT count(DISTINCT code) FROM numbered").fetchall()
    months = [month for own in accepted for month in (own.first, own.last) if month is not None]
    codes = {own.raw: code for code, own in enumerate(accepted)}
    rows = sum(own.rows for own in accepted)
    span = Span(min(months, default=0), max(months, default=0), len(codes))
    buckets = accepted_rows(connection, [0], "1", codes, span, customers, rows, work, threads)
    places: list[tuple[int, int, int]] = []
    packed = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_file(str(path), SCHEMA, options=packed) as writer:
        for month, sums in sums_of(buckets, len(codes), threads):
            every = pa.record_batch([pa.array(column) for column in sums], schema=SCHEMA)
            for start in range(0, len(every), BATCH):
                batch = every.slice(start, BATCH)
                ends = batch.column(0)[0].as_py(), batch.column(0)[-1].as_py()
                places.append((month, *ends))
                writer.write_batch(batch)
    return places


def _write_ids(
    connection: duckdb.DuckDBPyConnection, reading: Reading, raw: Sequence[str | None], path: str
) -> None:
    """Write the accepted rows that have a transaction id; a hash of each finds the few that may be repeated."""
    table = {"raw": pa.array(raw, pa.string()), "number": pa.array(range(len(raw)), pa.int32())}
    connection.register("places", pa.table(table))
    transaction = compared("transaction", reading)
    connection.execute(
        f"""COPY (
            SELECT hash(numbered.name, {transaction}) AS mark, coalesce(row, line) AS place,
                numbered.code::INTEGER AS customer, {transaction} AS id, month,
                places.number AS category, amount
            FROM rows_0 JOIN numbered USING (customer) JOIN places ON places.raw = category
            WHERE reason IS NULL AND {transaction} <> ''
        ) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)"""
    ).fetchall()
