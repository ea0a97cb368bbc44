"""Parquet whose texts are not UTF-8, as other software than Arrow's writes them: rewritten, with the rows marked."""

from collections.abc import Collection
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

# DuckDB reads such a file up to the first of these texts, and its message then quotes the text.
FAULT = "Invalid string encoding"
MARK = "spendscape bad encoding"


def with_marked_rows(path: str, target: str, places: Collection[int]) -> str:
    """Write a Parquet file to `target` in UTF-8, with a last column `MARK`; return this path.

    Rows keep their order. Bytes that are no UTF-8 become U+FFFD; the new column says for each row
    whether it had such bytes in one of the columns at `places`.
    """
    file = pq.ParquetFile(path)
    schema = pa.schema([(own.name, _plain_type(own.type)) for own in file.schema_arrow])
    schema = schema.append(pa.field(MARK, pa.bool_()))
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        for batch in file.iter_batches():
            bad = [False] * len(batch)
            columns = [
                mended(column, bad if place in places else list(bad))
                for place, column in enumerate(batch.columns)
            ]
            arrays = [
                column.cast(kind) if column.type != kind else column
                for column, kind in zip(columns, schema.types[:-1], strict=True)
            ]
            writer.write_batch(
                pa.RecordBatch.from_arrays([*arrays, pa.array(bad, pa.bool_())], schema=schema)
            )
    return target


def _plain_type(kind: Any) -> Any:
    """A type without a dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def mended(column: Any, bad: list[bool]) -> Any:
    """A column in UTF-8; rows that were not are set in `bad`."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    try:
        column.validate(full=True)
        return column
    except pa.ArrowInvalid:
        raw = pa.large_binary() if pa.types.is_large_string(column.type) else pa.binary()
        texts: list[str | None] = []
        for k, value in enumerate(column.view(raw).to_pylist()):
            text = None if value is None else value.decode("utf-8", "replace")
            if text is not None and text.encode() != value:
                bad[k] = True
            texts.append(text)
        return pa.array(texts, column.type)
