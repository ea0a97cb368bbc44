"""Numbers as pages show them."""

from typing import Any

import numpy as np
import pytest

from spendscape.pages import numbers
from spendscape.pages.numbers import NUMERIC, interval, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (26000, "26,000"),
        (0, "0"),
        (0.12345, "0.123"),
        (-0.5, "−0.500"),
        (3.14159, "3.14"),
        (1234.5, "1,234.5"),
        (5.0, "5"),
        (-0.0, "0.000"),
        (1.2e-7, "1.2e−07"),
        (np.int64(26000), "26,000"),
        (np.float32(0.5), "0.500"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (True, "yes"),
        (False, "no"),
    ],
)
def test_a_number_reads_well(value: Any, text: str) -> None:
    assert number(value) == text
    if not isinstance(value, bool):
        assert NUMERIC.fullmatch(text)


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "text"),
    [
        (1.25, 1, True, "+1.2"),
        (-0.5, 2, False, "−0.50"),
        (-0.001, 2, True, "0.00"),
        (1234.56, 1, False, "1234.6"),
        (None, 2, False, "–"),
        (float("inf"), 1, False, "–"),
    ],
)
def test_a_number_has_the_decimals_and_the_sign_asked_for(
    value: float | None, decimals: int, sign: bool, text: str
) -> None:
    assert number(value, decimals, sign) == text


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.98321, 0.98159, 0.98474), "0.983 (0.982–0.985)"),
        ((2.0431, 1.9726, 2.1152), "2.04 (1.97–2.12)"),
        ((-0.06, -0.15, 0.11), "−0.06 (−0.15 to 0.11)"),
        ((-0.001, -0.01, 0.01), "0.00 (−0.01 to 0.01)"),
        ((1.0, 1.0, 1.0), "1.000 (1.000–1.000)"),
        ((3.0, 3.0, 3.0), "3 (3–3)"),
        ((0.01, -0.001, 0.02), "0.01 (0.00–0.02)"),
        ((0.5, None, None), "0.500"),
        ((0.5, float("nan"), float("nan")), "0.500"),
    ],
)
def test_an_interval_has_decimals_that_tell_its_ends_apart(
    ends: tuple[float, float | None, float | None], text: str
) -> None:
    assert interval(*ends) == text
    assert NUMERIC.fullmatch(text)
    assert numbers.interval_of(dict(zip(("value", "low", "high"), ends, strict=True))) == text


def test_shares_and_amounts() -> None:
    assert numbers.percent(0.1234) == "12.3 %"
    assert numbers.percent(-0.0001) == "0.0 %"
    assert numbers.share(1, 3) == "33.3 %"
    assert numbers.share(0, 0) == "–"
    assert numbers.money("-1234567.5") == "−1,234,567.50"
    assert numbers.money(None) == "–"
