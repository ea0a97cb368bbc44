"""Directions of trajectories, and the chart in which they are read as angles (maths §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Array, Floats
from spendscape.core.geometry import normalised
from spendscape.core.json import from_json, to_json


@dataclass(frozen=True)
class Chart:
    """The frame in which directions are read as angles: the mean training direction is its centre.

    Attributes
    ----------
    rotation : a proper rotation; its first row is the mean training direction, the others are the
        principal axes of the spread around it
    start : where every direction starts; NaN when each starts at its own first step
    """

    rotation: Float[Floats, "M M"]
    start: Float[Floats, "M"]

    def directions(self, hidden: Float[Array, "N T M"]) -> Float[Floats, "N M"]:
        """Unit vectors from the start to the last of the states; NaN for a trajectory that ends at its start."""
        return unit_vectors(hidden, self.start)

    def angles(self, directions: Float[Floats, "N M"]) -> Float[Floats, "N M-1"]:
        """Azimuth, elevation, … in radians; all are 0 at the chart's centre. One unit has no angle: no column."""
        u = directions @ self.rotation.T
        columns = [np.arctan2(u[:, 1], u[:, 0])] if u.shape[1] > 1 else []
        for k in range(2, u.shape[1]):
            columns.append(np.arctan2(u[:, k], np.linalg.norm(u[:, :k], axis=1)))
        return np.stack(columns, axis=1) if columns else np.empty((len(u), 0))

    def vectors(self, angles: Float[Floats, "N K"]) -> Float[Floats, "N K+1"]:
        """The unit vectors that have these angles: the inverse of `angles`."""
        u = np.stack([np.cos(angles[:, 0]), np.sin(angles[:, 0])], axis=1)
        for k in range(1, angles.shape[1]):
            u = np.column_stack([u * np.cos(angles[:, [k]]), np.sin(angles[:, k])])
        return np.asarray(u @ self.rotation)

    def to_json(self) -> str:
        """As JSON text."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Chart":
        """The chart that `to_json` wrote."""
        return from_json(cls, text)


def unit_vectors(hidden: Float[Array, "N T M"], start: Float[Floats, "M"]) -> Float[Floats, "N M"]:
    """Directions of trajectories from `start` to their last state; from each one's first step if `start` is NaN.

    A trajectory that ends where it starts has no direction: NaN.
    """
    origin = hidden[:, 0] if np.isnan(start).any() else start
    return normalised(hidden[:, -1].astype(np.float64) - origin)


def fit_chart(hidden: Float[Array, "N T M"], start: Float[Floats, "M"]) -> Chart:
    """The chart of training trajectories that start at `start` (maths §4).

    With one unit a direction is a sign, and the chart leaves it as it is.
    """
    units = hidden.shape[-1]
    if units == 1:
        return Chart(np.eye(1), start)
    u = unit_vectors(hidden, start)
    u = u[np.isfinite(u).all(axis=1)]
    mean = u.mean(axis=0)
    centre = mean / np.linalg.norm(mean)
    spread = u - np.outer(u @ centre, centre)
    _, axes = np.linalg.eigh(spread.T @ spread)
    others = axes[:, ::-1][:, : units - 1].T
    # An eigenvector has no sign of its own: its largest entry is made positive.
    largest = others[np.arange(units - 1), np.abs(others).argmax(axis=1)]
    others *= np.where(largest < 0, -1, 1)[:, None]
    rotation = np.vstack([centre, others])
    if np.linalg.det(rotation) < 0:
        rotation[-1] *= -1
    return Chart(rotation, start)


def angle_names(units: int) -> list[str]:
    """The names of the M − 1 angles: azimuth, elevation, elevation_2, …; none for one unit."""
    return ["azimuth", "elevation", *(f"elevation_{k}" for k in range(2, units - 1))][: units - 1]


def wrap(difference: Float[Floats, "..."]) -> Float[Floats, "..."]:
    """Differences of angles, brought to (−π, π]."""
    return np.asarray(np.pi - np.mod(np.pi - difference, 2 * np.pi))


def start_states(kind: str, inverse: Mapping[str, Any]) -> dict[str, Floats]:
    """Where directions start, by name: the run's own start first, then the others that the table shows.

    The state where all traits are 0 (origin), at which a direction gives the order of the traits; the zero state
    (zero), where the recursion begins: the study's literal reading; each first step (first, NaN), only if chosen.

    Parameters
    ----------
    kind : `surrogate.start` of the config
    inverse : space/inverse.json
    """
    origin = np.array(inverse["origin"], dtype=np.float64)
    every = {"origin": origin, "zero": np.zeros(len(origin)), "first": np.full(len(origin), np.nan)}
    return {name: every[name] for name in dict.fromkeys([kind, "origin", "zero"])}
