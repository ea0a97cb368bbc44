"""Tensors in Arrow tables: Arrow's `fixed_shape_tensor`, names in the schema's metadata."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# Row groups of at most 8,192 customers let a reader stream and skip (DESIGN, results contract).
PARQUET: dict[str, Any] = {"row_group_size": 8192, "compression": "zstd"}


def tensor_column(values: NDArray[Any]) -> pa.Array:
    """An array [N, ...] as an Arrow column of N tensors of the remaining shape, without a copy."""
    if not len(values):  # pyarrow refuses an array without rows
        return tensor_column(np.zeros((1, *values.shape[1:]), dtype=values.dtype))[:0]
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(values))


def tensor_values(column: pa.ChunkedArray) -> NDArray[Any]:
    """The array [N, ...] of a column made by `tensor_column`; empty columns keep their shape."""
    chunks = [chunk.to_numpy_ndarray() for chunk in column.chunks if len(chunk)]
    if not chunks:
        kind = column.type
        return np.empty((0, *kind.shape), dtype=kind.value_type.to_pandas_dtype())
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def table(columns: Mapping[str, Any], names: Mapping[str, Sequence[str]] | None = None) -> pa.Table:
    """A table of columns; an array of two or more dimensions becomes a column of tensors.

    Parameters
    ----------
    columns : name to Arrow array, list, or NumPy array [N] or [N, ...]
    names : what an axis of a tensor holds, kept as JSON in the schema's metadata,
        for example ``{"classes": [...], "traits": [...]}``
    """
    arrays = {
        name: tensor_column(value) if isinstance(value, np.ndarray) and value.ndim > 1 else value
        for name, value in columns.items()
    }
    metadata = {key: json.dumps(list(value)) for key, value in (names or {}).items()}
    made = pa.table(arrays)
    return made.replace_schema_metadata(metadata or None)


def names_of(schema: pa.Schema, key: str) -> list[str]:
    """The names stored under `key` by `table`; KeyError when the file has none."""
    metadata: dict[bytes, bytes] = schema.metadata or {}
    values: list[str] = json.loads(metadata[key.encode()])
    return values
