"""What a picture shows of the state space: two or three coordinates of each state.

Of two or three hidden states all are drawn. Of more the three principal axes of all customers' fixed
points are, because no other three directions keep as much of how the customers differ. One hidden
state is an interval: it is drawn upwards, and the steps run from left to right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.pages.numbers import percent

# The most coordinates that a picture has.
MOST = 3


@dataclass(frozen=True)
class View:
    """How states become places in a picture.

    Attributes
    ----------
    axes : orthonormal directions of the state space, as rows; of one hidden state that one
    kept : the share of the fixed points' variance along them; 1 where all hidden states are drawn
    steps : of one hidden state, how many steps the width stands for
    gap : of one hidden state, how far behind the last step the fixed points stand, as a share of the
        steps; with 0 there is one step, which leads to them
    """

    axes: Float[Floats, "K M"]
    kept: float
    steps: int
    gap: float

    @property
    def units(self) -> int:
        """M, the number of hidden states."""
        return int(self.axes.shape[1])

    @property
    def names(self) -> list[str]:
        """What the picture's axes are called."""
        if self.units == 1:
            return ["step" if self.gap else "", "hidden state"]
        what = "principal axis" if self.units > MOST else "hidden state"
        return [f"{what} {k + 1}" for k in range(len(self.axes))]

    @property
    def said(self) -> str:
        """What a legend says where there are more hidden states than a picture has room for."""
        if self.units <= MOST:
            return ""
        return (
            f"Drawn of {self.units} hidden states: the three directions along which the ends h* differ "
            f"most ({percent(self.kept)} of their variance)"
        )

    @property
    def end(self) -> float:
        """Of one hidden state: where its fixed points stand, in steps."""
        return self.steps * (1 + self.gap)

    def along(self, states: Float[Array, "*n M"]) -> Float[Floats, "*n K"]:
        """The coordinates of states along the axes; the zero state stays at 0."""
        return np.asarray(states, dtype=np.float64) @ self.axes.T

    def paths(self, states: Float[Array, "K T M"]) -> Float[Floats, "K T D"]:
        """Trajectories; of one hidden state over the steps from 0 on."""
        places = self.along(states)
        if self.units > 1:
            return places
        steps = np.broadcast_to(np.linspace(0, self.steps, places.shape[1]), places.shape[:2])
        return np.concatenate([steps[..., None], places], axis=-1)

    def ends(self, points: Float[Array, "N M"], spread: float = 0.0) -> Float[Floats, "N D"]:
        """Fixed points; of one hidden state behind the last step.

        Parameters
        ----------
        spread : of one hidden state, over how large a share of the steps the points are spread, so
            that they do not lie over each other
        """
        places = self.along(points)
        if self.units > 1:
            return places
        # By the golden ratio, so that neighbours stand apart whatever their number.
        beside = (np.arange(len(places)) * 0.618034 % 1 - 0.5) * spread * self.steps
        return np.column_stack([self.end + beside, places[:, 0]])

    def entry(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """A trait's entry of dynamics/attractors.json, as it is seen."""
        seen = dict(entry)
        if polynomial := entry.get("polynomial"):
            coefficients = self.along(np.array(polynomial["coefficients"], dtype=np.float64))
            if self.units == 1:
                beside = np.array([self.end, *np.zeros(len(coefficients) - 1)])
                coefficients = np.column_stack([beside, coefficients])
            seen["polynomial"] = polynomial | {"coefficients": coefficients}
        if "locations" in entry:
            places = np.array([place["position"] for place in entry["locations"]], dtype=np.float64)
            ends = self.ends(places.reshape(-1, self.units))
            seen["locations"] = [
                place | {"position": end}
                for place, end in zip(entry["locations"], ends, strict=True)
            ]
        return seen


def view_of(fixed_points: Float[Array, "N M"], steps: int = 1, gap: float = 0.0) -> View:
    """The view in which all figures of a run show its states.

    Parameters
    ----------
    fixed_points : h* of all customers; NaN where there is none
    steps, gap : as in `View`
    """
    units = fixed_points.shape[1]
    if units <= MOST:
        return View(np.eye(units), 1.0, steps, gap)
    known = fixed_points[np.isfinite(fixed_points).all(axis=1)].astype(np.float64)
    away = known - known.mean(axis=0) if len(known) else np.zeros((1, units))
    size, directions = np.linalg.eigh(away.T @ away)
    axes = directions.T[::-1][:MOST]
    # The same picture whatever signs the solver gives.
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    total = float(size.sum())
    kept = float(size[::-1][:MOST].sum()) / total if total > 0 else 1.0
    return View(axes * np.sign(largest), kept, steps, gap)
