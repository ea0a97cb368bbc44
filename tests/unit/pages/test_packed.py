"""Columns come back from what a page carries, in the precision that is promised."""

import numpy as np
import pytest
from explorer_world import unpacked

from spendscape.core.arrays import Array
from spendscape.pages.packed import LARGEST, STEP, packed


def test_columns_come_back() -> None:
    numbers: dict[str, Array] = {
        "state": np.linspace(-1, 1, 21).reshape(3, 7),
        "whole": np.array([-1, 0, 300, LARGEST]),
        "wide": np.array([1.5, np.inf, 1e9], dtype=np.float32),
        "far": np.array([np.nan, 1e6, -5.0]),
        "none": np.empty((0, 4)),
        "path": np.array([[[1.0, np.nan], [3, -3]], [[-3.2, 2], [np.nan, 3]]]),
    }
    texts = {"id": ["<script>", "é 漢", "x" * 7], "empty": list[str]()}
    described, letters = packed(numbers, texts)
    found = unpacked(described, letters)
    np.testing.assert_allclose(found["state"], numbers["state"].ravel(), atol=STEP / 2 + 1e-12)
    np.testing.assert_array_equal(found["whole"], numbers["whole"])
    np.testing.assert_array_equal(found["wide"], numbers["wide"])
    assert np.isnan(found["far"][0]) and found["far"][1] == pytest.approx(1e6)
    assert found["far"][2] == pytest.approx(-5, abs=1e6 / LARGEST / 2)
    assert found["id"] == texts["id"] and found["empty"] == [] and not len(found["none"])
    np.testing.assert_allclose(found["path"], numbers["path"].ravel(), atol=STEP)
    assert packed(numbers, texts) == (described, letters)


def test_a_whole_number_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        packed({"count": np.array([LARGEST + 1])}, {})
