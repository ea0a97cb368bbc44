"""The taxonomy and the coefficients: those of the study, and mistakes in them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from simulated import COEFFICIENTS, CONFIG, TAXONOMY, built

from spendscape.core.errors import DataError


def test_the_tables_are_those_of_the_study() -> None:
    assert len(TAXONOMY) == TAXONOMY["class"].nunique() == 97
    assert TAXONOMY["share"].sum() == pytest.approx(1, abs=1e-12)
    values = COEFFICIENTS.set_index("class")
    assert (values != 0).any(axis=1).sum() == len(values) == 61
    assert set(values.index) <= set(TAXONOMY["class"])
    assert "ILLUSTRATIVE" in (CONFIG / "coefficients/illustrative_big_five.csv").read_text()


@pytest.mark.parametrize(
    ("trait", "sign", "classes"),
    [
        ("extraversion", 1, "pubs airlines travel_agencies entertainment"),
        ("extraversion", -1, "home_insurance accountant_fees"),
        ("neuroticism", 1, "gambling traffic_fines"),
        ("neuroticism", -1, "stationery hotels"),
        ("openness", 1, "entertainment hair_and_beauty"),
        ("openness", -1, "residential_mortgage traffic_fines"),
        ("conscientiousness", 1, "home_insurance health fitness"),
        ("conscientiousness", -1, "pubs"),
        ("agreeableness", 1, "charities pets"),
        ("agreeableness", -1, "gambling traffic_fines"),
    ],
)
def test_signs_follow_the_sources(trait: str, sign: int, classes: str) -> None:
    assert (np.sign(COEFFICIENTS.set_index("class").loc[classes.split(), trait]) == sign).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="ticket"), "no column 'ticket'"),
        (lambda table: pd.concat([table, table[:1]]), "'rent' has more than one row"),
        (lambda table: table.assign(users=2), "users of class 'rent'"),
        (lambda table: table.assign(share=0.5), "add up to 48.5; expected 1"),
        (lambda table: table.replace({"ticket": {52: -1}}), "the ticket of class 'groceries'"),
        (lambda table: table[table["class"] != "pubs"], "add up to|not in the data.*'pubs'"),
    ],
)
def test_a_wrong_taxonomy_is_named(
    change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        built(taxonomy=change(TAXONOMY))
