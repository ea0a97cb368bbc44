"""Where the bars and lines of a card are, in per cent or in units of a drawing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from spendscape.core.arrays import Floats


def waterfall(values: Sequence[float], totals: Sequence[bool]) -> list[dict[str, float]]:
    """The bars of a waterfall: each begins where the one before it ends.

    Parameters
    ----------
    values : of each bar
    totals : whether a bar stands on zero: the first one, and the sum at the end

    Returns
    -------
    Rows left, width and zero in per cent, zero the place of the value 0.
    """
    start, spans = 0.0, []
    for value, total in zip(values, totals, strict=True):
        begin = 0.0 if total else start
        start = begin + value
        spans.append((min(begin, start), max(begin, start)))
    low = min([0.0, *(span[0] for span in spans)])
    high = max([0.0, *(span[1] for span in spans)])
    scale = 100 / (high - low) if high > low else 0.0
    return [
        {"left": (a - low) * scale, "width": (b - a) * scale, "zero": -low * scale}
        for a, b in spans
    ]


def trait_lines(
    outputs: Float[Floats, "T P"],
    traits: Sequence[str],
    title: str,
    width: int = 300,
    height: int = 170,
) -> dict[str, Any]:
    """The network's outputs over the steps, as points of a drawing of width × height."""
    steps = len(outputs)
    low, high = min(-0.05, float(outputs.min())), max(0.05, float(outputs.max()))
    x = np.linspace(0, width, steps) if steps > 1 else np.array([width / 2])
    y = height * (high - outputs) / (high - low)
    lines = [
        {
            "trait": trait,
            "points": [
                (round(float(a), 1), round(float(b), 1)) for a, b in zip(x, y[:, p], strict=True)
            ],
        }
        for p, trait in enumerate(traits)
    ]
    return {
        "title": title, "width": width, "height": height, "lines": lines,
        "zero": round(height * high / (high - low), 1), "low": low, "high": high,
        "steps": [(round(float(place), 1), t + 1) for t, place in enumerate(x)],
    }  # fmt: skip
