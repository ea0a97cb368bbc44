"""The explanation's coefficients, class by class and trait by trait."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from spendscape.core.arrays import Floats
from spendscape.pages.figures import drawing as figures
from spendscape.pages.figures.lettering import as_written, fitted
from spendscape.pages.figures.sheet import INK, sheet
from spendscape.pages.numbers import number
from spendscape.pages.report.explanation import INTERCEPT

# Purple and orange, which the colour-blind tell apart; white is 0.
MAP = "PuOr_r"
# The rows that an A4 page holds in three columns.
MOST = 105
COLUMNS = 3


@figures.styled
def draw(values: Float[Floats, "C P"], classes: Sequence[str], traits: Sequence[str]) -> Figure:
    """Draw the coefficients as colours, the classes in the order of the trait that they raise most.

    Parameters
    ----------
    values : by how much a class's share of the spending moves each trait: rows as `classes`
    """
    size = np.abs(values).max(axis=1)
    chosen = np.sort(np.argsort(-size, kind="stable")[:MOST])
    highest = values[chosen].argmax(axis=1)
    order = chosen[np.lexsort((-values[chosen].max(axis=1), highest))]
    limit = float(size.max()) or 1.0
    rows = -(-len(order) // COLUMNS)
    entries = [Rectangle((0, 0), 1, 1, facecolor=_shade(share), edgecolor="#888888", linewidth=0.4, label=number(share * limit or 0)) for share in (-1.0, -0.5, 0.0, 0.5, 1.0)]  # fmt: skip
    left_out = len(values) - len(order)
    heading = f"The {left_out} classes with the smallest coefficients are left out." if left_out else ""  # fmt: skip
    paper = sheet(COLUMNS, COLUMNS, max(1.6, 0.125 * rows + 1.2), entries, heading)
    for part in range(COLUMNS):
        some = order[part * rows : (part + 1) * rows]
        axes = paper.panel(part)
        if len(some) == 0:
            axes.set_axis_off()
            continue
        axes.imshow(values[some] / limit, cmap=MAP, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")  # fmt: skip
        axes.set_yticks(range(len(some)), [fitted(as_written(classes[k]), 1.15, 6) for k in some], size=6)  # fmt: skip
        axes.set_xticks(range(len(traits)), [fitted(as_written(name), 1.0, 6) for name in traits], size=6, rotation=90, color=INK)  # fmt: skip
        axes.set_ylim(rows - 0.5, -0.5)
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    paper.settle()
    return paper.figure


def by_class_and_trait(
    coefficients: pd.DataFrame, traits: Sequence[str]
) -> tuple[Float[Floats, "C P"], list[str]]:
    """The coefficients of surrogate/coefficients.csv for the traits, and the classes of their rows."""
    rows = coefficients[coefficients["class"] != INTERCEPT]
    classes = list(dict.fromkeys(rows["class"]))
    wide = rows.pivot(index="class", columns="output", values="value")
    return wide.loc[classes, list(traits)].to_numpy(dtype=np.float64), classes


def _shade(share: float) -> tuple[float, float, float, float]:
    """The colour of a coefficient that is such a share of the largest."""
    red, green, blue, alpha = colormaps[MAP]((share + 1) / 2)
    return (float(red), float(green), float(blue), float(alpha))
