"""Answers: they add up, they are this customer's, and whoever has no answer is told why."""

from pathlib import Path

import numpy as np
import pytest
from decided import decided_run
from synthetic import HOSTILE, World

from spendscape.core.errors import DataError
from spendscape.network.trajectories import trajectories
from spendscape.pages.answers import Answer, LeftOut, read_answer


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    folder = tmp_path_factory.mktemp("run")
    return folder, decided_run(folder)


def answer_of(folder: Path, customer: str) -> Answer:
    found = read_answer(folder, customer)
    assert isinstance(found, Answer)
    return found


def test_classes_and_steps_add_up_to_the_margin_of_this_customer(run: tuple[Path, World]) -> None:
    folder, world = run
    # The last one is in another row group than the first.
    for row in (0, world.N - 1):
        found = answer_of(folder, world.customers[row])
        outputs = np.sort(world.outputs[row])
        assert found.margin == pytest.approx(outputs[-1] - outputs[-2], abs=1e-6)
        assert found.first == world.levels[row, 0] and found.second == world.levels[row, 1]
        classes = found.baseline + sum(c.contribution for c in found.classes) + found.remainder
        steps = found.step_baseline + sum(s.contribution for s in found.steps)
        assert classes == pytest.approx(found.margin, abs=1e-9)
        assert steps == pytest.approx(found.margin, abs=1e-9)


def test_shares_and_money_are_the_customers(run: tuple[Path, World]) -> None:
    folder, world = run
    found = answer_of(folder, world.customers[5])
    own = world.spending[5].mean(axis=0)
    spent = (world.spending[5] * world.total[5][:, None]).sum(axis=0) / world.T
    sizes = [abs(c.contribution) for c in found.classes]
    assert sizes == sorted(sizes, reverse=True)
    assert {c.name for c in found.classes} == set(world.classes)
    for part in found.classes:
        place = world.classes.index(part.name)
        assert part.share == pytest.approx(own[place], abs=1e-6)
        assert part.money == pytest.approx(spent[place], rel=1e-5)
    assert sum(c.average for c in found.classes) == pytest.approx(1, abs=1e-6)


def test_steps_have_the_months_that_the_config_gives_them(run: tuple[Path, World]) -> None:
    folder, world = run
    steps = answer_of(folder, world.customers[0]).steps
    assert (steps[0].first, steps[-1].last) == ("2019-01", "2024-12")
    assert [step.step for step in steps] == list(range(1, world.T + 1))


def test_the_swap_changes_the_label_through_the_network(run: tuple[Path, World]) -> None:
    folder, world = run
    tried = 0
    for row in range(20):
        found = answer_of(folder, world.customers[row])
        if not found.recourse.verified:
            continue
        spending = world.spending[row].astype(np.float64)
        for swap in found.recourse.swaps:
            give, take = world.classes.index(swap.source), world.classes.index(swap.target)
            part = spending[:, give] * (
                swap.fraction / world.spending[row, :, give].mean(dtype=float)
            )
            spending[:, give] -= part
            spending[:, take] += part
        last = trajectories(world.weights.cell, spending[None])[0][:, -1]
        best = world.traits[int(world.weights.outputs(last)[0].argmax())]
        assert best == found.recourse.label != found.first
        tried += 1
    assert tried > 10


def test_how_sure_is_measured_among_all_customers(run: tuple[Path, World]) -> None:
    folder, world = run
    margins = np.diff(np.sort(world.outputs, axis=1)[:, -2:])[:, 0]
    for row in (int(margins.argmin()), int(margins.argmax())):
        found = answer_of(folder, world.customers[row])
        assert found.percentile == pytest.approx((margins < margins[row]).mean())
        assert found.trust is not None
        near = (margins >= found.trust.low - 1e-9) & (margins <= found.trust.high + 1e-9)
        assert found.trust.low - 1e-9 <= margins[row] <= found.trust.high + 1e-9
        same = (world.levels[:, 0] == world.dominant)[near].mean()
        assert found.trust.agreement == pytest.approx(same, abs=0.1)


def test_a_mover_is_told_and_others_are_not(run: tuple[Path, World]) -> None:
    folder, world = run
    listed = set(world._movers()["customer_id"])
    for name in world.customers[:40]:
        found = answer_of(folder, name).mover
        assert (found is not None) == (name in listed)
        assert found is None or found["customer_id"] == name


def test_hostile_ids_are_ids(run: tuple[Path, World]) -> None:
    for name in HOSTILE:
        assert answer_of(run[0], name).customer == name


def test_a_customer_outside_the_tensor_gets_the_reason(run: tuple[Path, World]) -> None:
    assert read_answer(run[0], "left-out") == LeftOut("left-out", "fewer than 6 steps")


def test_an_unknown_customer_is_answered_with_the_nearest_ids(run: tuple[Path, World]) -> None:
    with pytest.raises(DataError, match=r"'c00007x' was given; .*nearest: 'c00007'"):
        read_answer(run[0], "c00007x")


def test_missing_files_are_named_by_the_target_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        read_answer(tmp_path / "nowhere", "c00001")
    decided_run(tmp_path, N=40)
    (tmp_path / "explain/contributions.parquet").unlink()
    target = f"snakemake --cores 2 {tmp_path}/explain/contributions.parquet$"
    with pytest.raises(DataError, match=target):
        read_answer(tmp_path, "c00001")


def test_what_a_run_lacks_is_left_out(tmp_path: Path) -> None:
    decided_run(tmp_path, N=40, recent_window=False)
    for name in (
        "config.yaml",
        "dynamics/fixed_points.parquet",
        "segments/movers.parquet",
        "tensors/traits.parquet",
    ):
        (tmp_path / name).unlink()
    found = answer_of(tmp_path, "c00001")
    assert (found.fixed_point, found.mover, found.trust) == (None, None, None)
    assert {step.first for step in found.steps} == {None}


@pytest.mark.parametrize("units, traits", [(2, 2), (2, 5), (3, 2), (4, 4)])
def test_any_number_of_units_and_traits(tmp_path: Path, units: int, traits: int) -> None:
    world = decided_run(tmp_path, N=60, M=units, P=traits)
    found = answer_of(tmp_path, "c00001")
    total = found.baseline + sum(c.contribution for c in found.classes) + found.remainder
    assert total == pytest.approx(found.margin, abs=1e-9)
    assert found.behind is None or found.behind in world.traits
