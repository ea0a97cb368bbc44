"""Customers come whole out of monthly.parquet, however its batches are cut."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from monthly_rows import CLASSES, Row, some_rows, write_monthly

from spendscape.core.months import month_name, month_number
from spendscape.tensors import customers
from spendscape.tensors.customers import (
    join_verdicts,
    month_range,
    read_customers,
    read_verdicts,
)


@pytest.mark.parametrize(("batch", "size"), [(97, 7), (1, 1), (10_000, 1000)])
def test_customers_are_whole_in_any_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, size: int
) -> None:
    monkeypatch.setattr(customers, "ROWS", batch)
    rows = some_rows(2, customers=20)
    path = str(tmp_path / "monthly.parquet")
    write_monthly(path, rows)
    found: list[Row] = []
    names: list[str] = []
    for part in read_customers(path, CLASSES, size):
        assert 0 < len(part.ids) <= size
        names += part.ids
        owners, when = (np.repeat(own, part.rows) for own in (part.customer, part.month))
        columns = (owners, when, part.spending_class, part.amount)
        for owner, month, code, amount in zip(*(c.tolist() for c in columns), strict=True):
            text = month_name(month)
            found.append((part.ids[owner], text, CLASSES[code], amount))
    assert names == sorted({row[0] for row in rows})
    assert found == sorted(rows)
    months = [month_number(row[1]) for row in rows]
    assert month_range(path) == (min(months), max(months))
    unknown = set[str]()
    assert sum(len(part.ids) for part in read_customers(path, CLASSES[:1], size, unknown)) == len(
        names
    )
    assert unknown == {row[2] for row in rows} - {CLASSES[0]}


def test_months_that_share_a_row_group_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "monthly.parquet"
    write_monthly(path, [("ann", "2024-01", "food", 1.0), ("ann", "2024-02", "food", 2.0)])
    pq.write_table(pq.read_table(path), path)
    with pytest.raises(RuntimeError, match="several months"):
        month_range(str(path))


def test_verdicts_of_several_windows_are_joined(tmp_path: Path) -> None:
    paths = {name: str(tmp_path / f"{name}.parquet") for name in ("long", "recent", "other")}
    for name, ids in {"long": ["a", "b"], "recent": ["a", "b"], "other": ["a", "c"]}.items():
        table = pa.table({"customer_id": ids, "verdict": ["in", f"not {name}"]})
        pq.write_table(table, paths[name])
    assert list(read_verdicts(paths["long"])) == [("a", "in"), ("b", "not long")]
    made = join_verdicts({name: paths[name] for name in ("long", "recent")})
    assert made.to_pydict() == {
        "customer_id": ["a", "b"],
        "long": ["in", "not long"],
        "recent": ["in", "not recent"],
    }
    with pytest.raises(RuntimeError, match="different customers"):
        join_verdicts(paths)
