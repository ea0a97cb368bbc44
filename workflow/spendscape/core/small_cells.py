"""Which counts of a table must not be shown, so that none of it is of a few people (docs/how-to/privacy.md)."""

import numpy as np
from jaxtyping import Bool, Int

from spendscape.core.arrays import Bools, Integers


def hidden(counts: Int[Integers, "G K"], minimum: int) -> Bool[Bools, "G K"]:
    """The cells that are of fewer than `minimum` people, and those without which they could be worked out.

    The sums of rows and columns are known, so that a row or column in which a cell is hidden has a second one:
    the smallest other cell, one of somebody before one of nobody.
    """
    hide = np.asarray((counts > 0) & (counts < minimum))
    # Nobody comes last; a hidden cell is never chosen again.
    order = np.where(counts > 0, counts, counts.max(initial=0) + 1)
    alone = True
    while alone:
        alone = False
        for cells, size in ((hide, order), (hide.T, order.T)):
            for line in np.flatnonzero((cells.sum(axis=1) == 1) & (cells.shape[1] > 1)):
                cells[line, np.where(cells[line], size.max() + 1, size[line]).argmin()] = True
                alone = True
    return hide
