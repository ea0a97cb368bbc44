"""What a card is made of: one customer's rows of the results, and what they are compared with."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.explanation.state_surrogate import StateSurrogate
from spendscape.network.weights import Weights
from spendscape.traits.formula import TraitFormula


@dataclass(frozen=True)
class CustomerWindow:
    """What one customer spent in a window, and what the network made of it.

    Attributes
    ----------
    spending, total : fractions and money of each step
    last_month : a day in the window's last month
    months : in a step
    states : of the network after each step
    """

    spending: Float[Array, "T C"]
    total: Float[Floats, " T"]
    last_month: datetime.date
    months: int
    states: Float[Array, "T M"]


@dataclass(frozen=True)
class Customer:
    """One customer's rows of the results.

    Attributes
    ----------
    identity : the id as it is in the data
    long, recent : the two windows; recent is None where the customer or the run has none
    values : traits by the formula, or as measured; NaN where they are not known
    segment, direction, fixed_point : its rows of segments.parquet, directions_long.parquet, fixed_points.parquet
    decision, swap : its rows of explain/contributions.parquet and explain/counterfactuals.parquet
    mover : its row of segments/movers.parquet; None where it is not in it
    """

    identity: str
    long: CustomerWindow
    recent: CustomerWindow | None
    values: Float[Floats, " P"]
    segment: Mapping[str, Any]
    direction: Mapping[str, Any]
    fixed_point: Mapping[str, Any]
    decision: Mapping[str, Any]
    swap: Mapping[str, Any]
    mover: Mapping[str, Any] | None


@dataclass(frozen=True)
class Reference:
    """What a customer is compared with, and the model that is explained.

    Attributes
    ----------
    weights, surrogate : the network, and the linear surrogate of its last state
    r2 : of model/metrics.json, the network's of each trait on unseen customers
    formula : behind the traits
    comparison : explain/reference.json
    recent_window : whether the run has one
    tells_movers : whether it had enough customers and steps to tell a change from chance
    left_out : classes that cannot move, or that nobody is told to spend more on (section explain of the config)
    run, model : the results folders of this run and of the run that trained the model
    currency : as in the config
    """

    weights: Weights
    surrogate: StateSurrogate
    r2: Mapping[str, Mapping[str, float]]
    formula: TraitFormula
    comparison: Mapping[str, Any]
    recent_window: bool
    tells_movers: bool
    left_out: Sequence[str]
    run: str
    model: str
    currency: str
