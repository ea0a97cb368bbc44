"""Monthly sums for tests: a few rows as monthly.parquet, and the windows in them found by loops."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.arrays import Array, Floats
from spendscape.core.months import month_name, month_number
from spendscape.tensors.windows import Window

CLASSES = ["rent", "food", "fun"]
Row = tuple[str, str, str, float]


def months_of(
    customer: str, first: str, count: int, amount: float = 10.0, name: str = "food"
) -> list[Row]:
    """One posting in each of `count` months."""
    start = month_number(first)
    return [(customer, month_name(start + k), name, amount) for k in range(count)]


def write_monthly(path: str | Path, rows: list[Row]) -> None:
    """Rows (customer, month, class, amount) as monthly.parquet: month by month, in row groups of their own."""
    kinds = {"customer_id": pa.string(), "month": pa.date32(), "class": pa.string()}
    with pq.ParquetWriter(path, pa.schema(kinds | {"amount": pa.float64()})) as writer:
        for month in sorted({row[1] for row in rows}):
            columns = list(zip(*sorted(row for row in rows if row[1] == month), strict=True))
            day = np.datetime64(month, "M").astype("datetime64[D]").astype(object)
            own = [columns[0], [day] * len(columns[0]), columns[2], columns[3]]
            writer.write_table(
                pa.table(
                    [
                        pa.array(values, kind)
                        for values, kind in zip(own, writer.schema.types, strict=True)
                    ],
                    schema=writer.schema,
                ),
                row_group_size=50,
            )


def some_rows(seed: int, customers: int = 60, months: int = 40) -> list[Row]:
    """Customers with gaps, refunds and months without spending."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        first, last = sorted(rng.integers(0, months, 2))
        density = rng.choice([0.15, 0.5, 0.9])
        for m in range(first, last + 1):
            for name in CLASSES:
                if rng.random() < density:
                    when = month_name(month_number("2020-01") + m)
                    amount = float(np.round(rng.normal(5 if rng.random() < 0.9 else -20, 5), 2))
                    rows.append((f"c{customer}", when, name, amount))
    return rows


def slow_windows(
    rows: list[Row], window: Window, posting_months: int, coverage: float
) -> dict[str, tuple[int, Floats, Array]]:
    """Customer to (last month, fractions, totals), by loops."""
    months = [month_number(row[1]) for row in rows]
    end = max(months) if window.end == "latest" else month_number(window.end)
    start = min(months) - posting_months + 1
    net: dict[tuple[str, int, str], float] = defaultdict(float)
    for customer, when, name, amount in rows:
        net[customer, month_number(when), name] += amount
    found = {}
    for customer in sorted({row[0] for row in rows}):
        # Periods are numbered forwards from one that ends with the month `end`.
        posted = {
            (month_number(row[1]) - end - 1) // posting_months for row in rows if row[0] == customer
        }
        last = end
        while last - window.steps * window.months_per_step + 1 >= start:
            steps, enough = [], True
            for step in reversed(range(window.steps)):
                ends = last - step * window.months_per_step
                span = range(ends - window.months_per_step + 1, ends + 1)
                money = [max(0.0, sum(net[customer, m, c] for m in span)) for c in CLASSES]
                steps.append(money)
                periods = sorted({(m - end - 1) // posting_months for m in span})
                inside = min(posted) <= periods[0] and periods[-1] <= max(posted)
                there = sum(period in posted for period in periods)
                enough &= coverage == 0 or (inside and there / len(periods) >= coverage)
            totals = np.sum(steps, axis=1)
            if (totals > 0).all() and enough:
                found[customer] = last, np.array(steps) / totals[:, None], totals
                break
            if window.end != "latest":
                break
            last -= window.months_per_step
    return found
