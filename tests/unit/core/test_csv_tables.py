"""Tables as CSV files: nothing that a spreadsheet would compute, and everything comes back."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from spendscape.core.csv_tables import read_csv, write_csv

TEXTS = ["=1+1", "+", "-", "@sum", "\ttab", "-5", "+441", "'=1+1", "''x", "NA", "nan", "'s-Gravenhage", "a,b\n=c", "−6"]  # fmt: skip


def test_texts_come_back_and_none_is_a_formula(tmp_path: Path) -> None:
    numbers = [float(-k) for k in range(len(TEXTS))]
    table = pd.DataFrame({"class": TEXTS, "value": numbers, "of": ["", *TEXTS[1:]]})
    write_csv(table, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        written = [row["class"] for row in csv.DictReader(file)]
    computed = [text for text in written if text.startswith(("=", "+", "-", "@", "\t"))]
    assert computed == ["-5", "+441"] and written[0] == "'=1+1" and written[7] == "''=1+1"
    found = read_csv(tmp_path / "a.csv", ["of"])
    assert found["class"].tolist() == TEXTS and found["of"].tolist() == ["", *TEXTS[1:]]
    assert found["value"].tolist() == numbers


@pytest.mark.parametrize("value", [1, -2.5, True])
def test_numbers_stay_numbers_and_nothing_is_missing(tmp_path: Path, value: float) -> None:
    write_csv(pd.DataFrame({"a": [value, value], "b": [None, "=x"]}), tmp_path / "a.csv")
    found = read_csv(tmp_path / "a.csv")
    assert found["a"].tolist() == [value, value]
    assert found["b"].isna().tolist() == [True, False] and found["b"][1] == "=x"
