"""Derivatives by finite differences, for tests of those by formula."""

from collections.abc import Callable

import numpy as np

from spendscape.core.arrays import Floats


def differences(function: Callable[[Floats], Floats], point: Floats, small: float = 1e-6) -> Floats:
    """∂function/∂point by central differences, [N, outputs, inputs]."""
    columns = []
    for k in range(point.shape[1]):
        shift = np.zeros_like(point)
        shift[:, k] = small
        columns.append((function(point + shift) - function(point - shift)) / (2 * small))
    return np.stack(columns, axis=2)
