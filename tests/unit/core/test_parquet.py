"""Tensors in Arrow tables, and rows out of row groups."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from spendscape.core.parquet import (
    PARQUET,
    even_sample,
    names_of,
    read_tensor,
    row_groups,
    row_values,
    sample_by_name,
    step_means,
    table,
    take_rows,
    tensor_column,
    tensor_values,
    write_row_groups,
)


@settings(deadline=None)
@given(
    st.sampled_from([np.float32, np.float64, np.int64]).flatmap(
        lambda kind: arrays(kind, array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=4))
    )
)
def test_a_tensor_comes_back_as_it_was(values: np.ndarray) -> None:
    column = pa.chunked_array([tensor_column(values)])
    again = tensor_values(column)
    assert again.dtype == values.dtype
    np.testing.assert_array_equal(again, values)
    # Chunks are joined, and no rows still have a shape.
    joined = pa.chunked_array([*column.chunks, *column.chunks])
    np.testing.assert_array_equal(tensor_values(joined), np.concatenate([values, values]))
    empty = tensor_values(pa.chunked_array([tensor_column(values[:0])]))
    assert (empty.shape, empty.dtype) == ((0, *values.shape[1:]), values.dtype)


def test_a_table_keeps_the_names_of_its_axes(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {"customer_id": ["a", "b"], "plain": np.arange(2), "tensor": np.eye(2)}
    pq.write_table(table(columns, {"classes": ["food", "rent, heat"]}), path)
    found = pq.read_table(path)
    assert names_of(found.schema, "classes") == ["food", "rent, heat"]
    assert found["plain"].type == pa.int64()
    np.testing.assert_array_equal(tensor_values(found["tensor"]), np.eye(2))
    with pytest.raises(KeyError, match="traits"):
        names_of(found.schema, "traits")
    with pytest.raises(KeyError):
        names_of(table(columns).schema, "classes")


@pytest.fixture
def stored(tmp_path: Path) -> str:
    """A file of three row groups, of 64, 64 and 22 rows."""
    values = np.arange(300.0).reshape(150, 2)
    columns = {"customer_id": [f"c{k}" for k in range(150)], "state": values}
    pq.write_table(table(columns), tmp_path / "t.parquet", **PARQUET | {"row_group_size": 64})
    return str(tmp_path / "t.parquet")


def test_rows_out_of_several_row_groups(stored: str) -> None:
    rows = np.array([0, 63, 64, 149])
    found = take_rows(stored, rows)
    assert found["customer_id"].to_pylist() == ["c0", "c63", "c64", "c149"]
    assert tensor_values(found["state"])[:, 0].tolist() == [0, 126, 128, 298]
    assert take_rows(stored, rows, ["customer_id"]).column_names == ["customer_id"]
    none = take_rows(stored, rows[:0])
    assert none.num_rows == 0 and none.column_names == ["customer_id", "state"]


def test_only_row_groups_with_wanted_rows_are_read(
    stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = pq.ParquetFile.read_row_group

    def noted(self: pq.ParquetFile, group: int, **options: object) -> pa.Table:
        read.append(group)
        return whole(self, group, **options)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", noted)
    take_rows(stored, np.array([3, 140]))
    assert read == [0, 2]


def test_one_row_by_column(stored: str) -> None:
    one = row_values(stored, 130)
    assert one["customer_id"] == "c130"
    np.testing.assert_array_equal(one["state"], [260, 261])


def test_samples() -> None:
    assert even_sample(3, 10).tolist() == [0, 1, 2]
    assert even_sample(1000, 3).tolist() == [0, 499, 999]
    assert len(even_sample(0, 5)) == 0
    names = np.array(["a"] * 50 + ["b"] * 2)
    assert np.unique(names[sample_by_name(names, 5)], return_counts=True)[1].tolist() == [5, 2]
    assert len(sample_by_name(names[:0], 5)) == 0


def test_tensors_without_elements_are_left_out() -> None:
    made = table({"kept": np.zeros((2, 3)), "gone": np.zeros((2, 4, 0)), "name": ["a", "b"]})
    assert made.column_names == ["kept", "name"]


def test_one_column_of_tensors_is_read(tmp_path: Path) -> None:
    values = np.arange(12.0).reshape(2, 3, 2)
    pq.write_table(table({"state": values, "other": ["a", "b"]}), tmp_path / "states.parquet")
    np.testing.assert_array_equal(read_tensor(str(tmp_path / "states.parquet"), "state"), values)


@pytest.mark.parametrize("customers", [0, 1, 25])
def test_means_over_the_steps_are_read_by_row_group(tmp_path: Path, customers: int) -> None:
    spending = np.random.default_rng(1).random((customers, 3, 4)).astype(np.float32)
    path = str(tmp_path / "spending.parquet")
    pq.write_table(table({"spending": spending}), path, row_group_size=10)
    assert len(list(row_groups(path, ["spending"]))) == max(1, -(-customers // 10))
    np.testing.assert_array_equal(step_means(path), spending.mean(axis=1, dtype=np.float64))


@pytest.mark.parametrize("count", [0, 5, 20_000])
def test_row_groups_one_by_one_make_the_same_file(tmp_path: Path, count: int) -> None:
    values = np.arange(3.0 * count).reshape(count, 3)
    whole, copy = str(tmp_path / "whole.parquet"), str(tmp_path / "copy.parquet")
    pq.write_table(table({"state": values, "n": np.arange(count)}), whole, **PARQUET)
    groups = list(row_groups(whole, ["state", "n"]))
    assert all(len(group) <= PARQUET["row_group_size"] for group in groups)
    write_row_groups(copy, iter(groups))
    one, other = pq.read_table(whole), pq.read_table(copy)
    assert one.equals(other) and one.schema.equals(other.schema, check_metadata=True)
    kept, made = (pq.ParquetFile(path).metadata for path in (whole, copy))
    assert kept.num_row_groups == made.num_row_groups
