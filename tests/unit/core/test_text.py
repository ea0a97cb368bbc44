"""Numbers as text."""

import pytest

from spendscape.core.text import fixed, money


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


@pytest.mark.parametrize(
    ("value", "currency", "sign", "said"),
    [
        (-1234.5, "£", False, "−£1,234"),
        (6.4, "R$", True, "+R$6"),
        (6.4, "EUR", True, "+6 EUR"),
        (-6.4, "zł", True, "−6 zł"),
        (0.2, "€", True, "€0"),
        (6.4, "", True, "+6"),
    ],
)
def test_an_amount_has_its_currency(value: float, currency: str, sign: bool, said: str) -> None:
    assert money(value, 0, currency, sign) == said
