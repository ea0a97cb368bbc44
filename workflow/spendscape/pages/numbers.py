"""Numbers as pages show them: for reading, with a real minus sign, and a dash for what is not there."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral
from typing import Any

from spendscape.core.text import fixed, signed

DASH = "–"
# What `number`, `interval`, `share` and `money` write.
NUMERIC = re.compile(r"–|−?\d[\d,.]*(e[−+]?\d+)?( %| \([−\d,.–to ]+\))?")


def number(value: Any, decimals: int | None = None, sign: bool = False) -> str:
    """A number for reading.

    Parameters
    ----------
    value : a number; None, NaN and the infinite become a dash, True and False yes and no
    decimals : how many there are; None for as many as matter, and thousands set apart by commas
    sign : whether a number above zero gets a plus
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or not math.isfinite(value):
        return DASH
    plus = "+" if sign else ""
    size = abs(float(value))
    if decimals is not None:
        text = f"{value:{plus}.{decimals}f}"
    elif isinstance(value, Integral) or (size >= 1 and float(value).is_integer()):
        text = f"{int(value):{plus},}"
    elif 0 < size < 1e-3 or size >= 1e9:
        text = f"{value:{plus}.2g}"
    else:
        text = f"{value:{plus},.{3 if size < 1 else 2 if size < 100 else 1}f}"
    return signed(text)


def interval(value: float, low: float | None, high: float | None) -> str:
    """A value with its 95 % interval, `0.983 (0.982–0.985)`, to decimals that tell the ends apart.

    Without an interval (an end is None or NaN) it is the value alone, as `number` writes it.
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return number(value)
    width = high - low
    if not width and abs(value) > 1:
        return f"{number(value)} ({number(low)}–{number(high)})"
    decimals = min(max(math.ceil(-math.log10(width)), 2), 4) if width > 0 else 3
    middle, left, right = (fixed(part, decimals) for part in (value, low, high))
    between = " to " if left.startswith("−") or right.startswith("−") else "–"
    return f"{middle} ({left}{between}{right})"


def interval_of(entry: Mapping[str, Any]) -> str:
    """The interval of an entry with the keys `value`, `low` and `high`."""
    return interval(entry["value"], entry["low"], entry["high"])


def percent(share: float) -> str:
    """A share from 0 to 1 in per cent, to one decimal."""
    return f"{fixed(100 * share, 1)} %"


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent; a dash where the whole is nothing."""
    return percent(part / whole) if whole else DASH


def unit_of_money(currency: str) -> str:
    """A sentence for a page that shows amounts, on what they are amounts of."""
    return f"Amounts are in {currency}." if currency else "Amounts are in the data's unit of money."


def money(amount: str | None) -> str:
    """An amount, given as decimal text, to the cent; a dash where there is none."""
    return DASH if amount is None else f"{Decimal(amount):,.2f}".replace("-", "−")
