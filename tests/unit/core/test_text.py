"""Numbers as text."""

import pytest

from spendscape.core.text import fixed


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "said"),
    [
        (1234.56, 1, True, "+1,234.6"),
        (-1234.56, 0, True, "−1,235"),
        (0.04, 1, True, "0.0"),
        (-0.04, 1, True, "0.0"),
        (-0.4, 0, False, "0"),
        (0.05, 2, False, "0.05"),
    ],
)
def test_a_zero_has_no_sign(value: float, decimals: int, sign: bool, said: str) -> None:
    assert fixed(value, decimals, sign) == said
