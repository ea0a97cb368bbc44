"""The ledger as a flow: all rows and all money in it, and no more."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn_texts import HOSTILE, draw_and_record, texts
from matplotlib.patches import Rectangle

from spendscape.pages.figures import ledger_flow
from spendscape.pages.figures.labels import spread


def entry(rows: int, amount: str | None) -> dict[str, Any]:
    return {"rows": rows, "amount": amount}


def ledger(classes: int = 12, names: list[str] | None = None) -> dict[str, Any]:
    named = [*(names or []), *(f"class_{k}" for k in range(classes))]
    categories = [
        {"category": f"{name} {k}", "class": name} | entry(10 * k + 5, f"{-20 if k else 30}.50")
        for k, name in enumerate([*named, named[0]])
    ]
    total = {
        "excluded": {"reasons": {"missing_amount": entry(80, None), "filter kind": entry(400, "-900.00")}},
        "quarantined": {"reasons": {f"bad {k}": entry(k + 1, "1.00") for k in range(7)}},
    }  # fmt: skip
    return {"categories": [*categories, {"category": "x", "class": None} | entry(9, "1.00")], "total": total}  # fmt: skip


COVERAGE = pd.DataFrame(
    [{"class": f"class_{k}", "share": 0.1, "coefficient": k % 3 > 0} for k in range(12)]
)


def test_every_row_and_all_money_is_in_one_part() -> None:
    given = ledger()
    found = ledger_flow.parts(given, COVERAGE)
    accepted = [row for row in given["categories"] if row["class"]]
    assert sum(part.rows for part in found) == sum(row["rows"] for row in accepted) + 480 + 28
    money = {"accepted": 0.0, "uncovered": 0.0, "excluded": 900.0, "quarantined": 7.0}
    moving = {f"class_{k}" for k in range(12) if k % 3}
    for name in {row["class"] for row in accepted}:
        own = sum(abs(float(row["amount"])) for row in accepted if row["class"] == name)
        money["accepted" if name in moving else "uncovered"] += own
    for verdict, amount in money.items():
        own = sum(part.amount for part in found if part.verdict == verdict)
        assert own == pytest.approx(amount)
    names = [part.name for part in found]
    assert "1 other class" in names and "2 other reasons" in names and "missing_amount" in names
    # The largest come first, and what is taken together stands behind them.
    rows = [part.rows for part in found if part.verdict == "accepted"]
    assert rows[:-1] == sorted(rows[:-1], reverse=True)


def test_bands_are_as_wide_as_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ledger_flow.parts(ledger(names=HOSTILE), COVERAGE)
    figure = ledger_flow.draw(found)
    every: list[list[float]] = [[part.rows for part in found], [part.amount for part in found]]
    for axes, sizes in zip(figure.axes, every, strict=True):
        bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        middle = [bar.get_height() for bar in bars if bar.get_x() == ledger_flow.VERDICT]
        drawn = np.array([size for size in sizes if size > 0])
        assert np.allclose(middle, drawn / drawn.sum()) and sum(middle) == pytest.approx(1)
        ends = np.array([bar.get_height() for bar in bars if bar.get_x() == ledger_flow.END])
        assert np.allclose(ends / ends.sum(), drawn / drawn.sum())
    width, height = figure.bbox.size
    drawn_texts = draw_and_record(figure, monkeypatch)
    for one, two in combinations(drawn_texts, 2):
        assert not one.box.shrunk(0.95, 0.7).overlaps(two.box.shrunk(0.95, 0.7)), (one, two)
    for one in drawn_texts:
        assert one.box.x0 >= -1 and one.box.x1 <= width + 1, one
        assert one.box.y0 >= -1 and one.box.y1 <= height + 1, one
        assert "_" not in one.text
    said = texts(figure)
    assert "cost $ $ x" in said and "missing amount 80" in said and "moves no trait" in said


def test_a_run_without_readable_amounts_says_so() -> None:
    part = ledger_flow.Part("excluded", "missing_amount", 3, 0.0)
    said = texts(ledger_flow.draw([part]))
    assert "No amount could be read." in said and "3 rows" in said


def test_names_are_moved_apart_and_stay_on_the_paper() -> None:
    near = spread(np.array([0.9, 0.5, 0.49, 0.48, 0.02, 0.01]), 0.05, 0.0, 1.0)
    assert np.all(-np.diff(near) >= 0.05 - 1e-9) and near[0] == 0.9 and near[-1] >= 0
