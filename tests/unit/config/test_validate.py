"""The config: what it refuses, and what it says then."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from spendscape.config.config import Config
from spendscape.config.validate import check_scoring, recent_apart, validate
from spendscape.core.errors import DataError

ROOT = Path(__file__).parents[3]

Workflow = Callable[[str], tuple[int, str]]

MISTAKES = [
    (
        "ingest: {taxonomy: null, unmapped: other}",
        "ingest: unmapped: 'other' was given with taxonomy: null and neither class_map nor class_tables, so that every category is a class of its own; expected fail, or exclude for rows without a category",
    ),
    ("modle: {}", "modle: unknown key; did you mean model?"),
    ("model: {unit: 3}", "model.unit: unknown key; did you mean units?"),
    ("tensors: {recent: {stepz: 3}}", "tensors.recent.stepz: unknown key; did you mean steps?"),
    (
        "ingest: {columns: {custmer: x}}",
        "ingest.columns.custmer: unknown key; did you mean customer?",
    ),
    (
        "privacy: {zzz: 1}",
        "privacy.zzz: unknown key; known keys: pseudonymise, key_variable, show_customers, keep_rejected_text",
    ),
    ("model: {units: many}", "model.units: 'many' was given; expected a whole number"),
    ("elbow: {units: [1, 2.5]}", "elbow.units.1: 2.5 was given; expected a whole number"),
    ("elbow: {units: 3}", "elbow.units: 3 was given; expected a list such as [a, b]"),
    ("elbow: {units: []}", "elbow.units: [] was given; expected 1 or more entries"),
    ("privacy: {keep_rejected_text: maybe}", "'maybe' was given; expected true or false"),
    ("results: no", "results: False was given; expected text, in quotes"),
    ("model: {units: 0}", "model.units: 0 was given; expected 1 or more"),
    (
        "model: {units: 8}",
        "space.grid_points: 21 was given, which makes 37,822,859,361 rows with model.units 8; "
        "space.maximum_rows is 10,000,000, so give 7 or fewer",
    ),
    ("model: {units: 24}", "so take fewer units, or raise it"),
    ("model: {learning_rate: 2}", "model.learning_rate: 2 was given; expected 1.0 or less"),
    ("traits: {mean: median}", "traits.mean: 'median' was given; expected 'steps' or 'spend'"),
    (
        "tensors: {long: {end: 2024-13}}",
        "tensors.long.end: '2024-13' was given; expected 'latest' or a month such as 2024-12",
    ),
    (
        "privacy:",
        "privacy: null was given; expected a section with the keys pseudonymise, key_variable, show_customers, keep_rejected_text",
    ),
    ("tensors: {long: {steps: 4}}", "tensors: recent.steps is 6 and long.steps 4"),
    ("tensors: {posting_months: 12}", "set recent to null"),
    ("traits: {shares: {train: 0.5}}", "above 0 and add up to 1, they add up to 0.8"),
    ("source: files", "ingest.files names none"),
    ("source: database", "needs ingest.query or ingest.table"),
    ("{source: database, ingest: {table: a, query: b}}", "ingest.query or ingest.table; both were given, give one"),
    ("{source: database, ingest: {table: a}}", "needs ingest.connection.uri"),
    ("source: delta", "needs ingest.table"),
    ("{source: delta, ingest: {table: a, order: [b]}}", "ingest.order, which would not be read; give source: database"),
    ("{source: iceberg, ingest: {table: a, shards: 2, connection: {uri: x}}}", "ingest.shards: 2"),
    ("ingest: {connection: {uri: 'postgresql://me:mine@host/db'}}", "ingest.connection.uri: it holds a password"),
    ("ingest: {connection: {uri: 'host=h password=mine'}}", "ingest.connection.uri: it holds a password"),
    ("ingest: {connection: {options: {adbc.token: mine}}}", "ingest.connection.options: adbc.token holds a secret"),
    ("ingest: {first_month: 2024}", "ingest.first_month: '2024' was given; expected a month such as 2024-12"),
    ("tensors: {long: {end: 2024}}", "tensors.long.end: '2024' was given; expected 'latest' or a month such as 2024-12"),
    ("seed: true", "seed: true was given; expected a number"),
    ("model: {units: true}", "model.units: true was given; expected a number"),
    ("elbow: {units: [1, true]}", "elbow.units: true was given; expected a number"),
    ("ingest: {max_quarantined_share: true}", "ingest.max_quarantined_share: true was given; expected a number"),
    ("ingest: {version: false}", "ingest.version: false was given; expected a number"),
    ("ingest: {credit_marks: [CR], debit_marks: [cr]}", "ingest: 'CR' was given as a credit and as a debit"),
    ("ingest: {columns: {direction: a}, credit_values: [b], debit_values: [b, c]}", "ingest: 'b' was given as a credit"),
    ("ingest: {debit_values: [b]}", "ingest: debit_values need columns.direction and credit_values"),
    ("ingest: {class_map: {a: food, b: food}, excluded_categories: [b]}", "ingest: 'b' was given a class in class_map, and in excluded_categories"),
    ("ingest: {folder: raw}", "source: 'simulated' was given, and ingest.folder"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake_is_named_in_one_line(text: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        validate(yaml.safe_load(text))
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert "mine" not in str(error.value)


def test_every_mistake_has_its_line() -> None:
    with pytest.raises(DataError) as error:
        validate({"model": {"unit": 3, "epochs": 0}, "sede": 1})
    keys = [line.split(":")[0] for line in str(error.value).splitlines()]
    assert sorted(keys) == ["model.epochs", "model.unit", "sede"]


def test_numbers_that_yaml_reads_as_text_are_mended() -> None:
    assert yaml.safe_load("1e-3") == "1e-3"
    assert validate(yaml.safe_load("model: {learning_rate: 1e-3}")).model.learning_rate == 0.001


def test_the_default_of_what_amounts_ignore_leaves_out_the_decimal_mark() -> None:
    merged = Config().model_dump() | {"ingest": Config().ingest.model_dump() | {"decimal": ","}}
    for given in ({"ingest": {"decimal": ","}}, merged):
        config = validate(given)
        assert config.ingest.amount_ignores == "£$€ "
    assert Config().ingest.amount_ignores == "£$€, "
    with pytest.raises(DataError, match=r"^ingest.amount_ignores: '\., ' was given; , is part"):
        validate({"ingest": {"decimal": ",", "amount_ignores": "., "}})


def test_a_partial_config_keeps_the_other_defaults() -> None:
    config = validate({"model": {"units": 4}, "results": "other/"})
    assert config.model.units == 4
    assert config.results == "other"
    assert config.model.epochs == Config().model.epochs


def test_recent_windows_of_other_lengths_are_not_compared_and_why_is_said() -> None:
    own = validate({})
    as_long = {"tensors": {"recent": {"months_per_step": 2, "end": "2024-03"}}}
    assert recent_apart(own, {}) == recent_apart(own, as_long) == ""
    other = {"tensors": {"recent": {"steps": 6, "months_per_step": 1}}}
    wanted = (
        "the finished run has one of 6 steps of 1 month, the new period one of 6 steps of 2 months"
    )
    assert recent_apart(own, other) == wanted
    none = {"tensors": {"recent": None}}
    assert recent_apart(own, none).startswith("the finished run has no recent window, the new")
    assert recent_apart(validate(none), none) == "neither has a recent window"


def test_a_model_scores_only_what_it_was_trained_on() -> None:
    trained = {"tensors": {"recent": None}, "traits": {"mean": "steps"}}
    run = validate({"results": "new", "score": {"run": "results"}, "tensors": {"recent": None}})
    check_scoring(run, trained)
    with pytest.raises(DataError, match=r"^tensors.long.steps: 6 was given; .*trained with 5$"):
        check_scoring(run, trained | {"tensors": {"recent": None, "long": {"steps": 5}}})
    with pytest.raises(
        DataError, match=r"^traits.mean: steps .* 'results' was trained with spend$"
    ):
        check_scoring(run, trained | {"traits": {"mean": "spend"}})
    # What does not touch the model may differ.
    check_scoring(run, trained | {"seed": 3, "cards": {"classes": 2}})


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """A workflow of its own that reads its config as Snakefile does; returns what it printed."""
    folder = tmp_path_factory.mktemp("workflow")
    (folder / "Snakefile").write_text(
        'configfile: "config.yaml"\n\n\n'
        f'include: "{ROOT / "rules/common.smk"}"\n\n\n'
        'rule all:\n    shell:\n        "echo {CONFIG.seed}"\n'
    )

    def run(config: str) -> tuple[int, str]:
        (folder / "config.yaml").write_text(config)
        command = [sys.executable, "-m", "snakemake", "--dry-run", "--cores", "1"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_good_config_runs(workflow: Workflow) -> None:
    code, printed = workflow("seed: 7\n")
    assert code == 0, printed


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("modle: {}\n", "The config has a mistake:\nmodle: unknown key; did you mean model?"),
        (
            "results: config.yaml/a\n",
            "mistake:\nresults: 'config.yaml/a' was given, but 'config.yaml' is a file",
        ),
        ("model: [1, 2\n", "Config file is not valid JSON or YAML"),
        ("just text\n", "Config file must be given as JSON or YAML with keys at top level"),
    ],
)
def test_snakemake_shows_the_mistake_without_a_trace(
    workflow: Workflow, config: str, message: str
) -> None:
    code, printed = workflow(config)
    assert code != 0
    assert message in printed
    assert "Traceback" not in printed
    # Snakemake frames a message by its place in the Snakefile, a line before and a line after.
    assert len(printed.strip().splitlines()) <= 4
