"""The money that a formula leaves out is listed and limited."""

import numpy as np
import pandas as pd
import pytest

from spendscape.core.errors import DataError
from spendscape.core.parquet import table
from spendscape.traits.coverage import check_coverage, class_shares, uncovered_words
from spendscape.traits.formula import formula_from_table
from spendscape.traits.targets import spent


def test_the_money_without_a_coefficient_is_listed_and_limited() -> None:
    coefficients = pd.DataFrame({"class": ["a", "b"], "x": [1.0, -1.0], "y": [0.0, 2.0]})
    formula = formula_from_table(coefficients, ["a", "b", "c", "d", "e"])
    spending = np.array([[[0.1, 0.1, 0.6, 0.2, 0]], [[0.0, 0.0, 1.0, 0.0, 0]]])
    totals = np.array([[3.0], [1.0]])
    both = table({"spending": spending, "total": totals})
    shares = class_shares(formula, spent([both[:1], both[1:]], "steps"))
    assert shares["class"].tolist() == ["c", "d", "a", "b", "e"]
    np.testing.assert_allclose(shares["share"], [0.7, 0.15, 0.075, 0.075, 0])
    assert shares["coefficient"].tolist() == [False, False, True, True, False]
    words = "85.0% of the money is in classes without a coefficient: c 70.0%, d 15.0%"
    assert uncovered_words(shares) == words
    assert uncovered_words(shares[2:]) == "every class with money has a coefficient"
    check_coverage(shares, 0.86)
    with pytest.raises(DataError, match=words):
        check_coverage(shares, 0.84)
