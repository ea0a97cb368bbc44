"""What cards show, read from the results files, one row of each."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Float

from spendscape.core.arrays import Floats
from spendscape.core.errors import DataError
from spendscape.core.parquet import read_tensor, row_values
from spendscape.explanation.chart import angle_names
from spendscape.explanation.state_surrogate import read_surrogate
from spendscape.network.weights import Weights
from spendscape.pages.card_data import Customer, CustomerWindow, Reference
from spendscape.pages.card_names import file_name, named_id, nearest_ids
from spendscape.traits.formula import formula_from_json

# Of explain/contributions.parquet; each trait's own contributions are not shown.
DECISION = [
    "first", "second", "margin", "baseline", "contributions", "remainder", "step_values", "step_baseline",
]  # fmt: skip


def read_customer(files: Mapping[str, Any], name: str, months: Sequence[int]) -> Customer:
    """The customer whose card has this name.

    Parameters
    ----------
    files : lists of paths `spending` and `states` of the long window and, where there is one, of the recent one;
        paths of customers, traits, segments, directions, fixed_points, contributions and counterfactuals, and of
        movers, if the run has them
    name : of the card's file, without its ending
    months : in a step, of each window

    Raises
    ------
    DataError
        No such customer, or one that is outside the long window, with the reason.
    """
    ids = _ids(files["spending"][0])
    row = find_row(ids, named_id(name, ids), files["customers"])
    values = {
        key: row_values(files[key], row)
        for key in ("segments", "directions", "fixed_points", "counterfactuals")
    }
    return Customer(
        ids[row].as_py(),
        _window(files, 0, row, months[0]),
        _recent(files, ids[row], months),
        row_values(files["traits"], row)["traits"],
        values["segments"],
        values["directions"],
        values["fixed_points"],
        row_values(files["contributions"], row, DECISION),
        values["counterfactuals"],
        _row_of(files["movers"], ids[row]) if files.get("movers") else None,
    )


def find_row(ids: pa.ChunkedArray, customer: str, verdicts: str) -> int:
    """The row of a customer in the files of the long window.

    Parameters
    ----------
    ids : the long window's customers
    verdicts : path of tensors/customers.parquet, which says why others are not among them

    Raises
    ------
    DataError
        No such customer, or one that is outside the long window, with the reason.
    """
    row = pc.index(ids, pa.scalar(customer, ids.type)).as_py()
    if row >= 0:
        return int(row)
    known = _row_of(verdicts, pa.scalar(customer, pa.string()))
    if known:
        raise DataError(
            f"customer {customer!r} has no card: it is outside the long window, because of {known['long']} "
            "(tensors/customers.parquet)"
        )
    near = nearest_ids(customer, _ids(verdicts).to_pylist())
    raise DataError(
        f"customer {customer!r} was given; expected an id of the data"
        + (f"; nearest are {', '.join(map(repr, near))}" if near else "")
        + f"\n(its card would be explain/{file_name(customer)}.html)"
    )


def read_reference(files: Mapping[str, Any], settings: Any) -> Reference:
    """What every customer is compared with.

    Parameters
    ----------
    files : paths of reference, weights, surrogate, metrics and formula, of each window's `states`, and of movers,
        if the run has them
    settings : the sections explain and score of the config, results and currency
    """
    weights = Weights.from_json(Path(files["weights"]).read_text())
    return Reference(
        weights,
        read_surrogate(Path(files["surrogate"]).read_text())[0],
        json.loads(Path(files["metrics"]).read_text())["r2"],
        formula_from_json(Path(files["formula"]).read_text()),
        json.loads(Path(files["reference"]).read_text()),
        len(files["states"]) > 1,
        _tells_movers(files.get("movers") or None),
        [*settings.explain.unmovable, *settings.explain.never_suggest],
        settings.results,
        settings.score.run or settings.results,
        settings.currency,
    )


def read_unit_vectors(path: str) -> tuple[Float[Floats, "N M"], Float[Floats, "N M"]]:
    """Every customer's unit vector, of the trajectory and as the surrogate predicts it.

    Parameters
    ----------
    path : surrogate/directions_long.parquet
    """
    return read_tensor(path, "direction"), read_tensor(path, "predicted_direction")


def _tells_movers(path: str | None) -> bool:
    """Whether segments/movers.parquet says of anybody how likely the change is."""
    return (
        bool(path)
        and pc.any(pq.read_table(path, columns=["likely"])["likely"].is_valid()).as_py() is True
    )


def _ids(path: str) -> pa.ChunkedArray:
    return pq.read_table(path, columns=["customer_id"])["customer_id"]


def _row_of(path: str, customer: pa.Scalar) -> dict[str, Any] | None:
    """A customer's row of a file that need not hold it."""
    ids = _ids(path)
    place = pc.index(ids, customer.cast(ids.type)).as_py() if len(ids) else -1
    return row_values(path, place) if place >= 0 else None


def _window(files: Mapping[str, Any], window: int, row: int, months: int) -> CustomerWindow:
    """A customer's row of a window's spending and states."""
    spent = row_values(files["spending"][window], row)
    states = row_values(files["states"][window], row)["state"]
    return CustomerWindow(spent["spending"], spent["total"], spent["last_month"], months, states)


def _recent(
    files: Mapping[str, Any], customer: pa.Scalar, months: Sequence[int]
) -> CustomerWindow | None:
    """A customer's recent window; None where the run, or the customer, has none."""
    if len(files["states"]) < 2:
        return None
    place = pc.index(_ids(files["states"][1]), customer).as_py()
    return _window(files, 1, place, months[1]) if place >= 0 else None


def read_angles(path: str) -> tuple[Float[Floats, "N K"], Float[Floats, "N K"]]:
    """Every customer's angles, of the trajectory and as the surrogate predicts them.

    Parameters
    ----------
    path : surrogate/directions_long.parquet
    """
    units = pq.read_schema(path).field("direction").type.shape[0]
    names = angle_names(units)
    table = pq.read_table(path, columns=[*names, *(f"predicted_{name}" for name in names)])
    # One unit has no angles, and a table of no columns still has its rows.
    columns = np.empty((len(table), len(table.column_names)))
    for k, name in enumerate(table.column_names):
        columns[:, k] = table[name].to_numpy()
    return columns[:, : len(names)], columns[:, len(names) :]
