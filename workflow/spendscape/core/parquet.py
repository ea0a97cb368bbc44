"""Tables with tensors, and a few rows out of large Parquet files.

A tensor is a column of Arrow's `fixed_shape_tensor`; what its axes hold stands in the schema's metadata.
To take a few customers, only the row groups that hold them are read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Int, Shaped

from spendscape.core.arrays import Array, Floats, Indices
from spendscape.core.statistics import mean_of_steps

# Row groups of at most 8,192 customers let a reader stream and skip (architecture).
PARQUET: dict[str, Any] = {"row_group_size": 8192, "compression": "zstd"}


def tensor_column(values: Shaped[Array, "N ..."]) -> pa.Array:
    """An array as an Arrow column of N tensors of the remaining shape, without a copy."""
    if not len(values):  # pyarrow refuses an array without rows
        return tensor_column(np.zeros((1, *values.shape[1:]), dtype=values.dtype))[:0]
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(values))


def tensor_values(column: pa.ChunkedArray) -> Shaped[Array, "N ..."]:
    """The array of a column made by `tensor_column`; empty columns keep their shape."""
    chunks = [chunk.to_numpy_ndarray() for chunk in column.chunks if len(chunk)]
    if not chunks:
        kind = column.type
        return np.empty((0, *kind.shape), dtype=kind.value_type.to_pandas_dtype())
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def read_tensor(path: str, column: str) -> Shaped[Array, "N ..."]:
    """One column of tensors out of a Parquet file."""
    return tensor_values(pq.read_table(path, columns=[column])[column])


def table(columns: Mapping[str, Any], names: Mapping[str, Sequence[str]] | None = None) -> pa.Table:
    """A table of columns; an array of two or more dimensions becomes a column of tensors.

    Arrow cannot store tensors without elements, such as the memory of a recurrent cell that keeps
    none, so such a column is left out.

    Parameters
    ----------
    columns : name to Arrow array, list, or NumPy array [N] or [N, ...]
    names : what an axis of a tensor holds, kept as JSON in the schema's metadata,
        for example ``{"classes": [...], "traits": [...]}``
    """
    arrays = {
        name: tensor_column(value) if isinstance(value, np.ndarray) and value.ndim > 1 else value
        for name, value in columns.items()
        if not (isinstance(value, np.ndarray) and 0 in value.shape[1:])
    }
    metadata = {key: json.dumps(list(value)) for key, value in (names or {}).items()}
    made = pa.table(arrays)
    return made.replace_schema_metadata(metadata or None)


def names_of(schema: pa.Schema, key: str) -> list[str]:
    """The names stored under `key` by `table`; KeyError when the file has none."""
    metadata: dict[bytes, bytes] = schema.metadata or {}
    values: list[str] = json.loads(metadata[key.encode()])
    return values


def row_groups(path: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Some columns of a Parquet file, a row group at a time; a table without rows where there are none."""
    file = pq.ParquetFile(path)
    if not file.num_row_groups:
        yield file.read(columns=list(columns))
    for group in range(file.num_row_groups):
        yield file.read_row_group(group, columns=list(columns))


def writing(schema: pa.Schema) -> dict[str, Any]:
    """How a large table is written: without dictionaries and statistics of numbers, which hardly repeat and are not looked up.

    Both cost a third of the writing.
    """
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    rest = {key: value for key, value in PARQUET.items() if key != "row_group_size"}
    return rest | {"use_dictionary": texts or False, "write_statistics": texts or False}


def write_row_groups(path: str, tables: Iterable[pa.Table]) -> None:
    """Write tables one after the other, at least one, each as its own row groups, with only one in memory."""
    rest = iter(tables)
    first = next(rest)
    with pq.ParquetWriter(path, first.schema, **writing(first.schema)) as writer:
        for made in chain([first], rest):
            writer.write_table(made, row_group_size=PARQUET["row_group_size"])


def step_means(path: str) -> Float[Floats, "N C"]:
    """Each customer's mean fractions over the steps, of tensors/spending.parquet, a row group at a time."""
    return np.concatenate(list(mean_groups(path)))


def mean_groups(path: str) -> Iterator[Float[Floats, "_ C"]]:
    """The parts of `step_means`."""
    for group in row_groups(path, ["spending"]):
        yield mean_of_steps(tensor_values(group["spending"]))


def last_states(path: str) -> Float[Array, "N M"]:
    """Each customer's state after the last step, of a file of states, a row group at a time."""
    groups = row_groups(path, ["state"])
    return np.concatenate([tensor_values(group["state"])[:, -1] for group in groups])


def even_sample(count: int, most: int) -> Int[Indices, "K"]:
    """At most `most` of the rows 0 … count − 1, evenly spread, ascending."""
    return np.unique(np.linspace(0, max(0, count - 1), min(count, most)).astype(np.intp))


def take_rows(path: str, rows: Int[Indices, "K"], columns: Sequence[str] | None = None) -> pa.Table:
    """Rows of a Parquet file, one row group in memory at a time.

    Parameters
    ----------
    rows : numbers of rows, ascending
    columns : those to read; None for all
    """
    file = pq.ParquetFile(path)
    sizes = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
    ends = np.cumsum([0, *sizes])
    wanted = [k for k in range(len(sizes)) if ((rows >= ends[k]) & (rows < ends[k + 1])).any()]
    parts = []
    # An empty choice still reads one row group, so that the answer has the file's columns.
    for group in wanted or [0]:
        inside = rows[(rows >= ends[group]) & (rows < ends[group + 1])] - ends[group]
        part = file.read_row_group(group, columns=None if columns is None else list(columns))
        parts.append(part.take(pa.array(inside, pa.int64())))
    return pa.concat_tables(parts)


def sample_by_name(names: Shaped[Array, "N"], most: int) -> Int[Indices, "K"]:
    """At most `most` rows of each name, evenly spread, ascending."""
    groups = [np.flatnonzero(names == name) for name in np.unique(names)]
    chosen = [rows[even_sample(len(rows), most)] for rows in groups]
    return np.sort(np.concatenate([np.empty(0, np.intp), *chosen]))


def row_values(path: str, row: int, columns: Sequence[str] | None = None) -> dict[str, Any]:
    """One row of a Parquet file by column name, tensors as arrays.

    Parameters
    ----------
    columns : those to read; None for all
    """
    found = take_rows(path, np.array([row]), columns)
    return {
        name: tensor_values(found[name])[0]
        if isinstance(found[name].type, pa.FixedShapeTensorType)
        else found[name][0].as_py()
        for name in found.column_names
    }
