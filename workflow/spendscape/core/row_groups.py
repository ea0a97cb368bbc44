"""A few customers out of large Parquet files: only the row groups that hold them are read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spendscape.core.parquet import tensor_values


def even_sample(count: int, most: int) -> NDArray[np.intp]:
    """At most `most` of the rows 0 … count − 1, evenly spread, ascending."""
    return np.unique(np.linspace(0, max(0, count - 1), min(count, most)).astype(np.intp))


def take_rows(path: str, rows: NDArray[np.intp], columns: Sequence[str] | None = None) -> pa.Table:
    """The rows (numbers, ascending) of a Parquet file, one row group in memory at a time.

    Parameters
    ----------
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


def sample_by_name(names: NDArray[Any], most: int) -> NDArray[np.intp]:
    """At most `most` rows of each name in `names` [N], evenly spread, ascending."""
    groups = [np.flatnonzero(names == name) for name in np.unique(names)]
    chosen = [rows[even_sample(len(rows), most)] for rows in groups]
    return np.sort(np.concatenate([np.empty(0, np.intp), *chosen]))


def row_values(path: str, row: int) -> dict[str, Any]:
    """One row of a Parquet file by column name, tensors as arrays."""
    found = take_rows(path, np.array([row]))
    return {
        name: tensor_values(found[name])[0]
        if isinstance(found[name].type, pa.FixedShapeTensorType)
        else found[name][0].as_py()
        for name in found.column_names
    }
