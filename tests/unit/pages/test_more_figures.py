"""The figures beside the study's: what must be seen in them, also where there is little and names are hostile."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn_texts import HOSTILE, draw_and_record, texts
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from spendscape.pages.colours import LEAST_CONTRAST, contrast
from spendscape.pages.figures import coefficients, learning, segment_map
from spendscape.pages.figures.drawing import save

ENDS = ("slope", "slope_low", "slope_high")


def learned(names: list[str], enough: int | None = 2) -> Any:
    elbow = pd.DataFrame({"units": [1, 1, 2, 2], "seed": [1, 2, 1, 2], "r2": [0.4, 0.42, 0.9, 0.8]})
    history = pd.DataFrame(
        {"epoch": [1, 2, 3], "loss": [0.1, 0.01, 0.002], "validation_loss": [0.1, 0.02, 0.03]}
    )
    calibration = pd.DataFrame([dict(zip(ENDS, (1, 0.98, 1.01), strict=True)) | {"trait": name} for name in names])  # fmt: skip
    return learning.draw(elbow, [0.5, 0.95, 1.0], enough, history, calibration)


def mapped(names: list[str], named: bool = True, steps: int = 3) -> Any:
    first = [(1, name, "(all)", 1 / len(names), 1 / len(names)) for name in names]
    second = [(2, f"{names[0]} > {name}", names[0], 0.1, 0.25) for name in names[1:3]]
    columns = ["level", "segment", "parent", "share", "parent_share"]
    table = pd.DataFrame([*first, *second] if named else [], columns=columns)
    within = [
        {"labels": labels, "comparison": "whole_window", "step": step + 1, "value": 0.9, "low": 0.8, "high": 0.95}
        for labels in ("states", "raw") for step in range(steps)
    ]  # fmt: skip
    return segment_map.draw(table, within, names, steps)


def weighed(names: list[str], classes: list[str]) -> Any:
    values = np.random.default_rng(1).normal(size=(len(classes), len(names)))
    return coefficients.draw(values, classes, names)


def test_the_elbow_the_best_epoch_and_the_slopes_are_told() -> None:
    said = texts(learned(["one", "two"]))
    assert "2 units are enough" in said and "best after 2 of 3 epochs" in said
    assert "0.01" in said and "$" not in said
    assert "no number of units tried is enough" in texts(learned(["one"], None))
    assert "1 unit is enough" in texts(learned(["one"], 1))


def test_areas_are_the_shares_and_what_has_no_name_is_white() -> None:
    figure = mapped(["one", "two", "three"])
    axes = figure.axes[0]
    filled = [box for box in axes.patches if isinstance(box, Rectangle) and box.get_fill()]
    areas = {box.get_facecolor(): box.get_width() * box.get_height() for box in filled}
    assert sum(box.get_width() * box.get_height() for box in filled) == pytest.approx(1)
    assert pytest.approx(1 / 12) in areas.values()
    white = [box for box in filled if box.get_facecolor()[:3] == (1, 1, 1)]
    # Half of the first column, and the whole of the others.
    assert sum(box.get_width() * box.get_height() for box in white) == pytest.approx(1 / 6 + 2 / 3)
    empty = mapped(["one", "two"], named=False)
    assert "no segment is large enough" in texts(empty) and "one" not in texts(empty).split()
    few = segment_map.draw(pd.DataFrame(columns=["level"]), [], ["one", "two"], 3)
    assert "and the test customers are too few" in texts(few)
    assert "needs 2 traits" in texts(mapped(["one"]))
    assert mapped(["one", "two"], steps=1).axes


def test_classes_stand_by_the_trait_that_they_raise_and_the_smallest_are_left_out() -> None:
    values = np.array([[0.1, 0.9], [0.8, -1.0], [0.2, 0.1], [0.3, 0.5]])
    figure = coefficients.draw(values, ["a", "b", "c_d", "e"], ["one", "two"])
    order = [text.get_text() for axes in figure.axes for text in axes.get_yticklabels()]
    assert [name for name in order if name in ("a", "b", "c d", "e")] == ["b", "c d", "a", "e"]
    many = weighed(["one"], [f"class {k}" for k in range(coefficients.MOST + 3)])
    assert "3 classes with the smallest coefficients are left out" in texts(many)
    table = pd.DataFrame(
        [(name, trait, k) for k, name in enumerate(["b", "(intercept)", "a"]) for trait in ("x", "state_1")],
        columns=["class", "output", "value"],
    )  # fmt: skip
    found, classes = coefficients.by_class_and_trait(table, ["x"])
    assert classes == ["b", "a"] and found.tolist() == [[0.0], [2.0]]


def test_a_name_is_written_upwards_where_a_narrow_column_would_cut_it() -> None:
    figure = mapped(["first", "openness", *"abcdefghijk"])
    upwards = [text.get_text() for text in figure.axes[0].texts if text.get_rotation() == 90]
    assert "openness" in upwards


@pytest.mark.parametrize("draw", [learned, mapped, lambda names: weighed(names, [*names, "plain"])])
def test_hostile_names_stay_readable_text_on_the_paper(
    draw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = draw(HOSTILE)
    found = draw_and_record(figure, monkeypatch)
    width, height = figure.bbox.size
    for one in found:
        assert one.box.x0 >= -1 and one.box.y0 >= -1, one
        assert one.box.x1 <= width + 1 and one.box.y1 <= height + 1, one
        assert contrast(one.colour) >= LEAST_CONTRAST, one
        assert "_" not in one.text and "\u202e" not in one.text
    names = "\n".join(one.text for one in found)
    assert "$y^2$" in names and "cost $ $ x" in names and "…" in names


def test_few_dots_of_a_colour_keep_it(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    figure = Figure(figsize=(3, 3), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    for colour, count in (("#0072b2", 20_000), ("#e69f00", 20_000), ("#d55e00", 60)):
        axes.scatter(
            random.normal(size=count), random.normal(size=count), s=3, c=colour, alpha=0.3, lw=0
        )
    save(figure, tmp_path / "a.png", tmp_path / "a.svg", dpi=200)
    figure.savefig(tmp_path / "true.png", dpi=200)
    true, shown = (
        np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB")).astype(int)
        for name in ("true", "a")
    )
    # An eye does not see a tenth of what there is from black to white.
    assert np.abs(true - shown).max() < 25
