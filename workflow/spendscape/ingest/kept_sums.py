"""What one raw file adds up to, kept in a folder, so that the file is read once.

The sums are by customer, month and category as it stands in the file; classes are given later, so that
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
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from jaxtyping import Int32

from spendscape.core.arrays import Array
from spendscape.core.errors import DataError
from spendscape.core.pseudonyms import pseudonyms
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_parts import Piece, files_on_disk
from spendscape.ingest.ingest import money_that_fits, name_customers, surveyed
from spendscape.ingest.monthly_sums import (
    Rows,
    accepted_rows,
    ahead,
    bucket_size,
    rows_of,
    summed,
)
from spendscape.ingest.quarantine import write_quarantine
from spendscape.ingest.sql import clean, literal
from spendscape.ingest.survey import Survey, readable, refuse_currencies
from spendscape.ingest.unused import all_categories, count_values

# Rows that are packed together, and read together.
BATCH = 2**15
# A file that changed so short a time ago may change again without another time: it is not kept.
SETTLED = 2.0
FACTS, NAMES, SUMS, IDS, QUARANTINE = (
    "facts.json",
    "names.parquet",
    "sums.arrow",
    "ids.parquet",
    "quarantine.parquet",
)
SCHEMA = pa.schema(
    {"customer": pa.int32(), "cell": pa.int32(), "amount": pa.int64(), "transactions": pa.int32()}
)


@dataclass(frozen=True)
class Kept:
    """The kept sums of a file.

    Attributes
    ----------
    name : the file's name in the ledger
    folder : where they are
    place : the file's place on the disk, as of `files_on_disk`
    """

    name: str
    folder: Path
    place: str

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Surveys, values and categories of the file; `first`: number of the first month; `raw`: the
        categories of the sums; `starts`: the first customer of each batch; `bytes`: sizes of the files."""
        facts: dict[str, Any] = json.loads((self.folder / FACTS).read_text())
        return facts

    @property
    def surveys(self) -> list[Survey]:
        """The file's rows by category and reason, repeats not yet looked for."""
        items = self.facts["surveys"]
        return [Survey(**(item | {"amount": Decimal(item["amount"])})) for item in items]

    def rows(self, low: int, high: int) -> Rows:
        """The sums of the customers low … high - 1, by their places in this file's names."""
        starts = np.asarray(self.facts["starts"], np.int64)
        first = max(int(np.searchsorted(starts, low)) - 1, 0)
        last = int(np.searchsorted(starts, high))
        parts = []
        with pa.memory_map(str(self.folder / SUMS)) as file:
            reader = pa.ipc.open_file(file)
            for number in range(first, last):
                batch = reader.get_batch(number)
                start, end = np.searchsorted(batch.column(0).to_numpy(), [low, high])
                parts.append([column.to_numpy()[start:end] for column in batch.columns])
            customer, cell, amount, count = (
                np.concatenate([part[k] for part in parts]) if parts else np.empty(0, np.int32)
                for k in range(4)
            )
        return customer, cell, amount.astype(np.int64, copy=False), count


def how_read(reading: Reading, keep_text: bool, key: bytes | None, code: str) -> str:
    """A digest of everything but the file that its kept sums depend on.

    Parameters
    ----------
    key : of the pseudonyms; only a pseudonym that it gives goes into the digest
    code : digests of the code that reads
    """
    seen = None if key is None else pseudonyms(["the key that was used"], key)
    told = [asdict(reading), keep_text, seen, code, duckdb.__version__]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def kept_file(
    name: str,
    path: str,
    kept: Path,
    how: str,
    reading: Reading,
    work: str,
    keep_text: bool,
    key: bytes | None,
    threads: int,
    memory: int,
) -> Kept:
    """The kept sums of a file; the file is read if there are none.

    Parameters
    ----------
    kept : the folder of all kept sums
    how : of `how_read`

    Raises
    ------
    DataError
        As `ingest`; or the file changed while it was read.
    """
    state = _state(path)
    told = hashlib.sha256(json.dumps([how, name, state]).encode()).hexdigest()[:32]
    [place] = files_on_disk({name: path}).values()
    found = Kept(name, kept / told, place)
    if is_whole(found):
        return found
    changed = max(os.stat(path).st_mtime, os.stat(path).st_ctime)
    # Of a file that may still change the sums are for this run alone.
    if time.time() - changed < SETTLED:
        found = Kept(name, kept / f"{told}-once-{secrets.token_hex(4)}", place)
    partial = kept / f"partial-{secrets.token_hex(8)}"
    partial.mkdir(parents=True)
    facts = _read(Piece(name, path), partial, reading, work, keep_text, key, threads, memory)
    if _state(path) != state:
        raise DataError(f"ingest.files: {name} changed while it was read")
    facts["bytes"] = {own.name: own.stat().st_size for own in partial.iterdir()}
    (partial / FACTS).write_text(json.dumps(facts, ensure_ascii=False))
    shutil.rmtree(found.folder, ignore_errors=True)
    partial.rename(found.folder)
    return found


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


def _state(path: str) -> list[int]:
    """What changes when a file does. Without the device, whose number may differ between hosts."""
    own = os.stat(path)
    return [own.st_size, own.st_mtime_ns, own.st_ctime_ns, own.st_ino]


def _read(
    piece: Piece,
    folder: Path,
    reading: Reading,
    work: str,
    keep_text: bool,
    key: bytes | None,
    threads: int,
    memory: int,
) -> dict[str, Any]:
    """Read a file, write its sums, names, ids and quarantine, and return the facts."""
    connection, found, _ = surveyed([piece], reading, work, keep_text, threads, memory, whole=False)
    refuse_currencies(connection, reading, found, [0])
    write_quarantine(connection, [piece.name], found, str(folder / QUARANTINE), keep_text)
    name_customers(connection, [0], key)
    names = literal(str(folder / NAMES))
    connection.execute(
        f"COPY (SELECT DISTINCT name, code FROM numbered ORDER BY code) TO {names} (FORMAT parquet, COMPRESSION zstd)"
    ).fetchall()
    accepted = readable(found)
    facts: dict[str, Any] = {
        "surveys": [asdict(item) | {"amount": str(item.amount)} for item in found[piece.name]],
        "values": count_values(connection, [0], reading),
        "categories": all_categories(connection, [0]),
        "first": min((item.first for item in accepted if item.first is not None), default=0),
        "raw": [item.raw for item in accepted],
    }
    months = max((item.last for item in accepted if item.last is not None), default=0)
    cells = (months - facts["first"] + 1) * len(accepted)
    if cells > np.iinfo(np.int32).max:
        raise DataError(
            f"ingest.columns.category: {piece.name} has {len(accepted):,} categories; "
            "set ingest.keep_sums to false if they are meant"
        )
    with money_that_fits():
        facts["starts"] = _write_sums(
            connection, folder / SUMS, facts, accepted, cells, work, threads
        )
    if reading.columns.transaction is not None:
        _write_ids(connection, facts["raw"], str(folder / IDS))
    connection.close()
    return facts


def _write_sums(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    facts: Mapping[str, Any],
    accepted: Sequence[Survey],
    cells: int,
    work: str,
    threads: int,
) -> list[int]:
    """Write the sums in the order of customers and cells; return the first customer of each batch."""
    [[customers]] = connection.execute("SELECT count(DISTINCT code) FROM numbered").fetchall()
    size = bucket_size(customers, sum(item.rows for item in accepted))
    raw = facts["raw"]
    codes = {name: code for code, name in enumerate(raw)}
    shape = (facts["first"], len(raw))
    buckets = accepted_rows(connection, [0], "1", codes, shape, size, work, threads)

    def made(start: int, bucket: Path) -> tuple[Int32[Array, "K"], list[pa.RecordBatch]]:
        sums = summed(rows_of(start, bucket), size, cells)
        columns = [sums.customer + np.int32(start), *sums[1:]]
        batch = pa.record_batch([pa.array(column) for column in columns], schema=SCHEMA)
        return columns[0], [batch.slice(k, BATCH) for k in range(0, len(batch), BATCH)]

    starts: list[int] = []
    packed = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_file(str(path), SCHEMA, options=packed) as writer:
        for customer, batches in ahead(made, buckets, threads):
            starts += customer[::BATCH].tolist()
            for batch in batches:
                writer.write_batch(batch)
    return starts


def _write_ids(connection: duckdb.DuckDBPyConnection, raw: Sequence[str | None], path: str) -> None:
    """Write the accepted rows that have a transaction id; a hash of each finds the few that may be repeated."""
    table = {"raw": pa.array(raw, pa.string()), "number": pa.array(range(len(raw)), pa.int32())}
    connection.register("places", pa.table(table))
    transaction = clean("transaction")
    connection.execute(
        f"""COPY (
            SELECT hash(numbered.name, {transaction}) AS mark, coalesce(row, line) AS place,
                numbered.code::INTEGER AS customer, {transaction} AS id, month,
                places.number AS category, amount
            FROM rows_0 JOIN numbered USING (customer) JOIN places ON places.raw = category
            WHERE reason IS NULL AND {transaction} <> ''
        ) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)"""
    ).fetchall()
