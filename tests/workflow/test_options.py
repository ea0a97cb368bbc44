"""Rules that only run when the config asks for them: shards, pseudonyms, sliding windows."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_run import snakemake

CONFIG = """\
results: results/options
source: files
ingest: {folder: results/simulate, files: ["transactions_*.parquet"], shards: 3}
privacy: {pseudonymise: true}
tensors: {long: {steps: 3, months_per_step: 12, sliding: true}, recent: null}
"""


def test_shards_pseudonyms_and_sliding_windows(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (run / "small.yaml").rename(run / "kept.yaml")
    (run / "small.yaml").write_text(CONFIG)
    target = "results/options/tensors/training_traits.parquet"
    monkeypatch.delenv("SPENDSCAPE_KEY", raising=False)
    try:
        refused = snakemake(run, target)
        monkeypatch.setenv("SPENDSCAPE_KEY", "a key that is no secret")
        done = snakemake(run, target)
    finally:
        (run / "kept.yaml").rename(run / "small.yaml")
    assert refused.returncode and "SPENDSCAPE_KEY" in refused.stdout + refused.stderr
    assert not done.returncode, done.stdout + done.stderr
    made, plain = run / "results/options", run / "results"
    ledgers = [json.loads((p / "ingest/ledger.json").read_text()) for p in (made, plain)]
    assert ledgers[0]["total"] == ledgers[1]["total"]
    assert len(list((made / "ingest/shards").glob("*.json"))) == 3
    paths = (made / "tensors/verdicts_long.parquet", plain / "tensors/customers.parquet")
    names = [pq.read_table(path)["customer_id"].to_pylist() for path in paths]  # fmt: skip
    assert len(names[0]) == len(names[1]) and all(len(name) == 64 for name in names[0])
    windows = pq.read_table(made / target.removeprefix("results/options/")).to_pandas()
    latest = pq.read_table(made / "tensors/traits.parquet").to_pandas()
    assert set(windows["customer_id"]) == set(latest["customer_id"])
    per = windows.groupby("customer_id").size()
    test = set(latest.loc[latest["split"] == "test", "customer_id"])
    assert all(per[name] == 1 for name in test)
    # A customer who joined late may have one window only.
    assert (per.drop(list(test)) > 1).mean() > 0.9
    assert windows.groupby("customer_id")["split"].nunique().max() == 1
