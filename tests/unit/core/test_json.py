"""JSON of arrays and of dataclasses that hold them."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from jaxtyping import Float

from spendscape.core.arrays import Floats
from spendscape.core.json import from_json, to_json


@dataclass(frozen=True)
class Plain:
    names: list[str]
    values: Floats


@dataclass(frozen=True)
class Shaped(Plain):
    matrix: Float[Floats, "..."]
    scale: float
    extra: dict[str, Any] | None = None


@given(arrays(np.float64, array_shapes(max_dims=3), elements=st.floats()))
def test_every_float_comes_back(matrix: np.ndarray) -> None:
    made = Shaped(["a", "ü"], np.array([0.1, np.nan]), matrix, 1 / 3)
    again = from_json(Shaped, to_json(made))
    np.testing.assert_array_equal(again.matrix, matrix)
    np.testing.assert_array_equal(again.values, made.values)
    assert (again.names, again.scale, again.extra) == (made.names, made.scale, None)
    assert to_json(again) == to_json(made)


def test_the_text_has_the_fields_in_order_and_is_nested() -> None:
    made = Shaped(["a"], np.arange(2.0), np.eye(1), 2.0, {"r2": np.array([0.5])})
    found = json.loads(to_json({"made": [made], "rank": 1}))
    assert list(found["made"][0]) == ["names", "values", "matrix", "scale", "extra"]
    assert found == {
        "made": [
            {"names": ["a"], "values": [0, 1], "matrix": [[1]], "scale": 2, "extra": {"r2": [0.5]}}
        ],
        "rank": 1,
    }
    assert to_json([1, np.float64(0.1)]) == "[\n 1,\n 0.1\n]"


def test_whole_numbers_become_floats_where_an_array_is_meant() -> None:
    again = from_json(Plain, '{"names": ["1"], "values": [1, 2]}')
    assert again.values.dtype == np.float64 and again.names == ["1"]


def test_a_missing_and_an_unknown_field_are_refused() -> None:
    with pytest.raises(TypeError, match="values"):
        from_json(Plain, '{"names": []}')
    with pytest.raises(TypeError, match="other"):
        from_json(Plain, '{"names": [], "values": [], "other": 1}')
