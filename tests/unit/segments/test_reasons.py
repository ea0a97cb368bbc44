"""Reasons of all customers together: sums over row groups, and swaps of enough customers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spendscape.core.parquet import table
from spendscape.segments.decisions import SWAPS
from spendscape.segments.reasons import contributions_by_class, swaps


def test_contributions_are_summed_over_all_row_groups(tmp_path: Path) -> None:
    values = np.array([[1.0, -3.0, 0.0], [-2.0, 1.0, 0.0], [0.5, 0.1, 0.0]])
    path = tmp_path / "contributions.parquet"
    made = table(
        {"customer_id": list("abc"), "contributions": values}, {"classes": ["x", "y", "z"]}
    )
    pq.write_table(made, path, row_group_size=2)
    found = contributions_by_class(str(path)).set_index("class").T
    assert list(found) == ["y", "x", "z"]
    assert found["x"].to_list() == pytest.approx([3.5 / 3, -0.5 / 3, 2 / 3])
    assert found["y"].to_list() == pytest.approx([4.1 / 3, -1.9 / 3, 1 / 3])
    assert found["z"].to_list() == [0, 0, 0]


def written(path: Path, rows: list[tuple[str | None, ...]]) -> str:
    """explain/counterfactuals.parquet of rows from, to, from_2; each swap moves .01, and 10 money."""
    frame = pd.DataFrame(rows, columns=["from", "to", "from_2"])
    frame = frame.assign(
        customer_id=[f"c{k}" for k in range(len(rows))],
        to_2=frame["from_2"], label_before="p", label_after="q", verified=frame["from"].notna(),
        fraction=0.01, money=10.0,
        fraction_2=np.where(frame["from_2"].notna(), 0.02, np.nan),
        money_2=np.where(frame["from_2"].notna(), 20.0, np.nan),
    )  # fmt: skip
    made = pa.Table.from_pandas(frame[SWAPS.names], SWAPS, preserve_index=False)
    pq.write_table(made, path)
    return str(path)


def test_swaps_of_few_customers_are_counted_and_not_listed(tmp_path: Path) -> None:
    rows: list[tuple[str | None, ...]] = [("rent", "food", None) for _ in range(3)]
    rows += [("food", "rent", None)]
    rows += [("rent", "food", "pets")] * 5 + [(None, None, None)]
    found = swaps(written(tmp_path / "swaps.parquet", rows), 2)
    counts = {name: found[name] for name in ("customers", "verified", "two_swaps", "not_listed")}
    assert counts == {"customers": 10, "verified": 9, "two_swaps": 5, "not_listed": 1}
    assert found["swaps"] == [
        {"from": "rent", "to": "food", "customers": 3, "fraction": 0.01, "money": 10.0}
    ]
    # Both swaps of the five count: the median of 4 × .01 and 5 × .03.
    assert (found["fraction"], found["money"]) == (pytest.approx(0.03), 30.0)


def test_where_no_swap_was_found_there_is_no_median(tmp_path: Path) -> None:
    nothing: list[tuple[str | None, ...]] = [(None, None, None)]
    found = swaps(written(tmp_path / "swaps.parquet", nothing), 2)
    assert (found["verified"], found["fraction"], found["swaps"]) == (0, None, [])
