"""The rows that cannot be read, by file, row and line."""

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.ingest.monthly_sums import stream
from spendscape.ingest.sql import literal
from spendscape.ingest.survey import QUARANTINED, Survey


def write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    surveys: Mapping[str, Sequence[Survey]],
    path: str,
    keep_text: bool,
) -> None:
    """Write file, row, line, reason (and text) of every quarantined row, in the order of the files."""
    kinds = {"file": pa.string(), "row": pa.int64(), "line": pa.int64(), "reason": pa.string()}
    schema = pa.schema(kinds | ({"text": pa.string()} if keep_text else {}))
    reasons = ", ".join(literal(reason) for reason in QUARANTINED)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for number, name in enumerate(names):
            if any(part.reason in QUARANTINED for part in surveys[name]):
                found = stream(
                    connection,
                    f"""
                    SELECT {literal(name)} AS file, row, line, reason{", text" if keep_text else ""}
                    FROM rows_{number} WHERE reason IN ({reasons}) ORDER BY row, line""",
                )
                for batch in found:
                    writer.write_table(batch.cast(schema))


def join_quarantines(parts: Sequence[str], quarantine: str) -> None:
    """Write several quarantines as one file, the same as if one job had written it."""
    with pq.ParquetWriter(quarantine, pq.read_schema(parts[0]), compression="zstd") as writer:
        for path in parts:
            with pq.ParquetFile(path) as part:
                for group in range(part.num_row_groups):
                    writer.write_table(part.read_row_group(group))
