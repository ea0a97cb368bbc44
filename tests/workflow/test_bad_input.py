"""A user's mistake is answered in a line or two, and nothing half-written stays."""

import re
from pathlib import Path

import pytest
from small_run import snakemake

COEFFICIENTS = "class,saver,spender\nfood,1,-1\nrent,0.5,0\ntravel,-1,1\n"
CONFIG = """\
source: files
ingest:
  folder: data
  files: [payments.csv]
  columns: {customer: who, date: day, category: kind, amount: money}
  taxonomy: null
tensors:
  long: {steps: 3, months_per_step: 12}
  recent: null
traits: {coefficients: coefficients.csv, minimum_customers: 10}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty customers with three years of three classes, and a config that reads them."""
    rows = ["who,day,kind,money"]
    for customer in range(40):
        for year in (2021, 2022, 2023):
            for month in range(1, 13):
                for k, kind in enumerate(("food", "rent", "travel")):
                    amount = 10 + (customer * 7 + k * 13 + month) % 50
                    rows.append(f"c{customer},{year}-{month:02d}-15,{kind},{amount}.50")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/payments.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "coefficients.csv").write_text(COEFFICIENTS)
    scores = "".join(f"c{k},{k % 3},{k % 5}\n" for k in range(7))
    (tmp_path / "scores.csv").write_text(f"customer_id,calm,bold\n{scores}nobody,1,2\n")
    (tmp_path / "small.yaml").write_text(CONFIG)
    return tmp_path


def test_without_a_mistake_the_same_data_go_in(folder: Path) -> None:
    done = snakemake(folder, "results/tensors/traits.parquet")
    assert done.returncode == 0, done.stderr


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text in one of the files."""
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


MISTAKES = {
    "unknown cell": (
        ("small.yaml", "traits:", "model: {cell: lsmt}\ntraits:"),
        ["model.cell: 'lsmt' was given", "nearest is 'lstm'"],
    ),
    "unknown key": (
        ("small.yaml", "traits:", "trait:"),
        ["trait", "traits"],
    ),
    "unknown key in a section": (
        ("small.yaml", "minimum_customers", "minimum_customer"),
        ["traits.minimum_customer", "minimum_customers"],
    ),
    "missing data file": (
        ("small.yaml", "payments.csv", "payment.csv"),
        ["ingest.files", "payment.csv"],
    ),
    "missing coefficients": (
        ("small.yaml", "coefficients.csv", "coefficient.csv"),
        ["traits.coefficients", "coefficient.csv"],
    ),
    "missing column": (
        ("small.yaml", "amount: money", "amount: amount"),
        ["ingest.columns.amount", "'amount'", "'who', 'day', 'kind', 'money'"],
    ),
    "class without a mapping": (
        (
            "small.yaml",
            "customer: who, date: day, category: kind, amount: money}\n",
            "customer: kind, date: day, category: who, amount: money}\n"
            "  class_map: {a: food, b: rent, c: travel}\n  allow_unused: true\n",
        ),
        ["ingest.class_map", "'c0'", "excluded_categories"],
    ),
    "coefficients of unknown classes": (
        ("coefficients.csv", "travel", "travels"),
        ["traits.coefficients", "travels", "travel"],
    ),
    "window longer than the data": (
        ("small.yaml", "steps: 3", "steps: 5"),
        ["tensors.long", "60 months", "36"],
    ),
    "too few customers": (
        ("small.yaml", "minimum_customers: 10", "minimum_customers: 100"),
        ["traits.minimum_customers", "100", "40"],
    ),
    "too few customers with measured traits": (
        ("small.yaml", "coefficients: coefficients.csv", "measured: scores.csv"),
        ["traits.minimum_customers", "7", "10", "traits.measured"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(folder: Path, name: str) -> None:
    edit, words = MISTAKES[name]
    change(folder, *edit)
    done = snakemake(folder, "results/tensors/traits.parquet")
    assert done.returncode != 0
    message = _message(done.stdout + done.stderr)
    assert len(message.splitlines()) <= 3, message
    assert all(word in message for word in words), message
    assert "Traceback" not in done.stderr
    written = [path for path in (folder / "results").rglob("*") if path.is_file()]
    assert not [path for path in written if "partial" in path.name]
    assert not (folder / "results/tensors/traits.parquet").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("amount: money", "amount: mony", "ingest.columns.amount: 'mony' was given"),
        ("taxonomy: null", "taxonomy: null\n  date_format: '%d.%m.%Y'", "ingest.date_format"),
    ],
)
def test_a_dry_run_sees_it(folder: Path, old: str, new: str, words: str) -> None:
    change(folder, "small.yaml", old, new)
    done = snakemake(folder, "-n")
    assert done.returncode != 0
    assert words in _message(done.stdout + done.stderr)


def test_coefficients_that_are_still_to_be_chosen_stop_nothing_before_them(folder: Path) -> None:
    change(folder, "small.yaml", "coefficients: coefficients.csv, ", "")
    done = snakemake(folder, "results/tensors/customers.parquet", "-n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "A later job will stop:\ntraits.coefficients: " in done.stdout + done.stderr


def test_a_class_that_only_ingest_can_miss_stops_the_run_before_training(folder: Path) -> None:
    data, config = folder / "data/payments.csv", folder / "small.yaml"
    # So large that the first look reads its beginning alone.
    head, *rows = data.read_text().splitlines()
    data.write_text("\n".join([f"{head},note", *(f"{row},{'-' * 60}" for row in rows)]) + "\n")
    config.write_text(f"{CONFIG}explain: {{unmovable: [rnt]}}\n")
    done = snakemake(folder, "results/explain/counterfactuals.parquet")
    assert done.returncode != 0
    message = (
        "spendscape swap_classes: explain.unmovable: 'rnt' was given; expected a class of the data"
    )
    assert f"{message}; nearest is 'rent'" in done.stderr and "Traceback" not in done.stderr
    assert not list((folder / "results/model").rglob("*"))


def _message(text: str) -> str:
    """What spendscape says, out of what Snakemake prints around it."""
    own = re.search(
        r"^(?:spendscape \w+: |.*The config has a mistake:\n)(?:.+\n?){1,2}", text, re.MULTILINE
    )
    other = re.search(r"^(?:WorkflowError.*\n)?.*was given;.*$", text, re.MULTILINE)
    found = own or other
    assert found, text
    return found.group()
