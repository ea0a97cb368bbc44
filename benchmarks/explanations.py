"""Our explanations against public packages: the same question, customers and network (docs/benchmarks.md).

Usage: python benchmarks/explanations.py RUN [--customers 30] [--all]

The question is why the margin of a customer's first trait over its second is what it is, compared with average
spending. Everybody asks the same network, in NumPy: a class that is absent has the training customers' average in every
step. Integrated gradients along the straight path (Gauss–Legendre, gradients by central differences, the sum
checked) are the reference. Needs the environment of envs/benchmarks.lock and a results folder with weights, spending,
states and traits; the surrogate is fitted anew where the folder has none. `--all` also times what the run writes for
all customers. Ends with status 1 when SHAP's kernel, with its defaults, is not a hundred times slower or is more faithful.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]

import pandas as pd  # noqa: E402
from benchmarks.peers import (  # noqa: E402
    PEERS,
    Game,
    Method,
    StillFirst,
    dice,
    integrated_gradients,
    last_states,
    timeshap,
)
from scipy.stats import rankdata  # noqa: E402

from spendscape.config.pages import NEVER_SUGGEST, UNMOVABLE  # noqa: E402
from spendscape.core.arrays import Array, Floats  # noqa: E402
from spendscape.core.parquet import read_tensor  # noqa: E402
from spendscape.explanation.contributions import decision, margin_contributions  # noqa: E402
from spendscape.explanation.state_surrogate import fit_state, read_surrogate  # noqa: E402
from spendscape.network.training_data import training_data  # noqa: E402
from spendscape.network.weights import Weights  # noqa: E402
from spendscape.segments.decisions import (  # noqa: E402
    Decider,
    contribution_columns,
    counterfactual_table,
    write_contributions,
    write_counterfactuals,
)
from spendscape.segments.swap_classes import may_move  # noqa: E402

MINIMUM_USERS = 10  # as in the config
TOP = 5
MONTHS = 12


def curves(game: Game, found: Floats) -> tuple[float, ...]:
    """Mean margins while classes are deleted, then inserted, the most supporting first; then both with closed baskets.

    A faithful explanation has a low first and a high second number.
    """
    order = np.argsort(-found, kind="stable")
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    steps = np.arange(len(order) + 1)[:, None]
    kept, given = (place >= steps).astype(float), (place < steps).astype(float)
    return tuple(float(ask(z).mean()) for ask in (game, game.closed) for z in (kept, given))


def top_overlap(one: Floats, other: Floats) -> float:
    """The share of the largest contributions, by size, that two explanations have in common."""
    sets = [set(np.argsort(-np.abs(v), kind="stable")[:TOP].tolist()) for v in (one, other)]
    return len(sets[0] & sets[1]) / TOP


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation."""
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


def measured(
    games: list[Game], found: list[Floats], again: list[Floats], reference: list[Floats]
) -> dict[str, float]:
    """The columns of the table of contributions, but for the seconds."""
    sides = ("deletion", "insertion", "deletion_closed", "insertion_closed")
    rows = [
        {"top_5": top_overlap(a, ig), "spearman": spearman(a, ig)}
        | {"repeat_top_5": top_overlap(a, b), "repeat_spearman": spearman(a, b)}
        | dict(zip(sides, curves(game, a), strict=True))
        for game, a, b, ig in zip(games, found, again, reference, strict=True)
    ]
    return {str(name): float(value) for name, value in pd.DataFrame(rows).mean().items()}


def spendscape(decider: Decider) -> Method:
    """Our contributions of one customer, the network's run included."""
    model, effects = decider.surrogate, decider.effects
    intercept = decider.mean_outputs - model.average @ effects

    def method(game: Game, seed: int) -> Floats:
        drives = decider.weights.drive(game.spending)[None]
        made = decision(decider.weights.outputs(last_states(decider.weights, drives)))
        mean = game.spending.mean(axis=0)[None]
        found = margin_contributions(made, mean, model.average, intercept, effects)
        return np.asarray(found.classes[0])

    return method


def compare_contributions(decider: Decider, games: list[Game]) -> Any:
    """One row for each method; of a peer that does not run it is printed why."""
    reference = [integrated_gradients(game, 0) for game in games]
    random = np.random.default_rng(0)
    chance, others = ([random.normal(size=len(v)) for v in reference] for _ in range(2))
    rows = {"chance": measured(games, chance, others, reference)}
    for name, method in {"spendscape": spendscape(decider), **PEERS}.items():
        try:
            method(games[0], 0)  # imports and compiles
            begun = time.perf_counter()
            found = [method(game, 0) for game in games]
            seconds = (time.perf_counter() - begun) / len(games)
            again = [method(game, 1) for game in games]
            rows[name] = measured(games, found, again, reference) | {"seconds": seconds}
        except Exception as error:
            print(f"{name} did not run: {type(error).__name__}: {error}", flush=True)
        else:
            print(f"{name}: {seconds:.6f} s a customer", flush=True)
    return pd.DataFrame(rows).T


def compare_steps(games: list[Game], ours: Floats, our_seconds: float) -> None:
    """Our exact values of the steps against TimeSHAP's."""
    begun = time.perf_counter()
    theirs = np.stack([timeshap(game, 0, "event")[::-1] for game in games])
    seconds = (time.perf_counter() - begun) / len(games)
    again = np.stack([timeshap(game, 1, "event")[::-1] for game in games])
    print(
        f"steps, TimeSHAP: {seconds:.4f} s a customer, ours {our_seconds:.6f}; largest difference from ours "
        f"{np.abs(theirs - ours).max():.1e}, between its seeds {np.abs(theirs - again).max():.1e}"
    )


def compare_counterfactuals(
    decider: Decider, spending: Floats, first: Array, means: Any, swaps: Any, our_seconds: float
) -> Any:
    """One row for each method: how often the network agrees, the share of spending that moves, classes changed, seconds."""
    movable = may_move(decider.weights.classes, UNMOVABLE, NEVER_SUGGEST, UNMOVABLE + NEVER_SUGGEST)
    moved = swaps[["fraction", "fraction_2"]].fillna(0).sum(axis=1)[swaps["verified"]]
    touched = 2 + 2 * swaps["from_2"].notna()[swaps["verified"]]
    rows = {"spendscape": _row(len(swaps), list(moved), list(touched), our_seconds)}
    for method in ("random", "genetic"):
        cost, changed, begun = [], [], time.perf_counter()
        try:
            for own, label in zip(spending, first, strict=True):
                asked = StillFirst(decider.weights, own, int(label))
                found = dice(asked, means, movable, method, 0)
                if found is not None and asked.lead(found[None])[0] < 0:
                    after = asked.baskets(found[None])[0].mean(axis=0)
                    cost.append(np.abs(after - asked.mean).sum() / 2)
                    changed.append(int((np.abs(found - asked.mean) > 1e-4).sum()))
        except Exception as error:
            print(f"DiCE, {method}, did not run: {type(error).__name__}: {error}", flush=True)
            continue
        seconds = (time.perf_counter() - begun) / len(spending)
        rows[f"DiCE, {method}"] = _row(len(spending), cost, changed, seconds)
        print(f"DiCE, {method}: {seconds:.2f} s a customer", flush=True)
    return pd.DataFrame(rows).T


def _row(asked: int, cost: list[Any], changed: list[Any], seconds: float) -> dict[str, float]:
    empty = not cost
    return {
        "valid": len(cost) / asked,
        "median_cost": np.nan if empty else float(np.median(cost)),
        "largest_cost": np.nan if empty else float(np.max(cost)),
        "median_classes": np.nan if empty else float(np.median(changed)),
        "seconds": seconds,
    }


def read(run: Path) -> tuple[Decider, Any, Floats]:
    """The run's decider, fitted where the run has none, its customers, and their last states."""
    weights = Weights.from_json((run / "model/weights.json").read_text())
    data = training_data(str(run / "tensors/spending.parquet"), str(run / "tensors/traits.parquet"))
    last = read_tensor(str(run / "states/long.parquet"), "state")[:, -1]
    file = run / "surrogate/state.json"
    if file.exists():
        model, steps = read_surrogate(file.read_text())
    else:
        train = data.split == "train"
        model = fit_state(data.mean_fractions[train], last[train].astype(np.float64), MINIMUM_USERS)
        steps = data.spending[train].mean(axis=0, dtype=np.float64)
    return Decider(weights, model, steps), data, last


def timed(work: Callable[[], Any], rounds: int = 1) -> tuple[Any, float]:
    """What it gives, and the seconds of a round."""
    begun = time.perf_counter()
    for _ in range(rounds):
        found = work()
    return found, (time.perf_counter() - begun) / rounds


def whole_run(decider: Decider, run: Path) -> None:
    """Time what the run writes for all customers."""
    movable = may_move(decider.weights.classes, UNMOVABLE, NEVER_SUGGEST, UNMOVABLE + NEVER_SUGGEST)
    spending, states = str(run / "tensors/spending.parquet"), str(run / "states/long.parquet")
    with tempfile.TemporaryDirectory() as folder:
        count, one = timed(
            lambda: write_contributions(decider, spending, states, f"{folder}/a.parquet")
        )
        share, two = timed(
            lambda: write_counterfactuals(
                decider, spending, MONTHS, *movable, f"{folder}/b.parquet"
            )
        )
    print(
        f"all {count:,} customers: contributions {one:.1f} s, counterfactuals {two:.1f} s "
        f"(verified for {share:.2%}), together {one + two:.1f} s; load {os.getloadavg()[0]:.1f}"
    )


def verdict(found: Any) -> bool:
    """Say how we stand to SHAP's kernel, with its defaults and at its best; whether the former is as it should be."""
    sides = ["deletion", "insertion"]
    sign = np.array([-1, 1])
    gain = (found[sides] - found.loc["chance", sides]) * sign
    good = []
    for name in ("SHAP kernel", "SHAP kernel, l1_reg off"):
        faster = found.loc[name, "seconds"] / found.loc["spendscape", "seconds"]
        share = gain.loc["spendscape"] / gain.loc[name]
        good.append(bool(faster >= 100 and (share >= 1).all()))
        print(
            f"against {name}: {faster:,.0f} times as fast; of its gain over chance "
            f"{share['deletion']:.2%} (deletion) and {share['insertion']:.2%} (insertion)"
        )
    return good[0]


def main(options: argparse.Namespace) -> bool:
    """Print the tables; whether the target is reached."""
    decider, data, last = read(options.run)
    if options.all:
        whole_run(decider, options.run)
    unseen = np.flatnonzero(data.split == "test")
    rows = unseen[np.linspace(0, len(unseen) - 1, options.customers).astype(int)]
    spending = data.spending[rows].astype(np.float64)
    made = decision(decider.weights.outputs(last[rows]))
    games = [
        Game(decider.weights, own, decider.average_steps, int(q), int(r))
        for own, q, r in zip(spending, made.first, made.second, strict=True)
    ]
    columns, seconds = timed(lambda: contribution_columns(decider, spending, last[rows]), 20)
    seconds /= len(rows)
    movable = may_move(decider.weights.classes, UNMOVABLE, NEVER_SUGGEST, UNMOVABLE + NEVER_SUGGEST)
    totals = np.ones(spending.shape[:2])
    swaps, swap_seconds = timed(
        lambda: counterfactual_table(decider, spending, totals, MONTHS, *movable)
    )
    print(f"{len(rows)} unseen customers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    found = compare_contributions(decider, games)
    pd.set_option("display.width", 250, "display.max_columns", None)
    print(found.round(5).to_string())
    compare_steps(games, np.asarray(columns["step_values"]), seconds)
    few = slice(0, options.slow)
    means = data.mean_fractions[data.split == "train"][:1000]
    print(
        compare_counterfactuals(
            decider, spending[few], made.first[few], means, swaps[few], swap_seconds / len(rows)
        ).to_string()
    )
    return verdict(found)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("run", type=Path, metavar="RUN")
    given.add_argument("--customers", type=int, default=30)
    given.add_argument("--slow", type=int, default=20, help="customers that DiCE is asked about")
    given.add_argument("--all", action="store_true", help="time what is written for all customers")
    sys.exit(not main(given.parse_args()))
