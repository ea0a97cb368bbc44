"""Counterfactuals: each label really changes, no cheaper swap of the same classes does it, named classes stay out."""

import numpy as np
import pytest

from spendscape.explanation import counterfactuals as module
from spendscape.explanation.counterfactuals import NONE, Counterfactuals, counterfactuals

random = np.random.default_rng(3)
N, C, P = 300, 8, 4
FRACTIONS = random.dirichlet(np.ones(C), N)
EFFECTS = random.normal(size=(C, P))
Swaps = list[tuple[np.ndarray, np.ndarray, np.ndarray]]
EVERY = np.ones(C, dtype=bool)


def network(fractions: np.ndarray) -> np.ndarray:
    """Nearly linear, as the network is."""
    linear = (fractions - 1 / C) @ EFFECTS
    return np.asarray(np.tanh(linear) + 0.1 * np.sin(3 * linear))


def swapped(rows: np.ndarray, swaps: Swaps) -> np.ndarray:
    fractions: np.ndarray = FRACTIONS[rows].copy()
    for give, take, share in swaps:
        moved = share * FRACTIONS[rows, give]
        np.subtract.at(fractions, (np.arange(len(rows)), give), moved)
        np.add.at(fractions, (np.arange(len(rows)), take), moved)
    return fractions


def outputs(rows: np.ndarray, swaps: Swaps) -> np.ndarray:
    return network(swapped(rows, swaps))


@pytest.fixture(scope="module")
def found() -> Counterfactuals:
    return counterfactuals(outputs, FRACTIONS, EFFECTS, EVERY, EVERY)


def after(found: Counterfactuals, scale: float) -> np.ndarray:
    """The labels when a share `scale` of each single swap is made."""
    one = np.flatnonzero(found.verified & (found.source[:, 1] == NONE))
    give, take = found.source[one, 0], found.target[one, 0]
    share = scale * found.moved[one, 0] / FRACTIONS[one, give]
    return np.asarray(np.argmax(outputs(one, [(give, take, share)]), axis=1))


def test_nearly_everybody_has_one_and_it_holds_on_the_network(found: Counterfactuals) -> None:
    assert found.verified.mean() > 0.95
    one = found.verified & (found.source[:, 1] == NONE)
    assert one.mean() > 0.5
    assert (after(found, 1.0) == found.label_after[one]).all()
    assert (found.label_after != found.label_before)[found.verified].all()


def test_a_little_less_does_not_change_the_label(found: Counterfactuals) -> None:
    one = found.verified & (found.source[:, 1] == NONE)
    assert (after(found, 1 - 1e-4) == found.label_before[one]).mean() > 0.99


def test_two_swaps_hold_on_the_network_where_one_does_not_do() -> None:
    few = np.arange(C) < 3
    found = counterfactuals(outputs, FRACTIONS, EFFECTS, few, EVERY)
    two = np.flatnonzero(found.source[:, 1] != NONE)
    assert len(two) > 0
    swaps = [
        (
            found.source[two, k],
            found.target[two, k],
            found.moved[two, k] / FRACTIONS[two, found.source[two, k]],
        )
        for k in (0, 1)
    ]
    assert (np.argmax(outputs(two, swaps), axis=1) == found.label_after[two]).all()
    # One swap would not have done: not even all of the money of the first class.
    alone = np.argmax(outputs(two, [(*swaps[0][:2], np.ones(len(two)))]), axis=1)
    assert (alone == found.label_before[two]).all()


def test_the_swap_is_the_cheapest_of_all_single_swaps_for_nearly_all(
    found: Counterfactuals,
) -> None:
    """Against a search through every pair of classes, in steps of a thirtieth of what is spent."""
    rows = np.arange(40)
    best = np.full(len(rows), np.inf)
    for give in range(C):
        for take in range(C):
            for share in np.linspace(1 / 30, 1, 30):
                swap = (np.full(40, give), np.full(40, take), np.full(40, share))
                changed = np.argmax(outputs(rows, [swap]), axis=1) != found.label_before[:40]
                best = np.where(changed, np.minimum(best, share * FRACTIONS[:40, give]), best)
    one = np.isfinite(best) & (found.source[:40, 1] == NONE)
    assert (found.moved[:40, 0] <= best + 1e-9)[one].mean() > 0.9


def test_named_classes_neither_give_nor_take() -> None:
    give, take = EVERY.copy(), EVERY.copy()
    give[:3], take[5:] = False, False
    some = counterfactuals(outputs, FRACTIONS, EFFECTS, give, take)
    used = some.source[some.verified]
    assert not np.isin(used, [0, 1, 2]).any()
    assert not np.isin(some.target[some.verified], [5, 6, 7]).any()


def test_nothing_found_is_said() -> None:
    none = counterfactuals(outputs, FRACTIONS, EFFECTS, ~EVERY, EVERY)
    assert (
        not none.verified.any() and np.isnan(none.moved).all() and (none.label_after == NONE).all()
    )
    alike = counterfactuals(outputs, FRACTIONS, np.zeros((C, P)), EVERY, EVERY)
    assert not alike.verified.any()


def test_one_trait_has_nothing_to_change() -> None:
    one = counterfactuals(
        lambda rows, swaps: outputs(rows, swaps)[:, :1], FRACTIONS, EFFECTS[:, :1], EVERY, EVERY
    )
    assert not one.verified.any() and (one.label_before == 0).all()
    assert module.NONE == -1
