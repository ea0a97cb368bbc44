"""Cards: the explanation's sums, hostile ids, and what is said of whom."""

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from synthetic import HOSTILE, World

from spendscape.explanation.chart import angle_names
from spendscape.pages import cards
from spendscape.pages.numbers import number

SHAPES: list[dict[str, Any]] = [
    {},
    {"P": 4, "C": 7, "recent_window": False},
    {"M": 2},
    {"M": 4},
    {"unknown": 30},
]


def subject(world: World, row: int) -> tuple[cards.Customer, cards.Reference]:
    train = world.split == "train"
    mean = world.spending.mean(axis=1, dtype=float)
    average = mean[train].mean(axis=0)
    name = world.customers[row]
    has_recent = name in world.recent_customers
    return (
        cards.Customer(
            name, world.spending[row], mean[row], world.values[row], world.long_states[row],
            world.recent_states[world.recent_customers.index(name)] if has_recent else None,
            world.angles[row], world.predicted[row],
            {key: column[row] for key, column in vars(world.found).items()} | {"label": world.labels[row]},
            {"segment": " > ".join(world.levels[row, :3])},
        ),
        cards.Reference(
            average, average, 2.0, world.weights, world.r2, world.formula, world.chart, world.linear,
            angle_names(world.M), world.recent_window,
        ),
    )  # fmt: skip


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


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_contributions_and_average_make_the_prediction(shape: dict[str, Any]) -> None:
    world = World(N=120, **shape)
    for row in (0, 57):
        customer, reference = subject(world, row)
        mean = customer.spending.mean(axis=0, dtype=float)
        parts = cards.contributions(mean, reference.average, world.linear)
        base = world.linear(reference.average[None])[0]
        np.testing.assert_allclose(
            base + parts.sum(axis=0), world.predicted[row], atol=1e-9, rtol=0
        )
        of_traits = world.formula.contributions(mean, reference.average).sum(axis=0)
        whole = world.formula(reference.average[None])[0] + of_traits
        np.testing.assert_allclose(np.clip(whole, -1, 1), world.values[row], atol=1e-9, rtol=0)
        shown = cards.content(customer, reference, 3)
        for k, angle in enumerate(shown["angles"]):
            total = angle["base"] + sum(bar["value"] for bar in angle["bars"])
            assert total == pytest.approx(np.degrees(world.predicted[row, k]), abs=1e-9)
            assert len(angle["bars"]) == 4


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_card_says_what_is_so(shape: dict[str, Any]) -> None:
    world = World(N=120, **shape)
    for name in [*HOSTILE, world.customers[8]]:
        row = world.customers.index(name)
        page = cards.card(*subject(world, row), shown=5)
        reader = read(page)
        text = re.sub(r"\s+", " ", "".join(reader.text))
        assert "script" not in reader.tags
        assert not [
            value
            for key, value in reader.attributes
            if key in ("src", "href") or key.startswith("on")
        ]
        assert f"Customer {' '.join(name.split())}" in text
        assert " > ".join(world.levels[row, :3]) in re.sub(r"\s*>\s*", " > ", text)
        assert "not a measured personality" in text
        if row < world.unknown:
            assert "reported as unconverged" in text and "spectral radius" not in text
        else:
            assert f"spectral radius {world.found.spectral_radius[row]:.3f}" in text
            assert "certified: proved to exist" in text
        assert ("There is no recent window" in text) == (not world.recent_window)
        for k, angle in enumerate(angle_names(world.M)):
            value = number(float(np.degrees(world.angles[row, k])), 1, True)
            assert f"{angle.replace('_', ' ').capitalize()}: {value}°" in text


def test_poor_explanations_and_movers_are_named() -> None:
    world = World()
    customer, reference = subject(world, 0)
    wrong = cards.Customer(**vars(customer) | {"predicted": customer.angles + 0.6})
    assert "the linear explanation is a poor one" in cards.card(wrong, reference, 3)
    right = cards.Customer(**vars(customer) | {"predicted": customer.angles})
    assert "the linear explanation is a poor one" not in cards.card(right, reference, 3)
    moved = cards.Customer(**vars(customer) | {"recent": -customer.states})
    assert "this customer is a mover" in cards.card(moved, reference, 3)


def test_angular_error_is_the_angle_between_directions() -> None:
    world = World(N=60)
    u, v = world.chart.vectors(world.angles), world.chart.vectors(world.predicted)
    expected = np.degrees(np.arctan2(np.linalg.norm(np.cross(u, v), axis=1), np.sum(u * v, axis=1)))
    np.testing.assert_allclose(
        cards.angular_error(world.angles, world.predicted, world.chart), expected, atol=1e-6
    )


def test_a_card_says_what_was_measured_and_what_was_not() -> None:
    world = World(N=120, measured=0.8)
    unknown = np.asarray(np.isnan(world.values).any(axis=1))
    shown = {}
    for row in (int(np.argmin(unknown)), int(np.argmax(unknown))):
        customer, reference = subject(world, row)
        values = cards.content(customer, reference, 3)
        # The formula explains its own value; the measured one stands beside the network's.
        total = values["why"]["base"] + sum(bar["value"] for bar in values["why"]["bars"])
        assert total == pytest.approx(values["why"]["value"], abs=1e-9)
        shown[bool(unknown[row])] = re.sub(
            r"\s+", " ", "".join(read(cards.card(customer, reference, 3)).text)
        )
    known = int((~unknown).sum())
    for text in shown.values():
        assert f"The traits were measured, for {known} of 120 customers" in text
        assert "not a measured personality" not in text
        for trait in world.traits:
            assert f"{trait} {world.r2[trait]['value']:.2f}" in text
    assert "traits were not measured" in shown[True] and "The measurement" not in shown[True]
    assert "The measurement" in shown[False] and "traits were not measured" not in shown[False]
