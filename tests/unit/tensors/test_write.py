"""The files of a window, against loops over every customer and month; verdicts; sliding windows."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from monthly_rows import CLASSES, Row, months_of, slow_windows, some_rows, write_monthly

from spendscape.core.errors import DataError
from spendscape.core.months import month_name, month_number
from spendscape.core.parquet import PARQUET, names_of, tensor_values
from spendscape.tensors import customers, write
from spendscape.tensors.customers import join_verdicts
from spendscape.tensors.windows import Window
from spendscape.tensors.write import summary_line, write_sliding, write_window


def make(
    tmp_path: Path,
    rows: list[Row],
    window: Window,
    posting_months: int = 1,
    key: str = "tensors.long",
    within: str | None = None,
    coverage: float = 0.5,
) -> tuple[dict[str, Any], pa.Table, dict[str, str]]:
    """The summary, the tensors' table and the verdicts."""
    monthly, spending, verdicts = (
        str(tmp_path / f"{key}.{name}.parquet") for name in ("monthly", "spending", "verdicts")
    )
    write_monthly(monthly, rows)
    summary = write_window(
        monthly, CLASSES, window, (posting_months, coverage), key, spending, verdicts, within
    )
    judged = pq.read_table(verdicts, columns=["customer_id", "verdict"])
    found = dict(zip(*judged.to_pydict().values(), strict=True))
    return summary, pq.read_table(spending), found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("window", "posting_months"),
    [
        (Window(3, 4, "latest"), 1),
        (Window(6, 1, "latest"), 1),
        (Window(2, 6, "2022-03"), 1),
        (Window(3, 6, "latest"), 3),
        (Window(2, 12, "latest"), 12),
    ],
)
@pytest.mark.parametrize("coverage", [0, 0.4, 1])
def test_every_window_is_the_one_that_loops_find(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    window: Window,
    posting_months: int,
    coverage: float,
) -> None:
    # Small parts and row groups, so that customers lie across their edges.
    monkeypatch.setattr(customers, "ROWS", 97)
    monkeypatch.setattr(write, "CELLS", 7 * 40 * len(CLASSES))
    monkeypatch.setitem(PARQUET, "row_group_size", 8)
    rows = some_rows(seed)
    expected = slow_windows(rows, window, posting_months, coverage)
    summary, table, verdicts = make(tmp_path, rows, window, posting_months, coverage=coverage)
    assert 0 < len(expected) < len(verdicts)
    assert table["customer_id"].to_pylist() == list(expected)
    assert [name for name, verdict in verdicts.items() if verdict == "in"] == list(expected)
    assert list(verdicts) == sorted({row[0] for row in rows}), "every customer has a verdict"
    assert summary["in"] + sum(summary["out"].values()) == summary["customers"] == len(verdicts)
    last = [month_number(str(day)[:7]) for day in table["last_month"].to_pylist()]
    assert last == [value[0] for value in expected.values()]
    spending, total = tensor_values(table["spending"]), tensor_values(table["total"])
    assert spending.dtype == np.float32
    np.testing.assert_allclose(spending, [v[1] for v in expected.values()], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(total, [v[2] for v in expected.values()], rtol=1e-12)
    np.testing.assert_allclose(spending.sum(axis=2, dtype=float), 1, atol=3e-7)
    assert names_of(table.schema, "classes") == CLASSES


def test_verdicts_say_why(tmp_path: Path) -> None:
    rows = [
        *months_of("all", "2024-01", 12),
        *months_of("early", "2024-02", 6),
        *months_of("gap", "2024-01", 5),
        *months_of("gap", "2024-07", 5),
        *months_of("refunded", "2024-01", 12),
        ("refunded", "2024-04", "food", -10.0),
        ("refunded", "2024-09", "food", -15.0),
        ("zero", "2024-12", "food", 0.0),
    ]
    summary, table, verdicts = make(tmp_path, rows, Window(6, 1, "latest"))
    span = "fewer than 6 consecutive steps of 1 month with spending"
    assert verdicts == {
        "all": "in",
        "early": "in",
        "gap": span,
        "refunded": f"a step's total is not above 0, so {span}",
        "zero": span,
    }
    days = dict(
        zip(
            table["customer_id"].to_pylist(), map(str, table["last_month"].to_pylist()), strict=True
        )
    )
    assert days == {"all": "2024-12-01", "early": "2024-07-01"}
    line = summary_line(summary)
    assert "2 of 5 customers in" in line
    assert "1 out: a step's total is not above 0" in line


def test_money_of_unknown_classes_is_refused_or_left_out_with_no_customer_lost(
    tmp_path: Path,
) -> None:
    rows = months_of("a", "2020-01", 4) + months_of("a", "2020-01", 4, 99.0, "drones")
    rows += months_of("b", "2020-01", 4, 5.0, "drones") + months_of("c", "2020-01", 2)
    # What is posted in an unknown class is a posting, so that c has a history of four months.
    rows += [("c", month, "drones", 1.0) for _, month, *_ in months_of("c", "2020-03", 2)]
    monthly, spending, verdicts = (str(tmp_path / f"{name}.parquet") for name in "msv")
    write_monthly(monthly, rows)

    def made(leave_out: bool) -> dict[str, Any]:
        window, key = Window(2, 2, "latest"), "tensors.long"
        files = spending, verdicts
        return write_window(monthly, CLASSES, window, (1, 0.5), key, *files, leave_out=leave_out)

    with pytest.raises(DataError, match=r"'drones'.*\n.*score.unknown_classes: leave_out"):
        made(leave_out=False)
    summary = made(leave_out=True)
    assert summary["unknown_classes"] == ["drones"] and "drones" in summary_line(summary)
    found = pq.read_table(spending)
    assert found["customer_id"].to_pylist() == ["a"]
    assert tensor_values(found["total"]).tolist() == [[20.0, 20.0]]
    judged = dict(zip(*pq.read_table(verdicts, columns=["customer_id", "verdict"]).to_pydict().values(), strict=True))  # fmt: skip
    assert judged["a"] == "in"
    assert all("total is not above 0" in judged[name] for name in "bc")


def test_a_step_counts_only_where_the_history_covers_it(tmp_path: Path) -> None:
    """Two purchases, on 31 December and on 2 January, are not two years."""
    rows = [
        *months_of("all", "2021-01", 48),
        *months_of("third quarter", "2021-08", 41),
        *months_of("left", "2021-01", 45),
        ("new year", "2023-12", "food", 5.0),
        ("new year", "2024-01", "food", 5.0),
        *((name, f"{year}-{month}", "food", 5.0) for year in range(2021, 2025) for name, month in (("twice", "01"), ("twice", "12"))),
        *months_of("half", "2021-01", 48)[::2],
        ("half", "2024-12", "food", 5.0),
    ]  # fmt: skip
    window = Window(4, 12, "latest")
    span = "so fewer than 4 consecutive steps of 12 months are complete"
    part = f"the first or the last step is not a whole one, {span}"
    _, _, verdicts = make(tmp_path, rows, window)
    assert verdicts == {
        "all": "in",
        "half": "in",
        "left": part,
        "new year": "fewer than 4 consecutive steps of 12 months with spending",
        "third quarter": part,
        "twice": f"a step has a posting in less than 50% of its time, {span}",
    }
    steps = pq.read_table(tmp_path / "tensors.long.verdicts.parquet").drop_columns("verdict")
    assert {row.pop("customer_id"): tuple(row.values()) for row in steps.to_pylist()} == {
        "all": (4, 0, 0, 0),
        "half": (4, 0, 0, 0),
        "left": (3, 1, 0, 0),
        "new year": (0, 2, 0, 0),
        "third quarter": (3, 1, 0, 0),
        "twice": (0, 0, 4, 0),
    }
    assert set(make(tmp_path, rows, window, coverage=0)[2].values()) - {verdicts["new year"]} == {"in"}  # fmt: skip
    _, _, two = make(tmp_path, rows, Window(2, 12, "latest"))
    assert two["new year"].startswith("the first or the last step is not a whole one")


def test_a_part_of_a_step_at_the_start_of_the_data_is_no_step(tmp_path: Path) -> None:
    rows = [*months_of("a", "2023-06", 19), *months_of("b", "2023-06", 7)]
    _, _, verdicts = make(tmp_path, rows, Window(1, 12, "latest"))
    assert verdicts == {"a": "in", "b": "nothing in the window's months"}


def test_refunds_net_within_class_and_step_and_what_is_left_negative_is_zeroed(
    tmp_path: Path,
) -> None:
    rows = [
        ("a", "2024-01", "food", 10.0),
        ("a", "2024-02", "food", -4.0),
        ("a", "2024-01", "fun", 5.0),
        ("a", "2024-02", "fun", -7.0),
        ("a", "2024-02", "rent", 18.0),
    ]
    summary, table, _ = make(tmp_path, rows, Window(1, 2, "latest"))
    np.testing.assert_array_equal(tensor_values(table["spending"]), [[[0.75, 0.25, 0]]])
    np.testing.assert_array_equal(tensor_values(table["total"]), [[24.0]])
    assert summary["negative_classes_zeroed"] == {"count": 1, "amount": -2.0}


def test_yearly_postings_cover_the_year_before_them(tmp_path: Path) -> None:
    rows = [("a", f"{year}-03", "food", 1.0) for year in range(2011, 2017)]
    rows += [("b", f"{year}-03", "food", 1.0) for year in range(2020, 2026)]
    window = Window(6, 12, "latest")
    assert make(tmp_path, rows, window, posting_months=12)[2] == {"a": "in", "b": "in"}
    # Taken as monthly, the first year is only one month long, and the others are nearly empty.
    with pytest.raises(DataError, match=r"set tensors\.posting_months[^.]*\.\nfewer than 6"):
        make(tmp_path, rows, window)
    found = make(tmp_path, rows, window, coverage=0)[2]
    assert {name: verdict[:12] for name, verdict in found.items()} == {
        "a": "fewer than 6",
        "b": "in",
    }


def test_the_recent_window_holds_customers_of_the_long_one(tmp_path: Path) -> None:
    rows = [*months_of("a", "2023-01", 24), *months_of("b", "2024-01", 12)]
    make(tmp_path, rows, Window(2, 12, "latest"))
    within = str(tmp_path / "tensors.long.verdicts.parquet")
    summary, table, verdicts = make(
        tmp_path, rows, Window(2, 2, "latest"), key="tensors.recent", within=within
    )
    assert verdicts == {"a": "in", "b": "not in the long window"}
    assert table["customer_id"].to_pylist() == ["a"]
    joined = join_verdicts(
        {"long": within, "recent": str(tmp_path / "tensors.recent.verdicts.parquet")}
    )
    steps = ("complete", "partial", "thin", "negative")
    assert joined.column_names == ["customer_id", "long", "recent"] + [
        f"{name}_{kind}" for name in ("long", "recent") for kind in steps
    ]
    assert joined["long_complete"].to_pylist() == [2, 1]
    assert join_verdicts({"long": within}).column_names[:3] == [
        "customer_id",
        "long",
        "long_complete",
    ]
    assert summary["out"] == {"not in the long window": 1}


def test_a_window_that_no_customer_has(tmp_path: Path) -> None:
    rows = [("a", f"{year}-03", "food", 1.0) for year in range(2011, 2017)]
    make(tmp_path, rows, Window(6, 12, "latest"), posting_months=12)
    within = str(tmp_path / "tensors.long.verdicts.parquet")
    with pytest.raises(DataError, match=r"set tensors\.recent to null for yearly postings"):
        make(tmp_path, rows, Window(6, 2, "latest"), key="tensors.recent", within=within)
    with pytest.raises(DataError, match=r"tensors\.long: no customer .* tensors\.posting_months"):
        make(tmp_path, rows, Window(6, 2, "latest"))


@pytest.mark.parametrize(("steps", "size", "posting_months"), [(3, 2, 1), (2, 4, 1), (2, 6, 6)])
def test_sliding_windows_are_all_that_loops_find(
    tmp_path: Path, steps: int, size: int, posting_months: int
) -> None:
    rows = some_rows(5)
    window = Window(steps, size, "latest")
    monthly, out = str(tmp_path / "m.parquet"), str(tmp_path / "s.parquet")
    write_monthly(monthly, rows)
    end = max(month_number(row[1]) for row in rows)
    expected = []
    for customer in sorted({row[0] for row in rows}):
        own = [row for row in rows if row[0] == customer]
        # Cutting the end off block by block leaves each window the latest once.
        edges = [("!", rows[0][1], "food", 1.0) for _ in "x"]
        for last in range(month_number(min(row[1] for row in rows)), end + 1):
            if (end - last) % size:
                continue
            fixed = Window(steps, size, month_name(last))
            span = [("~", min(row[1] for row in rows), "food", 1.0), *own, *edges]
            found = slow_windows(span, fixed, posting_months, 0).get(customer)
            if found:
                expected.append((customer, found[0], found[1]))
    only = {expected[0][0]}
    count = write_sliding(monthly, CLASSES, window, (posting_months, 0), only, out)
    kept = [e for k, e in enumerate(expected) if e[0] not in only or expected[k + 1][0] != e[0]]
    made = pq.read_table(out)
    assert count == len(made) == len(kept) > 60
    assert made["customer_id"].to_pylist() == [e[0] for e in kept]
    days = [month_name(e[1]) + "-01" for e in kept]
    assert [str(day) for day in made["last_month"].to_pylist()] == days
    np.testing.assert_allclose(tensor_values(made["spending"]), [e[2] for e in kept], atol=1e-6)


@pytest.mark.parametrize("steps", [2, 20])
def test_quarterly_postings_lose_nobody_without_a_word(tmp_path: Path, steps: int) -> None:
    rows = [
        (f"c{customer:03d}", f"{year}-{month:02d}", "food", 10.0)
        for customer in range(30)
        for year in (2022, 2023)
        for month in (3, 6, 9, 12)
    ]
    window = Window(steps, 2, "latest")
    with pytest.raises(DataError, match=r"^tensors\.posting_months: 1 was given; of 210 gaps"):
        make(tmp_path, rows, window)
    assert set(make(tmp_path, rows, Window(2, 12, "latest"), posting_months=3)[2].values()) == {
        "in"
    }


def test_a_window_that_the_other_sign_empties_names_the_sign(tmp_path: Path) -> None:
    rows = [("a", f"2022-{month:02d}", "food", -1.0) for month in range(1, 13)]
    with pytest.raises(DataError, match=r"no customer has this window; .*ingest\.spend_is"):
        make(tmp_path, rows, Window(2, 6, "latest"))
