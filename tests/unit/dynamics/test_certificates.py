"""Certificates against cases in which a proof would be wrong."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from exact import exact_exp, exact_sigmoid, exact_tanh
from synthetic import random_weights

from spendscape.core.arrays import Floats
from spendscape.dynamics.certificates import RADII, Certificates, certify
from spendscape.dynamics.fixed_points import fixed_points
from spendscape.dynamics.newton import newton
from spendscape.network.cell import Cell
from spendscape.network.lstm import Lstm


def bistable(push: float) -> Lstm:
    """One unit with two attracting fixed points and a saddle between them near h = 0."""
    return Lstm(np.zeros((1, 4)), np.array([[0.0, 0.0, 6.0, 0.0]]), np.array([0, 0, push, 30.0]))


def all_of_one_unit(cell: Lstm) -> Floats:
    """Every fixed point of a network of one unit, by the signs of G(h) − h on a fine grid."""
    h = np.linspace(-0.999, 0.999, 20_001)[:, None]
    gap = cell.reduced_map(np.tile(cell.bias, (len(h), 1)), h)[0][:, 0] - h[:, 0]
    start = h[np.flatnonzero(np.sign(gap[1:]) != np.sign(gap[:-1]))]
    return newton(cell, np.tile(cell.bias, (len(start), 1)), start)[0]


def certificates_at(
    cell: Cell, state: Floats, reached_state: Floats | None = None, radii: tuple[float, ...] = RADII
) -> Certificates:
    drive = np.tile(cell.bias, (len(state), 1))
    memory = cell.reduced_map(drive, state)[1]
    reached = None
    if reached_state is not None:
        reached = (reached_state, cell.reduced_map(drive, reached_state)[1])
    return certify(cell, drive, state, memory, reached, radii)


def test_saddles_are_proved_to_exist_but_never_to_attract() -> None:
    cell = bistable(0.05)
    state = all_of_one_unit(cell)
    assert len(state) == 3
    found = certificates_at(cell, state)
    distances = np.abs(state - state.T) + np.eye(3) * 9
    assert (found.radius < distances.min(axis=1)).all()
    assert np.isfinite(found.contraction).tolist() == [True, False, True]


@pytest.mark.parametrize("push", [0.05, 0.3, -0.2])
def test_no_box_holds_two_fixed_points_or_none(push: float) -> None:
    """From centres all over the cube and radii up to the cube's own: whatever is proved is true."""
    cell = bistable(push)
    points, centres, proved = all_of_one_unit(cell), np.linspace(-1, 1, 4001)[:, None], 0
    for radius in (1.0, 0.5, 0.2, 0.1, 0.03):
        found = certificates_at(cell, centres, radii=(radius,))
        held = np.isfinite(found.radius)
        distance = np.abs(points.T - centres[held])
        assert ((distance <= radius).sum(axis=1) == 1).all()
        assert (found.error[held] >= distance.min(axis=1, initial=9)).all()
        proved += held.sum()
    assert proved > 20


def test_the_other_basin_is_never_proved_to_end_here() -> None:
    cell = bistable(0.05)
    low, saddle, high = all_of_one_unit(cell)[:, :, None]
    assert np.isfinite(certificates_at(cell, high, high - 1e-3).contraction).all()
    for elsewhere in (low, saddle, saddle - 0.01):
        assert np.isnan(certificates_at(cell, high, elsewhere).contraction).all()


@pytest.mark.parametrize("units", [1, 2, 3, 8])
@pytest.mark.parametrize("shift", [0.0, 1e-13, 1e-9, 1e-5])
def test_bounds_hold(units: int, shift: float) -> None:
    cell = random_weights(units, 6, 3, seed=units + 10, size=0.7).cell
    drive = cell.drive(np.random.default_rng(7).dirichlet(np.ones(6), 100))
    true = fixed_points(cell, drive)
    state = true.state + shift * np.random.default_rng(8).choice([-1, 1], true.state.shape)
    found = certify(cell, drive, state, cell.reduced_map(drive, state)[1])
    held = np.isfinite(found.radius)
    assert (found.error[held] >= shift * 0.99).all()
    assert (found.error[held] <= found.radius[held]).all()
    # ρ of the true point, up to the rounding of the eigenvalues that it is computed from.
    attracts = np.isfinite(found.contraction)
    assert (found.contraction >= true.spectral_radius - 1e-9)[attracts].all()
    if shift < 1e-8:
        assert held.all() and attracts.all()


def test_the_error_bound_holds_to_thirty_digits() -> None:
    """The fixed point of one unit in 50-digit arithmetic lies within the proved distance."""
    cell = bistable(0.05)
    state = all_of_one_unit(cell)[[0, 2]]
    error = certificates_at(cell, state).error
    with localcontext(prec=50):
        for h, bound in zip(state[:, 0], error, strict=True):
            x = Decimal(float(h))
            for _ in range(400):
                g = exact_tanh(6 * x + Decimal(float(cell.bias[2])))
                memory = exact_sigmoid(0.0) * g * (1 + exact_exp(0.0))
                x = exact_sigmoid(30.0) * exact_tanh(memory)
            assert 0 <= abs(x - Decimal(float(h))) <= Decimal(float(bound))
            assert bound < 1e-12


def test_where_two_fixed_points_meet_nothing_is_proved() -> None:
    # G(h) = tanh(g) with g = tanh(h) has slope 1 at h = 0: a triple root.
    cell = Lstm(np.zeros((1, 4)), np.array([[0.0, 0.0, 1.0, 0.0]]), np.array([0, 0, 0, 60.0]))
    found = certificates_at(cell, np.zeros((1, 1)))
    assert np.isnan(found.radius).all() and np.isnan(found.contraction).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308])
def test_nothing_is_proved_of_what_is_not_finite(value: float) -> None:
    cell = random_weights(2, 3, 2).cell
    cell.recurrent[0, 0] = value
    zero = np.zeros((3, 2))
    found = certify(cell, cell.drive(np.eye(3)), zero + 0.1, zero)
    assert np.isnan(found.radius).all() and np.isnan(found.contraction).all()
