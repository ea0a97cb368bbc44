"""The whole workflow on 600 simulated customers: every rule, its files, and what a rerun does."""

import base64
import csv
import json
import re
import shutil
import zlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from plans import rules
from small_run import snakemake
from snakemake.io import regex_from_filepattern

from spendscape.core.parquet import names_of, read_tensor, tensor_values
from spendscape.running import contract

CUSTOMERS, STEPS, CLASSES, TRAITS, UNITS = 600, 6, 97, 5, 3


def there_all_along(run: Path) -> set[str]:
    """Customers who were there in each of the six years: only they can fill the long window."""
    truth = pq.read_table(run / "results/simulate/truth.parquet").to_pandas(ignore_metadata=True)
    assert len(truth) == CUSTOMERS
    late = truth["joined"].notna() & (truth["joined"].astype(str) >= "2020-01-01")
    early = truth["left"].notna() & (truth["left"].astype(str) <= "2024-01-01")
    inside = set(truth.loc[~(late | early), "customer_id"])
    assert 0.95 * CUSTOMERS < len(inside) < CUSTOMERS
    return inside


def long_histories(run: Path) -> set[str]:
    """Those of them who bought in the first month and in the last, so that their six years are whole."""
    monthly = pq.read_table(run / "results/ingest/monthly.parquet").to_pandas(ignore_metadata=True)
    months = monthly["month"].astype(str)
    ends = months.groupby(monthly["customer_id"]).agg(["min", "max"])
    whole = ends[(ends["min"] == months.min()) & (ends["max"] == months.max())]
    return set(whole.index) & there_all_along(run)


def columns(path: Path) -> list[str]:
    """The columns of a table, or the keys of a JSON object."""
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    if path.suffix == ".json":
        return list(json.loads(path.read_text()))
    with path.open() as file:
        return next(csv.reader(file))


def test_every_file_of_the_contract_is_there(run: Path) -> None:
    results = run / "results"
    for name in [*contract.paths({"recent", "simulated", "audited", "steps"}), *contract.LAST]:
        assert (results / name).stat().st_size > 0, name
    assert len(list((results / "explain").glob("*.html"))) == 3
    assert not list(results.rglob(".partial-*"))


# What is made on demand has tests of its own.
@pytest.mark.parametrize(
    "result", [r for r in contract.CONTRACT if r.columns and r.when != "demand"]
)
def test_a_file_has_the_columns_of_the_contract_and_no_others(
    run: Path, result: contract.Result
) -> None:
    paths = list((run / "results").glob(re.sub(r"{\w+}", "*", result.path)))
    assert paths
    named = contract.column_names(result)
    for path in paths:
        found = columns(path)
        assert [name for name in found if name in named] == named
        assert "…" in result.columns or found == named


def test_the_report_shows_what_the_contract_says(run: Path) -> None:
    shown = {
        re.sub(r"{(\w+),[^}]*}", r"{\1}", str(path)).removeprefix("results/"): flag.category
        for rule in rules()["simulated"].values()
        for path in rule.output
        if (flag := path.flags.get("report"))
    }
    listed = {result.path: result.category for result in contract.CONTRACT if result.category}
    assert listed.items() <= shown.items()
    # The tables are one row of the contract.
    assert all(path.startswith("report/") for path in shown.keys() - listed.keys())


def test_every_rule_ran(run: Path) -> None:
    ran = {path.relative_to(run).as_posix() for path in run.glob("results/benchmarks/*.tsv")}
    known = rules()["simulated"].values()
    patterns = {
        rule.name: re.compile(regex_from_filepattern(str(rule.benchmark))) for rule in known
    }
    missing = {name for name, regex in patterns.items() if not any(map(regex.fullmatch, ran))}
    # See test_options.py for the first, test_messy.py for the others, which may have run by now.
    assert missing - {"simulate_messy", "simulate_defects"} == {"training_windows"}


def test_shapes_come_from_the_data(run: Path) -> None:
    spending = pq.read_table(run / "results/tensors/spending.parquet")
    values = tensor_values(spending["spending"])
    assert values.shape == (len(long_histories(run)), STEPS, CLASSES)
    assert np.abs(values.sum(axis=2, dtype=np.float64) - 1).max() < 1e-5
    traits = pq.read_table(run / "results/tensors/traits.parquet")
    assert tensor_values(traits["traits"]).shape == (len(spending), TRAITS)
    assert len(names_of(traits.schema, "traits")) == TRAITS
    states = tensor_values(pq.read_table(run / "results/states/long.parquet")["state"])
    assert states.shape == (len(spending), STEPS, UNITS)


def test_every_row_and_all_money_are_accounted_for(run: Path) -> None:
    ledger = json.loads((run / "results/ingest/ledger.json").read_text())["total"]
    parts = [ledger[name] for name in ("accepted", "quarantined", "excluded")]
    assert sum(part["rows"] for part in parts) == ledger["read"]["rows"]
    raw = (run / "results/simulate").glob("transactions_*.parquet")
    assert ledger["read"]["rows"] == sum(pq.read_metadata(path).num_rows for path in raw)
    monthly = pq.read_table(run / "results/ingest/monthly.parquet")
    assert sum(monthly["transactions"].to_pylist()) == ledger["accepted"]["rows"]


def test_every_customer_has_a_verified_fixed_point_or_a_verdict(run: Path) -> None:
    points = pq.read_table(run / "results/dynamics/fixed_points.parquet").to_pandas()
    assert len(points) == len(long_histories(run))
    verified = points[points["verdict"].isin(["certified", "verified"])]
    assert (verified["residual"] <= 1e-12).all() and (verified["spectral_radius"] < 1).all()
    assert set(points["verdict"]) <= {"certified", "verified", "unstable", "unconverged"}


def test_short_histories_are_out_for_a_reason(run: Path) -> None:
    verdicts = pq.read_table(run / "results/tensors/customers.parquet").to_pandas()
    out = verdicts[verdicts["long"] != "in"]
    assert set(out["customer_id"]) == set(verdicts["customer_id"]) - long_histories(run)
    span = "fewer than 6 consecutive steps of 12 months"
    partial = out["customer_id"].isin(there_all_along(run))
    assert 0 < partial.sum() < len(out)
    assert (out.loc[~partial, "long"] == f"{span} with spending").all()
    wanted = f"the first or the last step is not a whole one, so {span} are complete"
    assert (out.loc[partial, "long"] == wanted).all()
    assert (out.loc[partial, "long_partial"] > 0).all()


def test_the_planted_traits_are_recovered(run: Path) -> None:
    with (run / "results/recovery.csv").open() as file:
        found = {row["quantity"]: float(row["value"]) for row in csv.DictReader(file)}
    # 60 transactions a year and a short training: far from the default run's 0.97, far from chance.
    assert min(value for name, value in found.items() if name.startswith("trait_")) > 0.5
    assert found["dominant_trait"] > 0.5 and found["attractor_label"] > 0.5
    assert found["movers_recall"] > 0.1


def test_listed_movers_have_another_trait_or_a_change_that_stands_out(run: Path) -> None:
    movers = pq.read_table(run / "results/segments/movers.parquet").to_pandas()
    assert list(movers)[:5] == ["customer_id", "long", "recent", "change", "likely"]
    assert movers["customer_id"].is_monotonic_increasing and len(movers) > 10
    assert ((movers["long"] != movers["recent"]) | movers["likely"]).all()
    # Those who stand out changed more than those who do not.
    change = movers.groupby("likely")["change"]
    assert (movers["change"] > 0).all()
    assert not movers["likely"].any() or change.min()[True] > change.max()[False]
    stability = json.loads((run / "results/segments/stability.json").read_text())["movers"]
    assert stability["likely"] == movers["likely"].sum()


def test_claims_have_evidence_that_exists(run: Path) -> None:
    with (run / "results/claims.csv").open() as file:
        claims = list(csv.DictReader(file))
    assert len(claims) > 15
    assert all((run / "results" / claim["evidence"]).is_file() for claim in claims)


def test_pages_of_the_report_name_no_customer(run: Path) -> None:
    """The report's tables are for others to read; cards, the explorer and exemplars.csv hold ids, and say so."""
    ids = pq.read_table(run / "results/tensors/customers.parquet")["customer_id"].to_pylist()
    pages = sorted((run / "results/report").glob("*.html"))
    assert len(pages) > 15
    shown = {page.name for page in pages if any(name in page.read_text() for name in ids)}
    assert not shown
    with (run / "results/segments/table.csv").open() as lines:
        assert min(int(row["customers"]) for row in csv.DictReader(lines)) >= 30


def test_nobody_is_in_what_is_passed_on_unless_the_config_says_so(
    run: Path, tmp_path: Path
) -> None:
    shutil.copytree(run, tmp_path / "hidden", symlinks=True)
    hidden = tmp_path / "hidden"
    pages = ("report.html", "paper.html", "explorer.html")
    targets = [f"results/{name}" for name in pages]
    done = snakemake(hidden, *targets, config=["privacy={show_customers: false}"])
    assert done.returncode == 0, done.stdout + done.stderr
    ids = pq.read_table(run / "results/tensors/customers.parquet")["customer_id"].to_pylist()
    amounts = read_tensor(str(run / "results/tensors/spending.parquet"), "total").ravel()
    spent = {form.format(amount) for amount in amounts for form in ("{:.2f}", "{:,.2f}")}
    for folder, expected in ((run, {"report.html", "explorer.html"}), (hidden, set())):
        texts = {name: unfolded(folder / "results" / name) for name in pages}
        assert {name for name, text in texts.items() if any(i in text for i in ids)} == expected
    # Of the pages with nobody on them.
    assert not [name for name, text in texts.items() if any(each in text for each in spent)]


def unfolded(page: Path) -> str:
    """A page with what it carries packed: pages within the report, and columns of numbers in the explorer."""
    text = page.read_text()
    packed = [base64.b64decode(part + "===") for part in re.findall(r"[A-Za-z0-9+/]{200,}", text)]
    opened = [zlib.decompress(part) if part[:1] == b"x" else part for part in packed]
    return "\n".join([text, *(part.decode("utf-8", "replace") for part in opened)])


def test_a_second_run_has_nothing_to_do(run: Path) -> None:
    again = snakemake(run)
    assert again.returncode == 0 and "Nothing to be done" in again.stdout + again.stderr


def test_a_card_is_made_on_demand(run: Path) -> None:
    done = snakemake(run, "results/explain/C0000007.html")
    assert done.returncode == 0, done.stderr
    assert "C0000007" in (run / "results/explain/C0000007.html").read_text()


def test_a_lost_file_comes_back_with_the_same_bytes(run: Path) -> None:
    for name in ("dynamics/fixed_points.parquet", "ingest/monthly.parquet"):
        path = run / "results" / name
        before = path.read_bytes()
        path.unlink()
        done = snakemake(run, f"results/{name}")
        assert done.returncode == 0, done.stderr
        assert path.read_bytes() == before
    again = snakemake(run)
    assert "Nothing to be done" in again.stdout + again.stderr


@pytest.mark.parametrize(
    ("setting", "reruns", "stays"),
    [
        ("surrogate={nonzero: 0.2}", "surrogate", "train fixed_points figure_4 figure_5"),
        ("segments={neighbours: 9}", "purity", "segments baselines surrogate"),
        ("model={patience: 11}", "train", "ingest traits long_window"),
        ("tensors={posting_months: 2}", "long_window", "simulate_truth ingest"),
    ],
)
def test_a_config_change_reruns_the_rules_that_read_it(
    run: Path, setting: str, reruns: str, stays: str
) -> None:
    done = snakemake(run, "--dry-run", config=[setting])
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    planned = set(re.findall(r"^(\w+) +\d+$", text, re.MULTILINE))
    assert reruns in planned and "report" in planned
    assert not planned & set(stays.split())
