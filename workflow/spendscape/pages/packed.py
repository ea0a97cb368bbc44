"""Columns of numbers as a page carries them: short binary numbers, compressed, in letters that any file may hold.

JSON would take some ten times as much. The page unpacks it by what browsers have (`templates/explorer/data.js`).
"""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spendscape.core.arrays import Array

# Four decimal digits, more than a screen shows; fewer where values are larger than 3.2.
STEP = 1e-4
LARGEST = 32767
# What stands for a value that is not known.
NOTHING = -32768


def packed(
    numbers: Mapping[str, Array], texts: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], str]:
    """What describes the columns, and the columns themselves.

    Parameters
    ----------
    numbers : whole numbers from −32,767 to 32,767 or floats, by name, of any shape; float32 stays what it is, and any
        other float is kept to `STEP`, or to a 32,767th of the column's largest; what is not finite becomes unknown. Of
        three axes the first is time, and each step is kept as its difference from the one before
    texts : lists of texts by name

    Returns
    -------
    description
        name to `kind` (i2, f4 or text), `at` and `size` (first byte, and count of values or, of texts, of bytes); of i2
        `step`, with which to multiply; of paths `stride`, the values in a step of time
    letters
        the columns one after the other, first the lowest bytes of all values, then the next ones, by zlib and Base64

    Raises
    ------
    ValueError
        A whole number is too large.
    """
    described, parts, at = dict[str, Any](), list[bytes](), 0
    for name, values in {**numbers, **texts}.items():
        how, data = _text(values) if name in texts else _numbers(np.asarray(values))
        described[name] = how | {"at": at}
        parts.append(data)
        at += len(data)
    return described, base64.b64encode(zlib.compress(b"".join(parts), 6)).decode()


def _text(values: Any) -> tuple[dict[str, Any], bytes]:
    data = json.dumps(list(values), ensure_ascii=False).encode()
    return {"kind": "text", "size": len(data)}, data


def _numbers(values: Array) -> tuple[dict[str, Any], bytes]:
    if values.dtype == np.float32:
        return {"kind": "f4", "size": values.size}, _by_place(values.astype("<f4"))
    step = 1.0
    if values.dtype.kind == "f":
        known = np.isfinite(values)
        step = max(STEP, float(np.abs(values[known]).max(initial=0)) / LARGEST)
        values = np.where(known, np.rint(np.where(known, values, 0) / step), NOTHING)
    elif np.abs(values).max(initial=0) > LARGEST:
        raise ValueError(f"a whole number above {LARGEST} does not fit in two bytes")
    whole, how = values.astype("<i2"), {"kind": "i2", "size": values.size, "step": step}
    if whole.ndim == 3:
        # Differences wrap around, and so do the sums that undo them.
        whole = np.concatenate([whole[:1], whole[1:] - whole[:-1]])
        how["stride"] = math.prod(whole.shape[1:])
    return how, _by_place(whole)


def _by_place(values: Array) -> bytes:
    """All lowest bytes, then all next ones: what is alike stands together."""
    return values.reshape(-1, 1).view(np.uint8).T.tobytes()
