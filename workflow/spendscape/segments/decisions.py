"""Why each customer has its label, and what would change it, with the network as the judge (maths §8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Indices, Names
from spendscape.core.parquet import PARQUET, table, tensor_values
from spendscape.core.statistics import mean_of_steps
from spendscape.explanation.contributions import (
    Decision,
    decision,
    margin_contributions,
    step_values,
    trait_contributions,
)
from spendscape.explanation.counterfactuals import NONE, counterfactuals
from spendscape.explanation.state_surrogate import StateSurrogate, read_surrogate
from spendscape.network.trajectories import zero_state
from spendscape.network.weights import Weights

# Bins of customers with like margins; with fewer customers in each, fewer bins.
MOST_BINS, FEWEST_COMPARED = 20, 30
# The columns of explain/counterfactuals.parquet.
SWAPS = pa.schema(
    [
        ("customer_id", pa.string()),
        *(
            (f"{name}{suffix}", pa.string() if name in ("from", "to") else pa.float64())
            for suffix in ("", "_2")
            for name in ("from", "to", "fraction", "money")
        ),
        ("label_before", pa.string()),
        ("label_after", pa.string()),
        ("verified", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Decider:
    """The network, its linear surrogate, and what an average customer spends.

    Attributes
    ----------
    weights : of the network
    surrogate : of its last state
    average_steps : the training customers' mean fractions of each step, which stand for an absent step
    """

    weights: Weights
    surrogate: StateSurrogate
    average_steps: Float[Floats, "T C"]

    @property
    def effects(self) -> Float[Floats, "C P"]:
        """The surrogate's effect of each class on each trait."""
        return np.asarray(self.surrogate.through(self.weights.output))

    @property
    def mean_outputs(self) -> Float[Floats, " P"]:
        """The surrogate's outputs at average spending."""
        return np.asarray(self.weights.outputs(self.surrogate.intercept[None])[0])


def read_decider(weights: str, surrogate: str) -> Decider:
    """The decider of a run, from the paths of model/weights.json and surrogate/state.json."""
    model, steps = read_surrogate(Path(surrogate).read_text())
    return Decider(Weights.from_json(Path(weights).read_text()), model, steps)


def write_contributions(decider: Decider, spending: str, states: str, path: str) -> int:
    """Write explain/contributions.parquet, a row group of customers at a time; returns the number of customers."""
    classes, count = decider.weights.classes, 0
    names = {"classes": classes, "traits": decider.weights.traits}
    writer = None
    for data, hidden in _row_groups(spending, states):
        columns = contribution_columns(
            decider, tensor_values(data["spending"]), tensor_values(hidden["state"])[:, -1]
        )
        made = table({"customer_id": data["customer_id"]} | columns, names)
        writer = writer or pq.ParquetWriter(path, made.schema, compression=PARQUET["compression"])
        writer.write_table(made)
        count += len(made)
    if writer:
        writer.close()
    return count


def write_counterfactuals(
    decider: Decider,
    spending: str,
    months_per_step: int,
    may_give: Bool[Bools, " C"],
    may_take: Bool[Bools, " C"],
    path: str,
) -> float:
    """Write explain/counterfactuals.parquet; returns the share of customers with a verified swap."""
    parts = []
    for (data,) in _row_groups(spending):
        made = counterfactual_table(
            decider, tensor_values(data["spending"]), tensor_values(data["total"]),
            months_per_step, may_give, may_take,
        )  # fmt: skip
        parts.append(made.assign(customer_id=data["customer_id"].to_pylist()))
    found = pd.concat(parts, ignore_index=True)
    first = ["customer_id", *found.columns.drop("customer_id")]
    pq.write_table(pa.Table.from_pandas(found[first], SWAPS, preserve_index=False), path, **PARQUET)
    return float(found["verified"].mean())


def _row_groups(*paths: str) -> Iterator[tuple[pa.Table, ...]]:
    """The row groups of files with the same customers, side by side; one without rows where there are none."""
    files = [pq.ParquetFile(path) for path in paths]
    if not files[0].num_row_groups:
        yield tuple(file.read() for file in files)
    for group in range(files[0].num_row_groups):
        yield tuple(file.read_row_group(group) for file in files)


def contribution_columns(
    decider: Decider, spending: Float[Array, "N T C"], last: Float[Array, "N M"]
) -> dict[str, Array | list[str]]:
    """The columns of explain/contributions.parquet, for some customers.

    first, second, margin: the decision; margin = baseline + Σ contributions + remainder, and
    margin = Σ step_values + margin at average steps (step_baseline); trait_contributions [P, C]: to each output.
    With one trait there is no second: the margin is then that over 0.

    Parameters
    ----------
    spending : fractions of each step
    last : the network's last hidden states
    """
    weights, model = decider.weights, decider.surrogate
    outputs, effects, means = weights.outputs(last), decider.effects, decider.mean_outputs
    traits = np.array([*weights.traits, None], dtype=object)
    one = len(weights.traits) == 1
    if one:  # Zero stands for the second trait.
        first, second = np.indices((2, len(last)))[0]
        made = Decision(first, second, outputs[:, 0])
        effects, means = np.pad(effects, ((0, 0), (0, 1))), np.pad(means, (0, 1))
    else:
        made = decision(outputs)
    fractions = mean_of_steps(spending)
    intercept = means - model.average @ effects
    found = margin_contributions(made, fractions, model.average, intercept, effects)
    values = _step_values(decider, spending, made.first, made.second)
    return {
        "first": traits[made.first].tolist(),
        "second": pa.array(traits[made.second], pa.string()),
        "margin": made.margin,
        "baseline": found.baseline,
        "contributions": found.classes,
        "remainder": found.remainder,
        "step_values": values,
        "step_baseline": made.margin - values.sum(axis=1),
        "trait_contributions": np.swapaxes(
            trait_contributions(fractions, model.average, decider.effects), 1, 2
        ),
    }


def _step_values(
    decider: Decider,
    spending: Float[Array, "N T C"],
    first: Int[Indices, " N"],
    second: Int[Indices, " N"],
) -> Float[Floats, "N T"]:
    """Shapley values of the steps for each customer's margin, customer and pair of traits side by side."""
    cell, output = decider.weights.cell, np.pad(decider.weights.output, ((0, 0), (0, 1)))
    units, drives = cell.units, decider.weights.drive(spending)
    absent = decider.weights.drive(decider.average_steps)
    start = np.concatenate(zero_state(cell, 1), axis=1)[0]
    found = np.empty(spending.shape[:2])

    def step(drive: Floats, state: Floats) -> Floats:
        return np.asarray(
            np.concatenate(cell.step(drive, state[:, :units], state[:, units:]), axis=1)
        )

    for q, r in np.unique(np.column_stack([first, second]), axis=0):
        rows = (first == q) & (second == r)
        normal = output[:, q] - output[:, r]
        found[rows] = step_values(
            drives[rows],
            absent,
            start,
            step,
            lambda state, n=normal: state[:, :units] @ n,  # type: ignore[misc]
        )
    return found


def counterfactual_table(
    decider: Decider,
    spending: Float[Array, "N T C"],
    totals: Float[Array, "N T"],
    months_per_step: int,
    may_give: Bool[Bools, " C"],
    may_take: Bool[Bools, " C"],
) -> pd.DataFrame:
    """The columns of explain/counterfactuals.parquet, for some customers.

    Parameters
    ----------
    spending, totals : fractions, and money, of each step

    Returns
    -------
    from, to, fraction (of all spending) and money (a year) of the swap, the same with _2 where one swap does not do,
    label_before, label_after and verified; empty where nothing was found.
    """
    weights = decider.weights
    drives, kernel = weights.drive(spending), weights.cell.kernel
    units = weights.cell.units

    def outputs(rows: Indices, swaps: list[tuple[Indices, Indices, Floats]]) -> Floats:
        drive = drives[rows]
        for give, take, share in swaps:
            moved = np.take_along_axis(spending[rows], give[:, None, None], axis=2)[:, :, 0]
            change = kernel[take] - kernel[give]
            drive = drive + (moved * share[:, None])[:, :, None] * change[:, None, :]
        hidden, memory = zero_state(weights.cell, len(rows))
        for t in range(drive.shape[1]):
            hidden, memory = weights.cell.step(drive[:, t], hidden, memory)
        return weights.outputs(hidden[:, :units])

    fractions = mean_of_steps(spending)
    found = counterfactuals(outputs, fractions, decider.effects, may_give, may_take)
    years = spending.shape[1] * months_per_step / 12
    yearly = np.einsum("ntc,nt->nc", spending, totals) / years
    columns: dict[str, object] = {}
    for k, suffix in enumerate(("", "_2")):
        give, take, moved = found.source[:, k], found.target[:, k], found.moved[:, k]
        rows = np.arange(len(give))
        spent = np.where(give == NONE, 1.0, fractions[rows, give])
        columns |= {
            f"from{suffix}": _named(weights.classes, give),
            f"to{suffix}": _named(weights.classes, take),
            f"fraction{suffix}": moved,
            f"money{suffix}": moved / np.where(spent > 0, spent, 1.0) * yearly[rows, give],
        }
    columns["label_before"] = _named(weights.traits, found.label_before)
    columns["label_after"] = _named(weights.traits, found.label_after)
    return pd.DataFrame(columns | {"verified": found.verified})


def _named(names: Sequence[str], numbers: Int[Indices, " N"]) -> Shaped[Names, " N"]:
    """The names that numbers stand for; None for −1."""
    return np.array([None if k == NONE else names[k] for k in numbers], dtype=object)


def trust(
    margin: Float[Floats, " N"],
    network: Shaped[Names, " N"],
    formula: Shaped[Names, " N"],
    parts: int | None = None,
) -> pd.DataFrame:
    """How often the network's label is the formula's, for customers with such a margin.

    Parameters
    ----------
    parts : bins of equally many customers; None: as many as have `FEWEST_COMPARED` customers, up to `MOST_BINS`

    Returns
    -------
    Columns low and high (the margins' quantiles), customers, agreement.
    """
    if parts is None:
        parts = max(1, min(MOST_BINS, len(margin) // FEWEST_COMPARED))
    edges = np.quantile(margin, np.linspace(0, 1, parts + 1))
    place = np.clip(np.searchsorted(edges, margin, side="right") - 1, 0, parts - 1)
    same = pd.Series(network == formula, dtype=float).groupby(place)
    made = pd.DataFrame({"customers": same.size(), "agreement": same.mean()})
    return made.assign(low=edges[made.index], high=edges[made.index + 1])[
        ["low", "high", "customers", "agreement"]
    ]
