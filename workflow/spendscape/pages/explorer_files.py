"""What the explorer shows, read from the results files."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from jaxtyping import Int

from spendscape.core.arrays import Indices
from spendscape.core.parquet import even_sample, take_rows, tensor_values
from spendscape.network.weights import Weights
from spendscape.pages.explorer import Drawn, Space, payload
from spendscape.traits.formula import formula_from_json

# The columns of dynamics/fixed_points.parquet that the page shows, beside the state.
SCALARS = (
    "verdict",
    "label",
    "residual",
    "spectral_radius",
    "time_constant",
    "fixed_points",
    "steps",
)


def read_payload(files: Mapping[str, str], most: int, results: str) -> dict[str, object]:
    """What the page draws, of at most `most` customers.

    Parameters
    ----------
    files : paths of weights, metrics, traits, formula, states, fixed_points, attractors, inverse,
        segments and movers
    results : the folder of the results, as in the config
    """
    total = pq.ParquetFile(files["states"]).metadata.num_rows
    weights = Weights.from_json(Path(files["weights"]).read_text())
    drawn = read_drawn(files, weights, even_sample(total, most))
    return payload(drawn, read_space(files, weights.traits), total, results)


def read_drawn(files: Mapping[str, str], weights: Weights, some: Int[Indices, " K"]) -> Drawn:
    """The customers in these rows."""
    hidden, truth, segments, points = (
        take_rows(files[name], some) for name in ("states", "traits", "segments", "fixed_points")
    )
    customers, path = hidden["customer_id"].to_pylist(), tensor_values(hidden["state"])
    movers = {row["customer_id"]: row for row in pq.read_table(files["movers"]).to_pylist()}
    moved = {name: row["recent"] for name, row in movers.items() if row["recent"] != row["long"]}
    levels = [segments[f"level_{k + 1}"] for k in range(len(weights.traits))]
    return Drawn(
        customers,
        path,
        tensor_values(truth["traits"]),
        weights.outputs(path[:, -1]),
        np.column_stack(levels),
        segments["segment"].to_pylist(),
        {"state": tensor_values(points["state"])}
        | {name: points[name].to_numpy() for name in SCALARS},
        [moved.get(customer) for customer in customers],
        [movers[customer]["likely"] if customer in movers else None for customer in customers],
    )


def read_space(files: Mapping[str, str], traits: list[str]) -> Space:
    """What the customers are drawn in."""
    points = pq.read_table(files["fixed_points"], columns=["state", "label"])
    states, labels = tensor_values(points["state"]), points["label"].to_numpy()
    inverse = json.loads(Path(files["inverse"]).read_text())
    return Space(
        traits,
        json.loads(Path(files["attractors"]).read_text())["traits"],
        {trait: states[labels == trait] for trait in traits},
        np.array(inverse["origin"]),
        np.array(inverse["axes"]),
        formula_from_json(Path(files["formula"]).read_text()),
        json.loads(Path(files["metrics"]).read_text())["r2"],
    )
