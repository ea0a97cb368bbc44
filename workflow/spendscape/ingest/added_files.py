"""Raw files → monthly sums, reading only the files whose sums are not kept from an earlier run.

The result has the same bytes as that of reading all files. What only all files together show is worked
out each time from what is kept of each: the order of the customers, repeats of transaction ids, values
of the config that no row has, categories without a class, the share of rows in quarantine.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from jaxtyping import Int32

from spendscape.core.arrays import Array
from spendscape.core.errors import DataError
from spendscape.ingest.buckets import Rows
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_parts import Piece
from spendscape.ingest.ids import refuse_equal_ids
from spendscape.ingest.ingest import connect, finish, notes_of
from spendscape.ingest.kept_repeats import Repeats, find_repeats, without_repeats
from spendscape.ingest.kept_sums import NAMES, QUARANTINE, Kept, Reader, is_whole, prune
from spendscape.ingest.monthly_file import Earlier, MonthlyFile, Sums, earlier_file, keep
from spendscape.ingest.monthly_sums import ahead, checked, cut_customers, stream, summed
from spendscape.ingest.quarantine import join_quarantines
from spendscape.ingest.same_files import places_of
from spendscape.ingest.spreadsheets import by_sheet
from spendscape.ingest.sql import literal
from spendscape.ingest.survey import check_quarantine
from spendscape.ingest.unused import check_values

# The folder of the monthly.parquet that was written, in that of the kept sums.
MONTHLY = "monthly"


@dataclass(frozen=True)
class Part:
    """A file's kept sums among those of all files.

    Attributes
    ----------
    code : number of each of its customers among all, ascending
    """

    kept: Kept
    code: Int32[Array, "N"]


def ingest_added(
    files: Mapping[str, str],
    reading: Reading,
    rules: ClassRules,
    monthly: str,
    quarantine: str,
    work: str,
    kept: str,
    code: str,
    history: Mapping[str, Any] | None = None,
    max_quarantined_share: float = 0.01,
    keep_rejected_text: bool = False,
    key: bytes | None = None,
    threads: int = 1,
    memory: int = 2000,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """As `ingest`; files whose sums are kept are not opened.

    Parameters
    ----------
    kept : the folder of kept sums. When all is done, it holds those of these files and no others
    code : digests of the code that reads; other code reads all files again
    history : what an earlier call returned second, maybe in another folder: its files come first, and none of
        them is opened or has to be there, but for those that `files` has too

    Returns
    -------
    tuple
        The ledger as of `ingest`; and where the sums of each file are, as `history` takes it.

    Raises
    ------
    DataError
        As `ingest`; or `history` was read with other settings or other code, or is not there any more.
    """
    reader = Reader(reading, Path(kept), work, code, keep_rejected_text, key, threads, memory)
    reader.kept.mkdir(exist_ok=True)
    found = _from_history(history, reader.how, files)
    for name, path in files.items():
        for piece in by_sheet([Piece(name, path)], reading):
            found[piece.name] = reader.sums_of(piece, name)
    everything = list(found.values())
    connection = connect(work, threads, memory)
    customers, parts = _customers(connection, everything, reading, work)
    repeats = find_repeats(connection, everything, [part.code for part in parts], reading)
    surveys = without_repeats({own.name: own.surveys for own in everything}, repeats)
    check_quarantine(surveys, max_quarantined_share)
    check_values((own.facts["values"] for own in everything), reading, rules.allow_unused)
    categories = [category for own in everything for category in own.facts["categories"]]
    notes = notes_of(repeats.differing, places_of(files, reading), surveys)
    made, own = MonthlyFile(monthly, customers), reader.kept / MONTHLY
    write = partial(_write, made, _earlier_files(own, history), parts, repeats, threads)
    with _undamaged(kept):
        ledger = finish(surveys, reading, rules, categories, notes, write)
    connection.close()
    join_quarantines([str(own.folder / QUARANTINE) for own in everything], quarantine)
    keep(made, own)
    prune(reader.kept, {own, *(part.folder for part in everything)})
    folders = {part.name: [part.file, str(part.folder)] for part in everything}
    return ledger, {"how": reader.how, "folders": folders, "monthly": str(own)}


@contextmanager
def _undamaged(kept: str) -> Iterator[None]:
    """Say what helps when kept sums cannot be read, or do not add up to what was accepted."""
    try:
        yield
    except (pa.ArrowException, OSError, RuntimeError, IndexError) as error:
        # With a number it is the system's, as of a full disk.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DataError(
            f"ingest.keep_sums: what is kept in {kept} is damaged: {str(error).splitlines()[0]}.\n"
            "Remove that folder, and all files are read again."
        ) from error


def _earlier_files(own: Path, history: Mapping[str, Any] | None) -> list[Earlier]:
    """What earlier runs have written and kept, this one's and that of the history."""
    places = [own, *([Path(history["monthly"])] if history else [])]
    return [found for found in map(earlier_file, places) if found is not None]


def _from_history(
    history: Mapping[str, Any] | None, how: str, files: Mapping[str, str]
) -> dict[str, Kept]:
    """The kept sums of an earlier run's files, in their order."""
    if history is None:
        return {}
    if history["how"] != how:
        raise DataError(
            "ingest.history: its files were read with other settings of ingest or privacy, or by another version "
            "of spendscape; give it the same settings, or let it run again"
        )
    found = {
        name: Kept(name, file, Path(folder))
        for name, (file, folder) in history["folders"].items()
        if file not in files
    }
    gone = [name for name, own in found.items() if not is_whole(own)]
    if gone:
        raise DataError(
            f"ingest.history: the kept sums of {gone[0]} are not there; let that run ingest again"
        )
    return found


def _customers(
    connection: duckdb.DuckDBPyConnection,
    everything: Sequence[Kept],
    reading: Reading,
    work: str,
) -> tuple[pa.Array, list[Part]]:
    """The names of all customers, in order, and for each file the numbers of its own among them."""
    paths = {own.folder: literal(str(own.folder / NAMES)) for own in everything}
    every = ", ".join(paths.values())
    if reading.equal_ids == "refuse":
        ids = f"SELECT name, whole FROM read_parquet([{every}], hive_partitioning = false)"
        refuse_equal_ids(connection, ids)
    connection.execute(
        f"""CREATE TABLE named AS SELECT name, (row_number() OVER (ORDER BY name) - 1)::INTEGER AS code
        FROM (SELECT DISTINCT name FROM read_parquet([{every}], hive_partitioning = false))"""
    )
    names = stream(connection, "SELECT name FROM named ORDER BY code")
    chunks = [chunk for batch in names for chunk in batch["name"].chunks]
    parts = []
    for number, own in enumerate(everything):
        # Names and numbers have the same order.
        query = f"SELECT named.code FROM read_parquet({paths[own.folder]}, hive_partitioning = false) JOIN named USING (name) ORDER BY 1"
        # As Arrow, because for NumPy DuckDB imports pandas first.
        found = connection.sql(query).to_arrow_table()["code"].to_numpy()
        # Outside the memory: there may be many files with many customers each.
        place = str(Path(work) / f"codes_{number}.npy")
        np.save(place, found.astype(np.int32, copy=False))
        parts.append(
            Part(own, np.load(place, mmap_mode="r") if len(found) else np.empty(0, np.int32))
        )
    return pa.concat_arrays(chunks) if chunks else pa.array([], pa.string()), parts


def _write(
    made: MonthlyFile,
    earlier: Sequence[Earlier],
    parts: Sequence[Part],
    repeats: Repeats,
    threads: int,
    classes: Sequence[str],
    chosen: Mapping[str | None, str | None],
    ledger: Mapping[str, Any],
) -> dict[str, int]:
    """Write monthly.parquet from the sums of all files; months that an earlier one has are copied."""
    names = sorted(classes)
    codes = {name: code for code, name in enumerate(names)}
    # A category whose rows are all repeats has no class: neither they nor what is taken off them counts.
    by_raw = {raw: codes[own] for raw, own in chosen.items() if own is not None}
    class_codes = [
        np.array([by_raw.get(raw, -1) for raw in part.kept.facts["raw"]], np.int32)
        for part in parts
    ]
    counts = Counter[int]()
    for part in parts:
        counts.update(part.kept.months)
    months = sorted(counts)
    keys = _keys(months, parts, class_codes, names, repeats, made.customers)

    def sums(month: int, start: int, end: int) -> Sums:
        found = [
            _own_rows(part, own, month, start, end)
            for part, own in zip(parts, class_codes, strict=True)
        ]
        taken = repeats.rows(month, start, end, class_codes)
        rows = [np.concatenate(columns) for columns in zip(*found, taken, strict=True)]
        return summed((rows[0], rows[1], rows[2], rows[3]), start, len(names))

    with made.opened(names):
        done = 0
        if earlier:
            best = max(earlier, key=lambda own: own.in_common(keys))
            done = best.in_common(keys)
            made.copy(best, done)
        for month, key in list(zip(months, keys, strict=True))[done:]:
            cuts = cut_customers(0, len(made.customers), counts[month])
            made.add(month, ahead(sums, ((month, *cut) for cut in cuts), threads), key)
    return checked(made, ledger)


def _keys(
    months: Sequence[int],
    parts: Sequence[Part],
    class_codes: Sequence[Int32[Array, "_"]],
    classes: Sequence[str],
    repeats: Repeats,
    customers: pa.Array,
) -> list[str]:
    """For each month a digest of all that its bytes in monthly.parquet depend on."""
    folders = [part.kept.folder.name for part in parts]
    files = [
        _digest([folder, [classes[code] if code >= 0 else None for code in own.tolist()]])
        for folder, own in zip(folders, class_codes, strict=True)
    ]
    return [
        _digest(
            [
                pa.__version__,
                month,
                [own for part, own in zip(parts, files, strict=True) if month in part.kept.months],
                repeats.told(month, customers, folders),
            ]
        )
        for month in months
    ]


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _own_rows(part: Part, class_codes: Int32[Array, "K"], month: int, start: int, end: int) -> Rows:
    """A file's sums in a month of the customers start … end - 1, by their classes; excluded ones left out."""
    if month not in part.kept.months:
        none = np.empty(0, np.int32)
        return none, none, np.empty(0, np.int64), none
    low, high = (int(place) for place in np.searchsorted(part.code, [start, end]))
    customer, category, amount, count = part.kept.rows(month, low, high)
    code = class_codes[category]
    customer = part.code[customer] - np.int32(start)
    if len(code) and code.min() < 0:
        chosen = code >= 0
        return customer[chosen], code[chosen], amount[chosen], count[chosen]
    return customer, code, amount, count
