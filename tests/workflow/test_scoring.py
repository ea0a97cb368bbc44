"""Scoring new customers with a finished run: the same states, no training, refusals."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from small_run import ROOT, snakemake

from spendscape.cli import main
from spendscape.core.parquet import tensor_values
from spendscape.running.contract import CONTRACT, column_names

CONFIG = """\
results: results/new
source: files
ingest: {folder: export, files: ["*.parquet"]}
score: {run: results}
"""


def columns_of(path: str) -> list[str]:
    """The columns that the contract names."""
    [result] = [result for result in CONTRACT if result.path == path]
    return column_names(result)


@pytest.fixture
def export(run: Path) -> Iterator[list[str]]:
    """The raw rows of the run's test customers, one of whom now buys one thing only."""
    traits = pq.read_table(run / "results/tensors/traits.parquet").to_pandas()
    held_back = sorted(traits[traits["split"] == "test"]["customer_id"])[:40]
    (run / "export").mkdir(exist_ok=True)
    for path in (run / "results/simulate").glob("transactions_*.parquet"):
        rows = pq.read_table(path).to_pandas()
        rows = rows[rows["customer_id"].isin(held_back)]
        alone = rows["customer_id"] == held_back[0]
        rows.loc[alone, "class"] = "removals"
        duckdb.from_df(rows).write_parquet(str(run / "export" / path.name))
    classes = (ROOT / "config/taxonomy/classes.csv").read_text().splitlines()
    names = [line.split(",")[0] for line in classes]
    (run / "other.csv").write_text("\n".join([*names, "moves"]) + "\n")
    (run / "small.yaml").rename(run / "trained.yaml")
    (run / "small.yaml").write_text(CONFIG)
    yield held_back
    (run / "trained.yaml").rename(run / "small.yaml")


def test_a_finished_run_scores_new_customers(run: Path, export: list[str]) -> None:
    done = snakemake(run)
    assert done.returncode == 0, done.stdout + done.stderr
    new = run / "results/new"
    assert not (new / "model").exists() and not (new / "surrogate/scores.csv").exists()
    score = pq.read_table(new / "score.parquet").to_pandas().set_index("customer_id")
    assert sorted(score.index) == export
    assert score.loc[export[0], "far"] and score["far"].mean() < 0.2
    for window in ("long", "recent"):
        states, trained = (
            pq.read_table(folder / f"states/{window}.parquet") for folder in (new, run / "results")
        )
        place = {name: k for k, name in enumerate(trained["customer_id"].to_pylist())}
        own, theirs = (tensor_values(table["state"]) for table in (states, trained))
        rows = [place[name] for name in states["customer_id"].to_pylist()]
        same = np.array(states["customer_id"].to_pylist()) != export[0]
        assert np.abs(own - theirs[rows])[same].max() < 1e-6
    assert len(list((new / "explain").glob("*.html"))) == 3
    again = snakemake(run)
    assert "Nothing to be done" in again.stdout + again.stderr
    # The last year alone, with the sums that a run of the years before has left.
    *years, last = sorted(path.name for path in (run / "export").iterdir())
    for results, files, history in (("before", years, ""), ("alone", [last], "results/before")):
        given = f"{{folder: export, files: {files}, history: {history}}}"
        config = CONFIG.replace("results/new", f"results/{results}")
        config = config.replace('{folder: export, files: ["*.parquet"]}', given)
        (run / "small.yaml").write_text(config)
        target = "ingest/kept.json" if results == "before" else "score.parquet"
        done = snakemake(run, f"results/{results}/{target}")
        assert done.returncode == 0, done.stdout + done.stderr
    for name in ("score.parquet", "ingest/monthly.parquet", "ingest/ledger.json"):
        assert (run / "results/alone" / name).read_bytes() == (new / name).read_bytes()
    kept = {path.name for path in (run / "results/alone/ingest/kept").iterdir()}
    assert len(kept - {"monthly"}) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("tensors: {long: {steps: 3}, recent: null}\n", ["tensors.long.steps", "3", "6"]),
        ("ingest: {folder: export, files: ['*.parquet'], taxonomy: other.csv, class_map: {removals: moves}}\n",
         ["ingest.class_map", "'moves'", "score.run"]),
        ("score: {run: nowhere}\n", ["score.run", "nowhere"]),
        ("score: {run: results/new}\n", ["score.run", "own results folder"]),
    ],
)  # fmt: skip
def test_what_does_not_match_is_refused(
    run: Path, export: list[str], change: str, words: list[str]
) -> None:
    section = change.split(":")[0]
    lines = [line for line in CONFIG.splitlines() if not line.startswith(section + ":")]
    lines = [line.replace("results/new", "results/refused") for line in lines]
    if section == "score":
        lines = CONFIG.splitlines()[:-1]
    (run / "small.yaml").write_text("\n".join(lines) + "\n" + change)
    done = snakemake(run)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert all(word in text for word in words), text
    assert not (run / "results/refused/score.parquet").exists()


def test_a_new_period_is_monitored_and_a_scheduler_hears_of_an_alarm(
    run: Path, export: list[str]
) -> None:
    """Groceries now go by a name that the finished run does not know."""
    lines = [
        line for line in CONFIG.splitlines() if not line.startswith(("results", "ingest", "score"))
    ]
    lines += [
        "results: results/later",
        "ingest: {folder: export, files: ['*.parquet'], taxonomy: other.csv, class_map: {groceries: moves}}",
        "score: {run: results, unknown_classes: leave_out}",
        "monitor: {fail: true}",
    ]
    (run / "small.yaml").write_text("\n".join(lines) + "\n")
    done = snakemake(run, "monitor")
    text = done.stdout + done.stderr
    assert done.returncode != 0 and "unknown_classes" in text, text
    found = pd.read_csv(run / "results/later/monitor/drift.csv")
    assert list(found.columns) == columns_of("monitor/drift.csv")
    rows = found[found["window"] == "long"].set_index("what")
    assert rows.loc["unknown_classes", "verdict"] == "alarm"
    assert rows.loc["in_both", "value"] == 40
    page = (run / "results/later/monitor/drift.html").read_text()
    assert "What has drifted" in page and not [name for name in export if name in page]
    assert not (run / "results/later/monitor/passed").exists()
    assert main(["monitor", str(run / "results/later")]) == 1
    (run / "small.yaml").write_text("\n".join(lines[:-1]) + "\n")
    assert snakemake(run, "monitor").returncode == 0


def test_the_range_is_kept_with_the_run(run: Path) -> None:
    known = json.loads((run / "results/explain/reference.json").read_text())["range"]
    assert len(known["mean"]) == len(known["deviation"]) == 97 and known["limit"] > 0
