"""Measured traits as the targets: planted ones, ones that spending knows nothing of, and odd tables."""

import csv
import html
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from small_run import snakemake

from spendscape.core.parquet import names_of, tensor_values


def written(run: Path, name: str, planted: bool) -> pd.DataFrame:
    """Scores of four of five of the simulated customers, the fifth of these without one of them."""
    truth = pq.read_table(run / "results/simulate/truth.parquet")
    random = np.random.default_rng(3)
    if planted:
        traits = names_of(truth.schema, "traits")
        values = 20 + 5 * tensor_values(truth["traits_before"])
    else:
        traits = ["warmth", "wit", "luck"]
        values = random.normal(50, 10, (len(truth), 3))
    scores = pd.DataFrame(values, columns=traits)
    scores.insert(0, "customer_id", truth["customer_id"].to_pylist())
    scores.loc[::25, traits[-1]] = np.nan
    scores = scores[random.random(len(scores)) < 0.8]
    scores.to_csv(run / name, index=False)
    return scores.dropna()


def text_of(path: Path) -> str:
    """What a page says."""
    body = re.sub(r"<(style|script).*?</\1>", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", body)))


def by_quantity(path: Path) -> dict[str, float]:
    with path.open() as file:
        # Precision is empty where nobody is listed.
        return {row["quantity"]: float(row["value"] or "nan") for row in csv.DictReader(file)}


def test_planted_traits_are_learned_and_the_unmeasured_get_estimates(run: Path) -> None:
    measured = set(written(run, "known.csv", True)["customer_id"])
    config = ["results=results/known", "traits={measured: known.csv}"]
    done = snakemake(run, config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    made = run / "results/known"
    table = pq.read_table(made / "tensors/traits.parquet")
    traits = table.drop_columns("traits").to_pandas(ignore_metadata=True)
    unknown = (traits["split"] == "unmeasured").to_numpy()
    assert set(traits["customer_id"][~unknown]) == measured & set(traits["customer_id"])
    assert 0.15 < unknown.mean() < 0.35
    assert (np.isnan(tensor_values(table["traits"])).any(axis=1) == unknown).all()
    assert ((traits["dominant"] == "") == unknown).all()
    plain = pq.read_table(run / "results/tensors/traits.parquet").to_pandas(ignore_metadata=True)
    sides = dict(zip(plain["customer_id"], plain["split"], strict=True))
    assert all(
        sides[name] == side for name, side in traits[~unknown][["customer_id", "split"]].values
    )

    metrics = json.loads((made / "model/metrics.json").read_text())
    assert sum(metrics["customers"].values()) == len(traits)
    assert metrics["customers"]["unmeasured"] == unknown.sum()
    formula = json.loads((made / "tensors/traits.json").read_text())
    assert min(formula["measured"]["r2"].values()) > 0.5
    assert min(entry["value"] for entry in metrics["r2"].values()) > 0.4
    assert min(v for k, v in by_quantity(made / "recovery.csv").items() if "trait_" in k) > 0.4
    for name in ("states/long", "segments/segments", "dynamics/fixed_points"):
        assert len(pq.read_table(made / f"{name}.parquet")) == len(traits)

    words = f"The traits were measured, for {(~unknown).sum()} of {len(traits)} customers"
    for name in ("summary", "claims", "model"):
        said = text_of(made / f"report/{name}.html")
        assert words in said and "not a measured personality" not in said
    assert words in (made / "explorer.html").read_text()
    cards = {
        kind: f"results/known/explain/{traits['customer_id'][rows].iloc[0]}.html"
        for kind, rows in (("measured", ~unknown), ("unmeasured", unknown))
    }
    done = snakemake(run, *cards.values(), config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    texts = {kind: text_of(run / path) for kind, path in cards.items()}
    assert all(words in text for text in texts.values())
    assert "traits were not measured" in texts["unmeasured"]
    assert "The measurement" in texts["measured"] and "The measurement" not in texts["unmeasured"]
    again = snakemake(run, config=config)
    assert "Nothing to be done" in again.stdout + again.stderr

    new = ["results=results/known_new", "source=files", "score={run: results/known}"]
    new += ["ingest={folder: results/simulate, files: ['transactions_*.parquet']}"]
    done = snakemake(run, config=new)
    assert done.returncode == 0, done.stdout + done.stderr
    scored = pq.read_table(run / "results/known_new/tensors/traits.parquet")
    assert np.isnan(tensor_values(scored["traits"])).all() and set(
        scored["dominant"].to_pylist()
    ) == {""}
    card = text_of(next((run / "results/known_new/explain").glob("*.html")))
    assert "traits were not measured" in card


def test_traits_that_spending_knows_nothing_of_are_said_to_be_so(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = written(run, "luck.csv", False)
    monkeypatch.setenv("SPENDSCAPE_KEY", "a key that is no secret")
    config = ["results=results/luck", "traits={measured: luck.csv}", "privacy={pseudonymise: true}"]
    config += ["tensors={long: {steps: 3, sliding: true}, recent: {steps: 3, months_per_step: 2}}"]
    done = snakemake(run, config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    made = run / "results/luck"
    metrics = json.loads((made / "model/metrics.json").read_text())
    formula = json.loads((made / "tensors/traits.json").read_text())
    network = {name: entry["value"] for name, entry in metrics["r2"].items()}
    assert set(network) == set(formula["measured"]["r2"]) == {"warmth", "wit", "luck"}
    assert max(network.values()) < 0.1 and max(formula["measured"]["r2"].values()) < 0.1
    said = text_of(made / "report/summary.html")
    assert "a low R² is to be expected" in said
    for name, value in network.items():
        assert f"{name} {value:.2f}".replace("-", "−") in said
    quantities = by_quantity(made / "recovery.csv")
    assert not [name for name in quantities if name.startswith("trait_")] and quantities
    # The ids became the transactions' pseudonyms: the same customers, none in the clear.
    traits = pq.read_table(made / "tensors/traits.parquet").to_pandas(ignore_metadata=True)
    assert formula["measured"]["measured"] == (traits["split"] != "unmeasured").sum() > 300
    assert not set(traits["customer_id"]) & set(scores["customer_id"])
    # Each of a customer's windows has its measured traits.
    windows = pq.read_table(made / "tensors/training_traits.parquet")
    rows = traits.set_index("customer_id").index.get_indexer(windows["customer_id"].to_pylist())
    own = tensor_values(pq.read_table(made / "tensors/traits.parquet")["traits"])
    np.testing.assert_array_equal(tensor_values(windows["traits"]), own[rows])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["traits.measured", "'odd.csv'", "no such file"]),
        ("customer,calm,bold\na,1,2\n", ["traits.measured", "customer, calm, bold", "customer_id"]),
        ("customer_id,calm,bold\nC1,1,2\nC1,3,4\n", ["traits.measured", "1 of 2 rows"]),
        ("customer_id,calm,bold\nC1,high,2\n", ["traits.measured", "'calm'", "numbers"]),
    ],
)
def test_odd_tables_are_told_before_anything_runs(
    run: Path, text: str | None, words: list[str]
) -> None:
    (run / "odd.csv").unlink(missing_ok=True)
    if text:
        (run / "odd.csv").write_text(text)
    config = ["results=results/odd", "traits={measured: odd.csv}"]
    done = snakemake(run, "--dry-run", config=config)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "Traceback" not in said
    assert all(word in said for word in words), said
