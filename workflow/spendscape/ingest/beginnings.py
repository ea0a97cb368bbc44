"""The header and the first rows of raw files, read as the ingest reads them, so that a mistake shows before any job."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.core.parquet import even_sample
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_parts import Piece, kind_of
from spendscape.ingest.ingest import surveyed
from spendscape.ingest.survey import QUARANTINED, what_to_check
from spendscape.ingest.unpacking import arrow_batches, beginning

# Of how many files, evenly spread, how many rows of a table, and how many bytes of a text.
FILES, ROWS, BYTES = 20, 1000, 2**18
# A file may begin with rows that cannot be read, and still have few of them.
LARGEST_SHARE = 0.5
# Megabytes for DuckDB.
MEMORY = 500


def look(files: Mapping[str, str], reading: Reading, work: str, allowed: float = 0) -> None:
    """Read the beginning of some files, and refuse what cannot go well.

    Workbooks are left to the ingest, which has to read them whole.

    Parameters
    ----------
    files : each file's name in the ledger, and its path
    work : an empty folder for the beginnings
    allowed : the share of all rows that the config allows to be unreadable

    Raises
    ------
    DataError
        A file that cannot be read, a missing column, a wrong pattern of dates or any other reason for which more
        than half of these rows cannot be read.
    """
    names = list(files)
    pieces = []
    for number, name in enumerate(names[k] for k in even_sample(len(names), FILES)):
        kind, _ = kind_of(name, reading.format)
        if kind != "spreadsheet":
            pieces.append(_beginning(name, files[name], kind, reading, f"{work}/{number}"))
    if not pieces:
        return
    # The beginnings are uncompressed and in UTF-8.
    plain = replace(reading, encoding="utf-8")
    connection, surveys, _ = surveyed(pieces, plain, work, False, 1, MEMORY, whole=False)
    connection.close()
    reasons = Counter[str]()
    for part in (part for parts in surveys.values() for part in parts):
        reasons[part.reason if part.reason in QUARANTINED else ""] += part.rows
    bad = reasons.total() - reasons[""]
    if bad > max(LARGEST_SHARE, allowed) * reasons.total():
        worst = max(
            surveys,
            key=lambda name: sum(p.rows for p in surveys[name] if p.reason in QUARANTINED),
        )
        del reasons[""]
        shown = ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common())
        raise DataError(
            f"{what_to_check(reasons.most_common(1)[0][0])}: of the first rows of the files more than half cannot "
            f"be read, most of them in {worst}: {shown}"
        )


def _beginning(name: str, path: str, kind: str, reading: Reading, target: str) -> Piece:
    """The beginning of a file as a file of its own, under the same name."""
    if kind == "text":
        made = beginning(
            Piece(name, path), reading.encoding, BYTES, f"{target}.csv", reading.format
        )
        return Piece(name, made)
    try:
        if kind == "parquet":
            file = pq.ParquetFile(path)
            first = pa.Table.from_batches(islice(file.iter_batches(ROWS), 1), file.schema_arrow)
            pq.write_table(first, f"{target}.parquet")
        else:
            with pa.memory_map(path) as mapped, pa.OSFile(f"{target}.arrow", "wb") as out:
                schema, batches = arrow_batches(mapped)
                with pa.ipc.new_file(out, schema) as writer:
                    for batch in islice(batches, 1):
                        writer.write_batch(batch.slice(0, ROWS))
    except (pa.ArrowException, OSError):
        # The ingest says what is wrong with it.
        return Piece(name, path)
    return Piece(name, f"{target}.{'parquet' if kind == 'parquet' else 'arrow'}")
