"""Retraining: rotated copies of a network agree with it, other networks do not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spendscape.evaluation.retraining import Side, aligning_rotation, retraining_scores, summary
from spendscape.network.lstm import Lstm
from spendscape.network.trajectories import trajectories
from spendscape.network.weights import Weights

Sides = tuple[Side, Side]


def network(seed: int, units: int = 3, classes: int = 7, traits: int = 4) -> Weights:
    random = np.random.default_rng(seed)
    cell = Lstm(
        random.normal(size=(classes, 4 * units)),
        0.3 * random.normal(size=(units, 4 * units)),
        0.1 * random.normal(size=4 * units),
    )
    return Weights(
        cell,
        random.normal(size=(units, traits)),
        0.1 * random.normal(size=traits),
        [f"trait {k}" for k in range(traits)],
        [f"class {k}" for k in range(classes)],
    )


def mirrored(weights: Weights) -> Weights:
    """The same network with its units in reverse order and the sign of the first one flipped."""
    units = weights.units
    turn = np.eye(units)[::-1].copy()
    turn[0] *= -1
    gates = np.arange(4 * units).reshape(4, units)[:, ::-1].ravel()
    # h' = h turn; of the flipped unit only the candidate changes its sign.
    sign = np.ones(4 * units)
    flipped = int(np.argmin(turn.sum(axis=0)))
    sign[2 * units + flipped] = -1
    cell = Lstm(
        weights.cell.kernel[:, gates] * sign,
        turn.T @ weights.cell.recurrent[:, gates] * sign,
        weights.cell.bias[gates] * sign,
    )
    return replace(
        weights,
        cell=cell,
        output=turn.T @ weights.output,
    )


@pytest.fixture
def sides() -> Sides:
    """Customers to fit the surrogate to, and customers to score everything on."""
    random = np.random.default_rng(1)

    def side(count: int) -> Side:
        spending = random.dirichlet(np.ones(7), (count, 5)).astype(np.float32)
        return Side(spending, random.normal(size=(count, 4)))

    return side(120), side(80)


def scores(weights: Weights, reference: Weights, sides: Sides) -> pd.DataFrame:
    return retraining_scores(
        [weights], reference, *sides, levels=3, minimum_users=5, draws=20, seed=0
    )[0].set_index("quantity")


def test_a_mirrored_network_is_the_same_network(sides: Sides) -> None:
    weights = network(0)
    other = mirrored(weights)
    states, theirs = (trajectories(w.cell, sides[1].spending)[0] for w in (weights, other))
    assert np.abs(weights.outputs(states) - other.outputs(theirs)).max() < 1e-12
    assert np.abs(states - theirs).max() > 0.01
    table = scores(other, weights, sides)
    for name in ("aligned_states", "aligned_fixed_points", "segment_level_3"):
        assert table.loc[name, "value"] == pytest.approx(1)
    own = scores(weights, weights, sides)
    for name in ("surrogate_states", "surrogate_direction"):
        assert table.loc[name, "value"] == pytest.approx(own.loc[name, "value"])


def test_another_network_does_not_agree(sides: Sides) -> None:
    table = scores(network(5), network(0), sides)
    found = table["value"].to_dict()
    assert found["aligned_states"] < 0.9 and found["segment_level_1"] < 0.9
    assert (table["low"] <= table["value"] + 1e-9).all()
    assert (table["value"] <= table["high"] + 1e-9).all()
    # The worst of each network's own angles, which need not be the same angle for every network.
    angles = [found["surrogate_azimuth"], found["surrogate_elevation"]]
    assert found["surrogate_worst_angle"] == min(angles)
    # One R² over all components lies between those of the best and the worst.
    assert found["surrogate_worst_component"] < found["surrogate_direction"]


def test_another_number_of_units_is_compared_by_outputs_only(sides: Sides) -> None:
    table = scores(network(5, units=2), network(0), sides)
    assert "aligned_states" not in table.index and "segment_level_1" in table.index
    # A direction from where all traits are 0 does not change with the chart; there is one angle.
    assert {"surrogate_azimuth", "surrogate_direction"} <= set(table.index)
    assert "surrogate_elevation" not in table.index


def test_no_more_levels_than_traits_are_compared(sides: Sides) -> None:
    two = network(0)
    two = replace(two, output=two.output[:, :2], output_bias=two.output_bias[:2], traits=["a", "b"])
    fit, score = (Side(side.spending, side.traits[:, :2]) for side in sides)
    table = scores(two, two, (fit, score))
    assert "segment_level_2" in table.index and "segment_level_3" not in table.index


def test_the_rotation_is_orthogonal() -> None:
    random = np.random.default_rng(0)
    turn = aligning_rotation(random.normal(size=(50, 3)), random.normal(size=(50, 3)))
    assert np.abs(turn @ turn.T - np.eye(3)).max() < 1e-12


def test_summary_leaves_the_reference_out_of_its_agreement_with_itself() -> None:
    table = pd.DataFrame(
        {
            "supervision": how, "seed": seed, "quantity": name, "value": value,
            "low": value - 0.1, "high": value,
        }
        for how, seed, name, value in [
            ("every_step", 1, "r2_all_traits", 0.9), ("every_step", 2, "r2_all_traits", 0.8),
            ("every_step", 1, "segment_level_1", 1.0), ("every_step", 2, "segment_level_1", 0.7),
            ("final_step", 1, "segment_level_1", 0.6),
        ]
    )  # fmt: skip
    spread = summary(table, "every_step", reference=1).set_index("quantity")
    assert spread.loc["segment_level_1", "other_supervision_low"] == pytest.approx(0.5)
    assert spread["other_supervision_value"].isna().to_dict()["r2_all_traits"]
    assert [
        spread[column].to_dict()["r2_all_traits"] for column in ("value", "lowest", "highest")
    ] == [0.9, 0.8, 0.9]
    assert spread.loc["segment_level_1", "highest"] == 0.7
    assert spread.loc["segment_level_1", "seeds"] == 1


def test_networks_scored_together_have_the_scores_that_each_has_alone(sides: Sides) -> None:
    networks = [network(0), network(5, units=2), mirrored(network(0))]
    found = retraining_scores(networks, networks[0], *sides, 2, 5, 10, 0)
    for own, together in zip(networks, found, strict=True):
        (alone,) = retraining_scores([own], networks[0], *sides, 2, 5, 10, 0)
        pd.testing.assert_frame_equal(together, alone, rtol=1e-6)
