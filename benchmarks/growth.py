"""How the cost of a rule grows with customers: fitted to runs of several sizes, and carried on to others."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# These read every transaction; all others see one row a customer.
BY_ROWS = ("simulate_transactions", "ingest", "ingest_shard")
# Below this a time is start-up and noise.
LEAST = 0.5


@dataclass(frozen=True)
class Growth:
    """seconds(n) = a + b · nᵏ, memory(n) = base + n · megabytes_each.

    n counts customers, or for rules that read raw rows, transactions. a and b are such that the smallest run and the
    largest are met; a is what starting a job and importing take. k makes the runs between them fit best, by
    least squares of the logarithms of what is above the smallest run's seconds. It is None where fewer than two runs are half a second
    above them, and then costs are carried on as if it were 1.

    Attributes
    ----------
    jobs : at the largest size
    sizes, seconds, peaks : as measured: processor seconds of the jobs together, which other work on the machine hardly changes,
        and the largest job's memory in MB
    """

    jobs: int
    sizes: list[float]
    seconds: list[float]
    peaks: list[float]
    exponent: float | None
    megabytes_each: float

    def at(self, n: float) -> float:
        """Processor seconds of all jobs together."""
        grown = max(0.0, self.seconds[-1] - self.seconds[0])
        return (
            self.seconds[0] + grown * _above(n, self.sizes, self.exponent)
            if grown
            else self.seconds[0]
        )

    def memory(self, n: float) -> float:
        """Megabytes of the largest job."""
        return self.peaks[-1] + max(0.0, n - self.sizes[-1]) * self.megabytes_each


def fits(parts: Sequence[dict[str, Any]]) -> dict[str, Growth]:
    """The growth of each rule that every run has; parts are runs from the smallest to the largest, as benchmarks/pipeline.py writes them."""
    common = [name for name in parts[-1]["rules"] if all(name in part["rules"] for part in parts)]
    return {name: _fit(name, parts) for name in common}


def _fit(name: str, parts: Sequence[dict[str, Any]]) -> Growth:
    own = [(part, part["rules"][name]) for part in parts]
    key = "rows" if name in BY_ROWS else "customers"
    sizes = [float(part[key]) for part, _ in own]
    seconds = [float(cost["cpu"]) for _, cost in own]
    peaks = [float(cost["peak"]) for _, cost in own]
    points = [
        (size, value - seconds[0])
        for size, value in zip(sizes, seconds, strict=True)
        if value - seconds[0] >= LEAST
    ]
    each = (peaks[-1] - peaks[-2]) / (sizes[-1] - sizes[-2]) if sizes[-1] > sizes[-2:][0] else 0.0
    return Growth(
        int(own[-1][1]["jobs"]),
        sizes,
        seconds,
        peaks,
        _exponent(sizes, points),
        max(0.0, each),
    )


def _above(n: float, sizes: Sequence[float], exponent: float | None) -> float:
    """nᵏ − n₁ᵏ, as a share of that of the largest run."""
    k = 1.0 if exponent is None else exponent
    first = sizes[0]
    return (math.pow(n / first, k) - 1) / (math.pow(sizes[-1] / first, k) - 1)


def _exponent(sizes: Sequence[float], points: Sequence[tuple[float, float]]) -> float | None:
    if len(points) < 2:
        return None

    def misfit(k: float) -> float:
        apart = [math.log(value / _above(size, sizes, k)) for size, value in points]
        return statistics.pvariance(apart)

    return min((number / 100 for number in range(1, 301)), key=misfit)
