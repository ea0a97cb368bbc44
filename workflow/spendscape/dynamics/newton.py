"""Newton's method on the reduced map, G(h) = h, for many inputs at once (maths §6)."""

import numpy as np
from jaxtyping import Bool, Float

from spendscape.core.arrays import Bools, Floats
from spendscape.dynamics.maps import rows, solve
from spendscape.dynamics.rollout import largest
from spendscape.network.cell import Cell


def newton(
    cell: Cell,
    drive: Float[Floats, "N D"],
    hidden: Float[Floats, "N M"],
    iterations: int = 50,
    home: tuple[Float[Floats, "N M"], Float[Floats, " N"]] | None = None,
) -> tuple[Float[Floats, "N M"], Float[Floats, "N K"], Bool[Bools, " N"]]:
    """The points reached from hidden states, the memory at rest there, and which converged.

    Parameters
    ----------
    home : a fixed point of each input, and how near to it nothing else can be reached, so that it is the end
    """
    h = np.array(hidden, order="F")
    converged, active = np.zeros(len(h), dtype=bool), np.arange(len(h))
    fixed = (drive,) if home is None else (drive, home[0], home[1][:, None])
    here, *known = (np.asfortranarray(values) for values in fixed)
    point = h
    for _ in range(iterations):
        value, _, jacobian = cell.reduced_map_and_jacobian(here, point)
        change = solve(np.eye(cell.units) - jacobian, value - point)
        # A step longer than the cube is wide says that the linear model does not hold there.
        length = largest(change)
        point = np.clip(point + change * np.minimum(1, 1 / np.maximum(length, 1))[:, None], -1, 1)
        # The step is taken, and what is left is smaller than its square.
        done = length < 1e-9
        if known:
            back = largest(point - known[0]) < known[1][:, 0]
            point[back] = known[0][back]
            done |= back
        converged[active[done]] = True
        off = done | ~np.isfinite(length)
        if off.any():
            h[active[off]] = point[off]
            kept, active = np.flatnonzero(~off), active[~off]
            here, point, *known = (rows(values, kept) for values in (here, point, *known))
        if not len(active):
            break
    h[active] = point
    # The last steps may only shuffle the last bits; the residual decides.
    converged[active] = True
    after, memory = cell.reduced_map(np.asfortranarray(drive), h)
    return h, memory, converged & (largest(after - h) < 1e-12)
