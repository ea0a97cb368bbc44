"""Arrays, and dataclasses that hold them, to and from JSON; every float is kept exactly."""

import dataclasses
import json
from typing import Any, TypeVar, get_type_hints

import numpy as np
from jaxtyping import AbstractArray

Kind = TypeVar("Kind")


def to_json(value: Any) -> str:
    """JSON text of dicts, lists, numbers, arrays and dataclasses, nested in any way."""
    return json.dumps(value, indent=1, default=_plain)


def from_json(kind: type[Kind], text: str) -> Kind:
    """The dataclass that `to_json` wrote; the fields that are annotated as arrays become arrays.

    Raises
    ------
    TypeError
        The text lacks a field without a default, or holds one that the dataclass does not have.
    """
    values = json.loads(text)
    hints = get_type_hints(kind)
    arrays = {
        name: _array(values[name], hints[name]) for name in values if _is_array(hints.get(name))
    }
    return kind(**(values | arrays))


def _plain(value: Any) -> Any:
    """What `json` cannot write itself, in its own terms."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value.tolist()


def _is_array(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, np.ndarray | AbstractArray)


def _array(value: Any, hint: Any) -> np.ndarray:
    """An array of whole numbers or of names where that is meant, of float64 otherwise."""
    names = getattr(hint, "dtypes", ())
    if "int64" in names and "float64" not in names:
        return np.array(value, dtype=np.int64)
    found = np.array(value)
    return found if found.dtype.kind == "U" else found.astype(np.float64)
