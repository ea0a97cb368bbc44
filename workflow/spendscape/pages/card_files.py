"""What cards show, read from the results files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Float

from spendscape.core.arrays import Floats
from spendscape.core.parquet import row_values
from spendscape.explanation.chart import Chart, angle_names
from spendscape.explanation.linear_model import read_linear
from spendscape.network.weights import Weights
from spendscape.pages.card_names import find_customer
from spendscape.pages.cards import Customer, Reference
from spendscape.traits.formula import formula_from_json
from spendscape.traits.targets import mean_fractions


def read_customer(files: Mapping[str, Any], name: str, mean: str) -> Customer:
    """The customer whose card has this name.

    Parameters
    ----------
    files : paths of spending, traits, directions, fixed_points and segments, and a list of paths,
        `states`: of the long window and, where there is one, of the recent window
    name : of the card's file, without its ending
    mean : `traits.mean` of the config

    Raises
    ------
    DataError
        No such customer.
    """
    long, *recent = files["states"]
    ids = pq.read_table(files["spending"], columns=["customer_id"])["customer_id"]
    row = find_customer(name, ids.to_pylist())
    spending, directions = row_values(files["spending"], row), row_values(files["directions"], row)
    fractions = mean_fractions(spending["spending"][None], spending["total"][None], mean)
    states = row_values(long, row)["state"]
    angles = angle_names(states.shape[-1])
    return Customer(
        spending["customer_id"],
        spending["spending"],
        fractions[0],
        row_values(files["traits"], row)["traits"],
        states,
        recent_states(recent[0], ids[row]) if recent else None,
        np.array([directions[angle] for angle in angles]),
        np.array([directions[f"predicted_{angle}"] for angle in angles]),
        row_values(files["fixed_points"], row),
        row_values(files["segments"], row),
    )


def recent_states(path: str, customer: Any) -> Any:
    """A customer's states in the recent window; None where it has none.

    Parameters
    ----------
    customer : its id, as an Arrow scalar
    """
    others = pq.read_table(path, columns=["customer_id"])["customer_id"]
    place = pc.index(others, customer).as_py()
    return row_values(path, place)["state"] if place >= 0 else None


def read_reference(files: Mapping[str, Any]) -> Reference:
    """What every customer is compared with.

    Parameters
    ----------
    files : paths of reference, weights, metrics, formula, chart and coefficients, and the `states`
        of each window
    """
    weights = Weights.from_json(Path(files["weights"]).read_text())
    averages = json.loads(Path(files["reference"]).read_text())
    angles = angle_names(weights.units)
    return Reference(
        np.array(averages["average"]),
        np.array(averages["average_traits"]),
        averages["median_error"],
        weights,
        json.loads(Path(files["metrics"]).read_text())["r2"],
        formula_from_json(Path(files["formula"]).read_text()),
        Chart.from_json(Path(files["chart"]).read_text()),
        read_linear(pd.read_csv(files["coefficients"]), weights.classes, angles),
        angles,
        len(files["states"]) > 1,
    )


def read_angles(path: str) -> tuple[Float[Floats, "N K"], Float[Floats, "N K"]]:
    """Every customer's angles, of the trajectory and as the surrogate predicts them.

    Parameters
    ----------
    path : surrogate/directions_long.parquet
    """
    table = pq.read_table(path)
    sides = [name for name in table.column_names if name.startswith("predicted_")]
    angles = np.column_stack([table[name.removeprefix("predicted_")] for name in sides])
    return angles, np.column_stack([table[name] for name in sides])
