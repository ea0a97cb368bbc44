"""Whether trajectories end where the study says that they end (maths §5, §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped
from scipy.stats import rankdata

from spendscape.core.arrays import Array, Bools, Floats, Integers, Names
from spendscape.core.statistics import correlation, fit, intervals, mean


@dataclass(frozen=True)
class Outcomes:
    """Where customers end, and what was said of it before.

    Attributes
    ----------
    state : h*
    label : the trait that the output layer gives there
    known : whether h* is known at all
    steps : to come near h*, negative where they do not
    extended_distance : from h*, after T′ steps
    locations : name to predicted final locations L
    dominants : name to the dominant traits that the labels are compared with
    strength : size of the customer's dominant trait
    """

    state: Float[Floats, "N M"]
    label: Shaped[Names, " N"]
    known: Bool[Bools, " N"]
    steps: Int[Integers, " N"]
    extended_distance: Float[Floats, " N"]
    locations: dict[str, Float[Floats, "N M"]]
    dominants: dict[str, Shaped[Names, " N"]]
    strength: Float[Floats, " N"]

    def take(self, rows: Array) -> "Outcomes":
        """These rows alone."""

        def chosen(values: Any) -> Any:
            if isinstance(values, Mapping):
                return {name: column[rows] for name, column in values.items()}
            return values[rows]

        return Outcomes(*map(chosen, vars(self).values()))


def means_of_own(
    state: Float[Floats, "N M"], own: Shaped[Names, " N"], train: Bool[Bools, " N"]
) -> Float[Floats, "N M"]:
    """What one would say without the output layer: the mean h* of the customers with the same trait.

    Parameters
    ----------
    own : each customer's dominant trait
    train : the customers that the means are taken over; one whose trait none of them has gets the mean of all
    """
    found = np.tile(state[train].mean(axis=0), (len(own), 1))
    for name in np.unique(own[train]):
        found[own == name] = state[train & (own == name)].mean(axis=0)
    return found


def convergence(
    outcomes: Outcomes, split: Shaped[Names, " N"], own: Shaped[Names, " N"], draws: int, seed: int
) -> pd.DataFrame:
    """How far the test customers' trajectories end where the study says (Eq. 3, Fig. 3), with intervals.

    Beside the locations of `outcomes` stands a baseline, `mean_of_the_dominant_trait` (`means_of_own`).

    Parameters
    ----------
    split : the side of each customer
    own : each customer's own dominant trait
    draws, seed : bootstrap over test customers

    Returns
    -------
    Columns quantity, value, low, high. R² is over all components, each weighted with its variance.
    """
    train, test = (outcomes.known & (split == side) for side in ("train", "test"))
    baseline = means_of_own(outcomes.state, own, train)
    tested = outcomes.take(test)
    locations = tested.locations | {"mean_of_the_dominant_trait": baseline[test]}
    return scores(replace(tested, locations=locations), draws, seed)


def scores(outcomes: Outcomes, draws: int, seed: int, near: float = 1e-3) -> pd.DataFrame:
    """The table of `convergence` for some customers; `near` is how near to h* counts as there."""
    quantities = {
        f"r2_of_{name}": fit(outcomes.state, place) for name, place in outcomes.locations.items()
    }
    for name, own in outcomes.dominants.items():
        quantities[f"label_equals_{name}"] = mean((outcomes.label == own).astype(np.float64))
    far = (outcomes.extended_distance > near).astype(np.float64)
    quantities["share_not_converged_after_extension"] = mean(far)
    reached = outcomes.steps >= 0
    ranks = [rankdata(values[reached]) for values in (outcomes.strength, outcomes.steps)]
    quantities["correlation_of_strength_and_steps"] = correlation(*ranks)
    numbers = intervals(list(quantities.values()), draws, seed)
    table = pd.DataFrame(numbers, columns=["value", "low", "high"])
    table.insert(0, "quantity", list(quantities))
    return table
