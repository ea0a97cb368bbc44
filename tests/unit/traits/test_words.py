"""What the pages say of the traits."""

import numpy as np

from spendscape.traits.linear import LinearFormula
from spendscape.traits.words import fitted, meaning

TRAITS = ["calm", "bold"]


def test_what_measured_traits_mean_is_said_with_their_scores() -> None:
    counts = {"measured": 1200, "customers": 1500, "r2": {"calm": -0.011, "bold": 0.02}}
    formula = LinearFormula(TRAITS, ["a"], np.zeros((1, 2)), np.zeros(2), np.ones(2), 1.0, counts)
    said = meaning(formula, {"calm": {"value": 0.031}, "bold": {"value": -0.2}})
    assert "measured, for 1,200 of 1,500 customers" in said
    assert "calm 0.03, bold −0.20" in said and "calm −0.01, bold 0.02" in said
    assert "about 0.15" in said and "a low R² is to be expected" in said
    assert fitted(formula) in said
    plain = LinearFormula(TRAITS, ["a"], np.zeros((1, 2)), np.zeros(2), np.ones(2), 1.0)
    assert fitted(plain) == ""
    assert meaning(plain, {}).startswith(
        "The traits are a linear formula of spending, not a measured personality: a table of coefficients is "
        "multiplied with each customer's spending fractions. A high value"
    )
