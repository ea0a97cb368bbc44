"""Verdicts, the correction for many changes, and classes that are new or gone."""

from typing import Any

import numpy as np
import pytest

from spendscape.config.monitor import Monitor
from spendscape.core.text import NEEDS_TWO_TRAITS
from spendscape.evaluation.drift import (
    ALARM,
    CHANGE,
    NOT_MEASURED,
    OK,
    SHOWN,
    WATCH,
    Both,
    Context,
    judged,
    of_both,
    turnover,
    verdict_of,
)
from spendscape.running.job import namespace

SETTINGS: Any = namespace(Monitor().model_dump())


def context(traits: int = 3, window: str = "long") -> Context:
    return Context(window, ["food", "rent"], [f"trait {k}" for k in range(traits)], SETTINGS, 30)


@pytest.mark.parametrize(
    ("value", "low", "threshold", "verdict"),
    [
        (0.3, 0.2, 0.1, ALARM),
        (0.3, 0.05, 0.1, WATCH),
        (0.1, 0.05, 0.1, OK),
        (0.3, 0.2, np.nan, SHOWN),
        (np.nan, np.nan, 0.1, NOT_MEASURED),
    ],
)
def test_an_alarm_is_beyond_chance(
    value: float, low: float, threshold: float, verdict: str
) -> None:
    assert verdict_of(value, low, threshold) == verdict


def test_changes_are_judged_together_and_distances_too() -> None:
    here = context()
    rows = [
        here.check(f"classes{CHANGE}", (value, 0.0, 9.0), 1.0, of=str(k), p=p)
        for k, (value, p) in enumerate([(5.0, 0.001), (-2.0, 0.01), (1.5, 0.02), (0.5, 0.9)])
    ]
    far = here.check("turned", (9.0, 6.0, 12.0), 5.0, p=0.01)
    table = judged([*rows, far, here.shown("customers", 3.0)], 0.05)
    # Alone .01 would be below .025; of three that are left, it is not.
    assert list(table["verdict"]) == [ALARM, WATCH, WATCH, OK, ALARM, SHOWN]
    assert list(judged(rows[1:2], 0.05)["verdict"]) == [ALARM]


def both(count: int = 200, flipped: float = 0.4) -> Both:
    margin = np.linspace(0, 1, count)
    flips = margin < flipped
    return Both(margin, margin < 0.2, flips, np.full(count, 40.0), np.full(count, 0.01))


def test_flips_are_counted_by_margin() -> None:
    rows = {(row.what, row.of): row for row in of_both(both(), context())}
    clear = rows["label_flips", "clear labels"]
    assert np.isclose(clear.value, 0.25, atol=0.01) and clear.verdict == ALARM
    assert rows["label_flips", "neutral"].value == 1
    assert rows["label_flips", "clear labels, larger margins"].value == 0
    assert rows["customers_turned", "median"].verdict == ALARM
    assert rows["customers_moved", "median"].verdict == OK


def test_few_in_both_periods_are_not_shown_and_one_trait_has_no_flips() -> None:
    assert {row.verdict for row in of_both(both(29), context())} == {NOT_MEASURED}
    notes = {row.what: row.note for row in of_both(both(), context(traits=1))}
    assert notes["label_flips"] == NEEDS_TWO_TRAITS


def test_classes_of_a_few_customers_have_neither_name_nor_money() -> None:
    money, users = np.array([600.0, 77.0]), np.array([40, 3])
    row = turnover("new_classes", ["toys", "yachts"], money, users, 10_000.0, context())
    assert row.value == 0.06 and row.verdict == ALARM
    assert row.note == "2 classes: toys and 1 of fewer than 30 customers"
    row = turnover("new_classes", ["yachts"], money[1:], users[1:], 10_000.0, context())
    assert row.value == 0 and "yachts" not in row.note and row.verdict == OK
    empty = np.empty(0), np.empty(0, dtype=np.int64)
    assert turnover("new_classes", [], *empty, 10_000.0, context()).note == ""
