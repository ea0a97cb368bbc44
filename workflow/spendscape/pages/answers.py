"""What a results folder says of one customer's decision, collected: the answer to "why this segment?" (maths §8)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from spendscape.core.errors import DataError
from spendscape.core.months import month_name, month_of
from spendscape.core.parquet import names_of, row_values
from spendscape.core.text import short
from spendscape.pages.card_names import nearest_ids
from spendscape.segments.decisions import trust

CONTRIBUTIONS, SWAPS = "explain/contributions.parquet", "explain/counterfactuals.parquet"
SEGMENTS, SPENDING = "segments/segments.parquet", "tensors/spending.parquet"
VERDICTS, TRAITS = "tensors/customers.parquet", "tensors/traits.parquet"
MOVERS, FIXED_POINTS = "segments/movers.parquet", "dynamics/fixed_points.parquet"
SURROGATE = "surrogate/state.json"
NEEDED = (SEGMENTS, SPENDING, SURROGATE, CONTRIBUTIONS, SWAPS)


@dataclass(frozen=True)
class ClassPart:
    """What one class adds to the margin, compared with average spending.

    Attributes
    ----------
    contribution : in trait units
    share, average : of spending, the customer's and the training customers'
    money : that the customer spends on it in a year
    """

    name: str
    contribution: float
    share: float
    average: float
    money: float


@dataclass(frozen=True)
class StepPart:
    """What one step adds to the margin, compared with an average step; first and last month where they are known."""

    step: int
    contribution: float
    first: str | None
    last: str | None


@dataclass(frozen=True)
class Swap:
    """Spending that moves from one class to another: the fraction of all of it, and money a year."""

    source: str
    target: str
    fraction: float
    money: float


@dataclass(frozen=True)
class Recourse:
    """The cheapest change of spending that changes the label; no swaps where none was found.

    Attributes
    ----------
    label : the largest trait afterwards
    verified : the network itself says so
    """

    swaps: list[Swap]
    label: str | None
    verified: bool


@dataclass(frozen=True)
class Trust:
    """How often the network's label is the formula's, among the customers whose margins are between low and high."""

    low: float
    high: float
    customers: int
    agreement: float


@dataclass(frozen=True)
class Answer:
    """Why one customer has its segment, how sure that is, what would change it, and where it is heading.

    Attributes
    ----------
    segment : the order of its traits
    first, second, margin : the decision, in trait units; with one trait there is no second, and its value is the margin
    percentile : the share of customers with a smaller margin
    trust : None where the traits are not known
    border_degrees, behind : how far its direction may turn before another trait is the largest, and which;
        None where it has no direction, or there is no border
    distance : of its state from the neutral state, near which directions are uncertain
    baseline : the margin at average spending; margin = baseline + classes + remainder
    classes : the largest contributions first
    remainder : what the network adds to its linear surrogate
    steps : in time; margin = step_baseline + steps
    mover : its row of segments/movers.parquet; None where it is not in it
    fixed_point : where it is heading, from dynamics/fixed_points.parquet; None where the run has none
    """

    customer: str
    segment: str
    first: str
    second: str | None
    margin: float
    percentile: float
    trust: Trust | None
    border_degrees: float | None
    behind: str | None
    distance: float
    baseline: float
    classes: list[ClassPart]
    remainder: float
    steps: list[StepPart]
    step_baseline: float
    recourse: Recourse
    mover: Mapping[str, Any] | None
    fixed_point: Mapping[str, Any] | None


@dataclass(frozen=True)
class LeftOut:
    """A customer outside the tensor: the reason is the answer."""

    customer: str
    reason: str


def read_answer(run: Path, customer: str) -> Answer | LeftOut:
    """What the results folder `run` says of a customer.

    Raises
    ------
    DataError
        No such customer, or a file is not there.
    """
    folder = Folder(run)
    folder.check()
    row = folder.row(SEGMENTS, customer)
    if row is None:
        return _left_out(folder, customer)
    segment = row_values(folder.path(SEGMENTS), row)
    decided = folder.values(CONTRIBUTIONS, customer)
    trusted = _trust(folder, decided["margin"])
    fixed = folder.values(FIXED_POINTS, customer) if folder.has(FIXED_POINTS) else None
    margins = pq.read_table(folder.path(CONTRIBUTIONS), columns=["margin"])["margin"].to_numpy()
    degrees = float(segment["border_degrees"])
    return Answer(
        customer, segment["segment"], decided["first"], decided["second"], decided["margin"],
        float((margins < decided["margin"]).mean()), trusted,
        degrees if np.isfinite(degrees) else None, segment["behind"], segment["distance"],
        decided["baseline"], _classes(folder, customer, decided), decided["remainder"],
        _steps(folder, customer, decided), decided["step_baseline"],
        _recourse(folder.values(SWAPS, customer)), _mover(folder, customer), fixed,
    )  # fmt: skip


@dataclass(frozen=True)
class Folder:
    """A results folder whose missing files are told by the target that makes them."""

    run: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """The config of the run; empty where it is not there."""
        file = self.run / "config.yaml"
        return (yaml.safe_load(file.read_text()) or {}) if file.exists() else {}

    @property
    def months_per_step(self) -> int | None:
        """Of the long window, where the config says it."""
        found = self.config.get("tensors", {}).get("long", {}).get("months_per_step")
        return None if found is None else int(found)

    @property
    def model(self) -> Path:
        """The results folder of the model."""
        scored = self.config.get("score", {}).get("run")
        return Path(scored) if scored else self.run

    def has(self, name: str) -> bool:
        """Whether the run has this file."""
        return (self.run / name).exists()

    def path(self, name: str) -> str:
        """The path of a file."""
        return str((self.model if name == SURROGATE else self.run) / name)

    def check(self) -> None:
        """DataError where a file that every answer needs is not there."""
        if not self.run.is_dir():
            raise DataError(f"{self.run}: no such folder; expected a results folder")
        paths = [self.path(name) for name in NEEDED]
        missing = " ".join(path for path in paths if not Path(path).exists())
        if missing:
            raise DataError(
                f"{self.run} lacks files that the answer is made of; this makes them:\n"
                f"snakemake --cores 2 {missing}"
            )

    def row(self, name: str, customer: str) -> int | None:
        """The customer's row of a file."""
        ids = pq.read_table(self.path(name), columns=["customer_id"])["customer_id"]
        place = pc.index(ids, customer).as_py()
        return place if place >= 0 else None

    def values(self, name: str, customer: str) -> dict[str, Any]:
        """The customer's row of a file that must have it."""
        row = self.row(name, customer)
        if row is None:
            path = self.path(name)
            raise DataError(
                f"{path} lacks customer {short(customer)}; make it anew: snakemake --cores 2 {path}"
            )
        return row_values(self.path(name), row)


def _left_out(folder: Folder, customer: str) -> LeftOut:
    """The reason why a customer is not in the long window; DataError where nobody knows it."""
    file = VERDICTS if folder.has(VERDICTS) else SEGMENTS
    if file == VERDICTS:
        row = folder.row(VERDICTS, customer)
        if row is not None:
            return LeftOut(customer, row_values(folder.path(VERDICTS), row)["long"])
    ids = pq.read_table(folder.path(file), columns=["customer_id"])["customer_id"].to_pylist()
    near = ", ".join(repr(name) for name in nearest_ids(customer, ids))
    raise DataError(
        f"customer {short(customer)} was given; expected one of the {len(ids):,} ids of {folder.path(file)}"
        + (f"; nearest: {near}" if near else "")
    )


def _trust(folder: Folder, margin: float) -> Trust | None:
    """How far to trust such a margin, from all customers whose traits are known."""
    if not folder.has(TRAITS):
        return None
    formula = pq.read_table(folder.path(TRAITS), columns=["dominant"])["dominant"].to_pylist()
    table = pq.read_table(folder.path(SEGMENTS), columns=["margin", "level_1"])
    known = np.array([bool(name) for name in formula])
    margins = table["margin"].to_numpy()
    if len(known) != len(margins) or not known.any():
        return None
    labels = np.array(table["level_1"].to_pylist(), dtype=object)
    bins = trust(margins[known], labels[known], np.array(formula, dtype=object)[known])
    place = max(0, int(np.searchsorted(bins["low"].to_numpy(), margin, side="right")) - 1)
    chosen = bins.iloc[place]
    return Trust(chosen["low"], chosen["high"], int(chosen["customers"]), chosen["agreement"])


def _classes(folder: Folder, customer: str, decided: Mapping[str, Any]) -> list[ClassPart]:
    """The contributions of the classes, the largest first."""
    names = names_of(pq.read_schema(folder.path(CONTRIBUTIONS)), "classes")
    spent = folder.values(SPENDING, customer)
    shares = spent["spending"].mean(axis=0, dtype=np.float64)
    years = len(spent["total"]) * (folder.months_per_step or 12) / 12
    money = spent["total"] @ spent["spending"] / years
    average = json.loads(Path(folder.path(SURROGATE)).read_text())["average"]
    parts = decided["contributions"]
    return [
        ClassPart(names[c], float(parts[c]), float(shares[c]), float(average[c]), float(money[c]))
        for c in np.argsort(-np.abs(parts), kind="stable")
    ]


def _steps(folder: Folder, customer: str, decided: Mapping[str, Any]) -> list[StepPart]:
    """The contributions of the steps, with their months where the config says how long a step is."""
    values, months = decided["step_values"], folder.months_per_step
    end = folder.values(SPENDING, customer)["last_month"]
    made = []
    for t, value in enumerate(values):
        first = last = None
        if months is not None and end is not None:
            number = month_of(end) - (len(values) - 1 - t) * months
            first, last = month_name(number - months + 1), month_name(number)
        made.append(StepPart(t + 1, float(value), first, last))
    return made


def _recourse(found: Mapping[str, Any]) -> Recourse:
    """The swaps of a row of explain/counterfactuals.parquet."""
    swaps = [
        Swap(found[f"from{k}"], found[f"to{k}"], found[f"fraction{k}"], found[f"money{k}"])
        for k in ("", "_2")
        if found[f"from{k}"] is not None
    ]
    return Recourse(swaps, found["label_after"], bool(found["verified"]))


def _mover(folder: Folder, customer: str) -> dict[str, Any] | None:
    """The customer's row of movers.parquet, where it is in it."""
    if not folder.has(MOVERS):
        return None
    row = folder.row(MOVERS, customer)
    return None if row is None else row_values(folder.path(MOVERS), row)
