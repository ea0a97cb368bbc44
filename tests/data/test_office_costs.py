"""Real money: fifteen ledgers of office costs through ingest, tensors and traits by the example's config."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from test_shared_data import made as ingested

from spendscape.config.config import Config
from spendscape.config.validate import validate
from spendscape.core.parquet import names_of, tensor_values
from spendscape.tensors.windows import Window
from spendscape.tensors.write import write_sliding
from spendscape.traits.linear import LinearFormula
from spendscape.traits.targets import dominant, mean_fractions

ROOT = Path(__file__).parents[2]
Made = tuple[dict[str, Any], dict[str, Any], Path]
FOLDER = ROOT.parent / "shared/data/office_costs"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the folder ../shared/data/office_costs is not on this machine"
)


@pytest.fixture(scope="module")
def config() -> Config:
    return validate(yaml.safe_load((ROOT / "config/examples/office_costs.yaml").read_text()))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, config: Config) -> Made:
    """The ledger and the folder with monthly.parquet, quarantine.parquet, spending and verdicts."""
    folder = tmp_path_factory.mktemp("office_costs")
    assert config.tensors.recent is None
    ledger, summary = ingested("office_costs", folder)
    return ledger, summary, folder


def payments() -> Iterator[tuple[str, int, str, Decimal | None]]:
    """Every row as (payer, year, category, amount or None), read the plain way."""
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                text = row["amount"].replace("£", "").replace(",", "")
                amount = None if text in ("", "N/A") else Decimal(text)
                yield row["payer"], int(row["booked"][:4]), row["category"], amount


def test_every_row_is_accounted_for_to_the_cent(made: Made) -> None:
    ledger, _, folder = made
    rows = list(payments())
    total = ledger["total"]
    assert total["read"]["rows"] == len(rows) == 68_308
    assert (
        total["quarantined"]["rows"]
        == pq.read_metadata(folder / "quarantine.parquet").num_rows
        == 0
    )
    missing = sum(row[3] is None for row in rows)
    assert total["excluded"] == {
        "rows": missing,
        "amount": None,
        "reasons": {"missing_amount": {"rows": missing, "amount": None}},
    }
    assert total["accepted"]["rows"] == len(rows) - missing
    assert Decimal(total["accepted"]["amount"]) == sum(row[3] for row in rows if row[3] is not None)
    assert len(ledger["files"]) == 15
    assert ledger["customers"] == {"read": 1453, "accepted": 1453}


def test_renamed_categories_are_one_class(made: Made) -> None:
    ledger, _, _ = made
    assert len(ledger["classes"]) == 7
    assert len({row["class"] for row in ledger["categories"]}) == 7
    assert len(ledger["categories"]) == 10


def test_the_payers_with_six_consecutive_years_are_in(made: Made) -> None:
    _, summary, folder = made
    spent: dict[str, dict[int, list[Decimal]]] = {}
    for payer, year, _, amount in payments():
        spent.setdefault(payer, {}).setdefault(year, []).append(amount or Decimal(0))
    runs = set()
    for payer, years in spent.items():
        good = {year for year, amounts in years.items() if sum(amounts) > 0}
        if any(all(year + k in good for k in range(6)) for year in good):
            runs.add(payer)
    table = pq.read_table(folder / "spending.parquet")
    assert set(table["customer_id"].to_pylist()) == runs
    assert len(runs) == summary["in"] == 1004
    assert summary["customers"] == 1453
    spending = tensor_values(table["spending"])
    assert spending.shape == (1004, 6, 7)
    np.testing.assert_allclose(spending.sum(axis=2, dtype=float), 1, atol=3e-7)
    json.dumps(summary)


def test_the_traits_are_worth_training_on(made: Made, config: Config) -> None:
    """Three units suffice when three components hold the traits; a trait nobody has would be idle."""
    _, _, folder = made
    data = pq.read_table(folder / "spending.parquet")
    table = pd.read_csv(ROOT / config.traits.coefficients, comment="#")
    classes = names_of(data.schema, "classes")
    assert set(table["class"]) == set(classes)
    fractions = mean_fractions(
        tensor_values(data["spending"]), tensor_values(data["total"]), "steps"
    )
    formula = LinearFormula.from_table(table, classes).standardised(fractions)
    traits, values = formula.traits, formula(fractions)
    shares = pd.Series(dominant(values, traits)).value_counts(normalize=True)
    assert len(shares) == len(traits) == 4
    assert shares.min() >= 0.10
    scores = (fractions @ formula.coefficients - formula.mean) / formula.deviation
    left, sizes, _ = np.linalg.svd(scores, full_matrices=False)
    assert (sizes[:3] ** 2).sum() / (sizes**2).sum() >= 0.95
    inside = left[:, :3] @ (left[:, :3].T @ scores)
    assert (1 - ((scores - inside) ** 2).sum(axis=0) / (scores**2).sum(axis=0)).min() >= 0.97


def test_sliding_gives_every_complete_window(made: Made, config: Config, tmp_path: Path) -> None:
    ledger, _, folder = made
    count = write_sliding(
        str(folder / "monthly.parquet"),
        ledger["classes"],
        Window(**config.tensors.long.model_dump(exclude={"sliding"})),
        (config.tensors.posting_months, config.tensors.coverage),
        set(),
        str(tmp_path / "training.parquet"),
    )
    # Counted apart, from the files, by loops.
    years: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for payer, year, _, money in payments():
        years[payer, year] += max(Decimal(0), money or Decimal(0))
    runs = [all(years[payer, year + k] > 0 for k in range(6)) for payer, year in list(years)]
    assert count == sum(runs) == 4804
