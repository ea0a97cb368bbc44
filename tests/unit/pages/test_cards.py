"""Cards: what is said of whom, whatever the shape of the data."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from card_results import SETTINGS, files, subject
from synthetic import HOSTILE, World

from spendscape.pages import cards
from spendscape.pages.card_data import Customer, Reference
from spendscape.pages.card_files import read_customer, read_reference
from spendscape.pages.card_names import file_name

SHAPES: list[dict[str, Any]] = [
    {},
    {"P": 4, "C": 7, "recent_window": False},
    {"M": 2},
    {"P": 3, "M": 4},
    {"unknown": 30},
    {"P": 1, "M": 2},
    {"T": 1},
]


class Reader(HTMLParser):
    """Collects tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def words(customer: Customer, reference: Reference) -> str:
    """The card's text on one line."""
    return re.sub(r"\s+", " ", "".join(read(cards.card(customer, reference, 5)).text))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_card_says_what_is_so(shape: dict[str, Any], tmp_path: Path) -> None:
    world = World(N=120, **shape)
    paths = files(world, tmp_path)
    reference = read_reference(paths, SETTINGS)
    for name in [*HOSTILE, world.customers[8]]:
        row = world.customers.index(name)
        customer = read_customer(paths, file_name(name), [12, 2])
        reader = read(cards.card(customer, reference, 5))
        text = re.sub(r"\s+", " ", "".join(reader.text))
        assert "script" not in reader.tags and "link" not in reader.tags
        assert not [
            value
            for key, value in reader.attributes
            if key in ("src", "href") or key.startswith("on")
        ]
        assert f"Customer {' '.join(name.split())}" in text
        assert " > ".join(world.levels[row, :3]) in re.sub(r"\s*>\s*", " > ", text)
        assert "no measured personality" in text
        assert "interventional Shapley value" in text
        assert "not advice" in text
        assert ("There is no recent window" in text) == (not world.recent_window)
        if row < world.unknown:
            assert "reported as unconverged" in text and "spectral radius" not in text
        else:
            assert f"spectral radius {world.found.spectral_radius[row]:.3f}" in text
            assert "proved by interval arithmetic" in text
        assert ("There is only one trait" in text) == (world.P == 1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_waterfalls_end_at_the_margin(shape: dict[str, Any], tmp_path: Path) -> None:
    world = World(N=120, **shape)
    customer, reference = subject(world, tmp_path, 57)
    shown = cards.content(customer, reference, 3)
    outputs = np.sort(world.outputs[57])
    margin = outputs[-1] - outputs[-2] if world.P > 1 else outputs[-1]
    for rows in (shown["why"]["rows"], shown["steps"]["rows"]):
        *parts, last = rows
        assert last["value"] == pytest.approx(margin, abs=1e-6)
        assert sum(row["value"] for row in parts) == pytest.approx(last["value"], abs=1e-9)
        for row in rows:
            assert -1e-9 <= row["left"] <= row["left"] + row["width"] <= 100 + 1e-9
    kinds = [row["kind"] for row in shown["why"]["rows"]]
    assert kinds == ["base", "class", "class", "class", "rest", "network", "sum"]
    spent = [row for row in shown["why"]["rows"] if row["own"] is not None]
    assert sum(row["own"] for row in spent) == pytest.approx(1, abs=1e-6)
    assert sum(row["money"] for row in spent) == pytest.approx(world.total[57].mean(), rel=1e-6)


def test_a_neutral_label_is_called_so_and_a_segment_too_small_to_name_keeps_its_trait(
    tmp_path: Path,
) -> None:
    world = World(N=240)
    customer, reference = subject(world, tmp_path, 57)

    def shown(**changed: Any) -> str:
        return words(replace(customer, segment=dict(customer.segment) | changed), reference)

    neutral = shown(neutral=True)
    assert "How sure is that? Neutral. The lead is within" in " ".join(neutral.split())
    assert not re.search("Clear|Fairly sure|close call", neutral)
    assert "Neutral." not in shown(neutral=False)
    first = customer.segment["level_1"].replace("_", " ")
    assert f"this customer's spending shows {first} the most." in shown(segment="(all)")


def test_how_sure_is_said_from_customers_with_such_a_margin(tmp_path: Path) -> None:
    world = World(N=240)
    customer, reference = subject(world, tmp_path, 57)

    def at(margin: float) -> dict[str, Any]:
        segment = dict(customer.segment) | {"margin": margin}
        shown: dict[str, Any] = cards.content(replace(customer, segment=segment), reference, 3)
        return dict(shown["sure"])

    rows = reference.comparison["trust"]
    assert at(0.0)["percentile"] == 0 and at(9.0)["percentile"] == 1
    # As many have a smaller lead as the run's own margins say, between two quantiles too.
    margins = np.sort(np.array(reference.comparison["margins"]))
    between = margins[7] + 0.25 * (margins[8] - margins[7])
    assert at(float(between))["percentile"] == pytest.approx(0.0725)
    assert at(0.0)["like"] == rows[0] and at(9.0)["like"] == rows[-1]
    middle = (rows[3]["low"] + rows[3]["high"]) / 2
    assert at(middle)["like"] == rows[3]
    made = dict(reference.comparison) | {"trust": [rows[0] | {"agreement": 0.5, "high": 99.0}]}
    assert "A close call." in words(customer, replace(reference, comparison=made))


def test_movers_are_named_with_month_classes_and_money(tmp_path: Path) -> None:
    world = World()
    row = world.customers.index(world.recent_customers[40])
    customer, reference = subject(world, tmp_path, row)
    mover = {"long": "openness", "recent": "extraversion", "change": 9.0, "likely": True}
    moved = replace(customer, mover=mover)
    text = words(moved, reference)
    assert (
        "A likely mover: since Jan 2024 this customer's traits differ from before by more than customers' traits differed in earlier steps"
        in text
    )
    assert "From openness to extraversion." in text
    shown = cards.content(moved, reference, 3)["lately"]
    earlier, recent = world.spending[row, :-1].mean(axis=0), world.recent[40].mean(axis=0)
    c = int(np.abs(recent - earlier).argmax())
    assert shown["rows"][0]["name"] == world.classes[c]
    assert shown["rows"][0]["new"] == pytest.approx(recent[c], rel=1e-5)
    before = (world.spending[row, :-1, c] * world.total[row, :-1]).mean()
    assert shown["rows"][0]["old_money"] == pytest.approx(before, rel=1e-5)
    unlikely = replace(customer, mover=mover | {"likely": False})
    assert "in earlier steps customers' traits often changed as much" in words(unlikely, reference)
    unknown = replace(customer, mover=mover | {"likely": None})
    assert "too few customers or earlier steps" in words(unknown, reference)
    assert "Nothing that stands out" in words(replace(customer, mover=None), reference)
    blind = replace(reference, tells_movers=False)
    assert "does not tell a change from chance" in words(replace(customer, mover=None), blind)
    without = replace(customer, recent=None)
    assert "no complete recent window" in words(without, reference)


def test_swaps_are_said_as_the_network_has_them(tmp_path: Path) -> None:
    world = World(N=120)
    customer, reference = subject(world, tmp_path, 57)
    one = {
        "from": "class 0", "to": "class 3", "fraction": 0.021, "money": 123.4, "from_2": None,
        "to_2": None, "fraction_2": None, "money_2": None, "label_before": "openness",
        "label_after": "neuroticism", "verified": True,
    }  # fmt: skip
    text = words(replace(customer, swap=one), reference)
    assert "Spend 123 a year less on class 0" in text and "as much more on class 3" in text
    assert (
        "2.1 % of spending, the mean of the steps' shares." in text
        and "Then neuroticism comes first" in text
    )
    spent = re.search(r"This customer spends ([\d,.]+) a year", text)
    assert spent and "in which more of it was refunded than bought" in text
    assert "Amounts are in the data's unit of money." in text
    text = words(replace(customer, swap=one), replace(reference, currency="EUR"))
    assert f"spends {spent[1]} EUR a year" in text and "Spend 123 EUR a year less" in text
    text = words(replace(customer, swap=one), replace(reference, currency="£"))
    assert f"spends £{spent[1]} a year" in text and "Amounts are in £." in text
    two = one | {"from_2": "class 5", "to_2": "class 3", "fraction_2": 0.1, "money_2": 500.0}
    assert "And 500 a year less on class 5" in words(replace(customer, swap=two), reference)
    none = dict.fromkeys(one) | {"label_before": "openness", "verified": False}
    text = words(replace(customer, swap=none), reference)
    assert "Nothing was found" in text and "2 classes are left out" in text


def test_neutral_customers_and_poor_explanations_are_said(tmp_path: Path) -> None:
    world = World()
    customer, reference = subject(world, tmp_path, 0)
    nowhere = np.full(world.M, np.nan)
    neutral = replace(
        customer,
        direction={"direction": nowhere, "predicted_direction": world.predicted[0]},
        segment=dict(customer.segment)
        | {"distance": 0.0, "behind": None, "border_degrees": np.nan, "margin": 0.0},
    )
    text = words(neutral, reference)
    assert "at the neutral state, where all traits are 0: it has no direction" in text
    assert "nan" not in text.lower().split()
    away = {"direction": world.directions[0], "predicted_direction": -world.directions[0]}
    assert "it is a poor one" in words(replace(customer, direction=away), reference)
    near = dict(reference.comparison) | {"by_distance": [{"high": 9.0, "error": 1e3}]}
    assert "directions are uncertain" in words(customer, replace(reference, comparison=near))


def test_a_class_that_nobody_uses_is_no_explanation(tmp_path: Path) -> None:
    world = World(N=120)
    customer, reference = subject(world, tmp_path, 57)
    column = np.array(["own", "own", "unused"] + ["own"] * (world.C - 3))
    blind = replace(reference, surrogate=replace(reference.surrogate, column=column))
    assert "the model knows nothing of them" in words(customer, blind)
    assert "the model knows nothing of them" not in words(customer, reference)


def test_a_card_says_what_was_measured_and_what_was_not(tmp_path: Path) -> None:
    world = World(N=120, measured=0.8)
    unknown = np.asarray(np.isnan(world.values).any(axis=1))
    assert unknown.any()
    shown = {}
    for row in (int(np.argmin(unknown)), int(np.argmax(unknown))):
        shown[bool(unknown[row])] = words(*subject(world, tmp_path, row))
    known = int((~unknown).sum())
    for text in shown.values():
        assert f"The traits were measured, for {known} of 120 customers" in text
        assert "no measured personality" not in text
    assert "traits were not measured" in shown[True] and "The measurement" not in shown[True]
    assert "The measurement" in shown[False] and "traits were not measured" not in shown[False]


def test_every_text_can_be_read_on_every_ground(tmp_path: Path) -> None:
    customer, reference = subject(World(N=60), tmp_path, 3)
    page = cards.card(customer, reference, 3)
    style = page[page.index("<style>") : page.index("</style>")]
    colours = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", style))
    texts = {name: value for name, value in colours.items() if name.startswith("--text")}
    grounds = {name: value for name, value in colours.items() if name.startswith("--ground")}
    assert len(texts) >= 2 and len(grounds) >= 2

    def luminance(colour: str) -> float:
        parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for text in texts.values():
        for ground in grounds.values():
            low, high = sorted([luminance(text), luminance(ground)])
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)
    # No text has another colour, and none is paler than its colour.
    used = re.findall(r"(?<![-\w])(?:color|fill): ([^;}]+)", style)
    assert {value for value in used if not value.startswith("var(--text")} <= {"light"}
    assert "opacity" not in style
