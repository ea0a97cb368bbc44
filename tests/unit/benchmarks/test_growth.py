"""Costs are fitted and carried on as they were made."""

from typing import Any

import pytest
from benchmarks.growth import fits
from benchmarks.scale import first_limits

SIZES = (2_600, 26_000, 260_000)


def runs(**rules: Any) -> list[dict[str, Any]]:
    """Runs in which each rule takes what its function of the customers says: seconds and megabytes."""
    made = []
    for size in SIZES:
        cost = {name: law(size) for name, law in rules.items()}
        own = {
            name: {"jobs": 1, "seconds": seconds, "cpu": seconds, "peak": peak}
            for name, (seconds, peak) in cost.items()
        }
        made.append({"customers": size, "rows": 1200 * size, "rules": own})
    return made


def test_an_exponent_is_found_above_the_start() -> None:
    found = fits(runs(square=lambda n: (2 + 1e-9 * n**2, 300 + 1e-3 * n)))["square"]
    assert found.exponent == pytest.approx(2, abs=0.01)
    assert found.at(2_600_000) == pytest.approx(2 + 1e-9 * 2_600_000**2, rel=0.01)
    assert found.memory(1_000_000) == pytest.approx(300 + 1000)


def test_a_rule_that_only_starts_has_no_exponent() -> None:
    found = fits(runs(flat=lambda n: (2.0, 300.0)))["flat"]
    assert found.exponent is None
    assert found.at(1e8) == 2 and found.memory(1e8) == 300


def test_what_reads_raw_rows_grows_with_them() -> None:
    found = fits(runs(ingest=lambda n: (1 + 1e-7 * 1200 * n, 500.0)))["ingest"]
    assert found.sizes[-1] == 1200 * SIZES[-1]
    assert found.at(1200 * 1e6) == pytest.approx(1 + 1e-7 * 1200 * 1e6, rel=0.01)


def test_the_first_limit_is_that_of_the_rule_which_grows_fastest() -> None:
    rules = {
        "steady": lambda n: (1 + 1e-5 * n, 300.0),
        "greedy": lambda n: (1 + 1e-5 * n, 300 + 0.02 * n),
    }
    customers, name, what = first_limits(fits(runs(**rules)))[0]
    assert (name, what) == ("greedy", "256 GB")
    assert customers == pytest.approx((256_000 - 300) / 0.02, rel=0.01)
