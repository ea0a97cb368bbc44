"""Functions in decimal arithmetic, of as many digits as the context has."""

from decimal import Decimal


def exact_exp(x: float | Decimal) -> Decimal:
    return Decimal(x).exp()


def exact_sigmoid(x: float | Decimal) -> Decimal:
    return 1 / (1 + Decimal(-x).exp())


def exact_tanh(x: float | Decimal) -> Decimal:
    return 1 - 2 / (1 + (2 * Decimal(x)).exp())
