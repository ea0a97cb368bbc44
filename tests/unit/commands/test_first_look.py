"""What is looked at when Snakemake starts: each mistake is told, and what was found good is not looked at again."""

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

from spendscape.commands import first_look
from spendscape.config.validate import validate
from spendscape.core.errors import DataError

ROWS = "customer_id,booked,class,amount\na,2024-01-31,food,1\n"
COEFFICIENTS = "class,calm,bold\nfood,1,0.5\nrent,-1,1\n"
TABLES = ("taxonomy", "class_tables", "rates", "coefficients", "measured", "trained", "audit")
TAXONOMY = "class\nfood\nrent\nfun\n"


def look(folder: Path, coefficients: str = COEFFICIENTS, rows: str = ROWS, **sections: Any) -> str:
    """Look at a table of coefficients, a taxonomy and a file, as Snakemake does; what a later job will refuse."""
    texts = {"rows.csv": rows, "coefficients.csv": coefficients, "taxonomy.csv": TAXONOMY}
    for name, text in texts.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            (folder / name).write_text(text)
    own = {"files": ["rows.csv"], "taxonomy": "taxonomy.csv"} | sections.pop("ingest", {})
    config = validate({"source": "files", "ingest": own, **sections})
    tables = {
        "taxonomy": [str(folder / "taxonomy.csv")] if own["taxonomy"] else [],
        "class_tables": [],
        "rates": [],
        "coefficients": [str(folder / "coefficients.csv")],
        "measured": [],
        "trained": [],
        "audit": [str(folder / "coefficients.csv")] if "audit" in sections else [],
    }
    files = {"rows.csv": str(folder / "rows.csv")}
    return first_look.look(config.model_dump(mode="json"), files, tables, folder / ".snakemake")


MISTAKES = [
    ({"coefficients": COEFFICIENTS.replace("rent", "rnt")}, "'rnt'; did you mean 'rent'"),
    ({"coefficients": COEFFICIENTS.replace("-1", "x")}, "class 'rent', trait 'calm' is not a number"),
    ({"coefficients": "class,calm,calm\nfood,1,2\n"}, "more than one column 'calm'"),
    ({"coefficients": "class\nfood\n"}, "expected class and one or more traits"),
    ({"explain": {"unmovable": ["rnt"]}}, "explain.unmovable: 'rnt' .* nearest is 'rent'"),
    ({"audit": {"table": "x", "customer": "clas"}}, "audit.customer: 'clas' was given; .* nearest is 'class'"),
    ({"audit": {"table": "x", "customer": "class", "attributes": ["clam"]}}, "audit.attributes: 'clam' .* nearest is 'calm'"),
    ({"cards": {"segment": "calm > bald"}}, "cards.segment: .*'bald' is no trait; nearest is 'bold'; expected an order of traits such as calm > bold"),
    ({"cards": {"segment": "calm > calm"}}, "cards.segment: .*'calm' is twice"),
    ({"ingest": {"date_format": "%d.%m.%Y"}}, "ingest.date_format"),
    ({"ingest": {"columns": {"amount": "mount"}}}, "columns.amount: 'mount' .* nearest is 'amount'"),
    ({"ingest": {"class_map": {"x": "y"}, "taxonomy": None}}, "'food'"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "message"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_a_mistake_is_told_each_time(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    for _ in range(2):
        with pytest.raises(DataError, match=message):
            look(tmp_path, **changed)
    look(tmp_path)


def test_rows_that_the_config_lets_be_unreadable_are_no_mistake(tmp_path: Path) -> None:
    wrong, rows = {"date_format": "%d.%m.%Y"}, f"{ROWS}a,soon,food,1\na,31.01.2024,food,1\n"
    message = r"most of them in rows\.csv: bad_date 2 \(the first in line 2\)$"
    with pytest.raises(DataError, match=message):
        look(tmp_path, rows=rows, ingest=wrong)
    look(tmp_path, rows=rows, ingest=wrong | {"max_quarantined_share": 0.7})


def test_classes_that_only_the_data_tell_are_no_mistake(tmp_path: Path) -> None:
    # For these two classes alone, the trait would be the same for everybody.
    same = "class,calm,bold\nfood,1,0.5\nrent,1,1\n"
    # So many rows are not read here.
    many = ROWS + "a,2024-01-31,food,1\n" * 20_000
    look(tmp_path, same, many, ingest={"taxonomy": None})
    with pytest.raises(DataError, match="class 'food' has more than one row"):
        look(tmp_path, same + "food,1,1\n", many, ingest={"taxonomy": None})
    with pytest.raises(
        DataError,
        match=r"traits\.coefficients: .* no spending classes: 'rent'; the data have 'food'$",
    ):
        look(tmp_path, same, ingest={"taxonomy": None})
    wrong = {"never_suggest": ["rnt"]}
    two = f"{ROWS}a,2024-01-31,rent,1\n"
    with pytest.raises(DataError, match=r"explain\.never_suggest: 'rnt' .* nearest is 'rent'"):
        look(tmp_path, rows=two, ingest={"taxonomy": None}, explain=wrong)


def test_what_was_found_good_is_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def looked(*given: Any) -> str:
        looks.append(given)
        return "too few"

    monkeypatch.setattr(first_look, "_look", looked)
    assert look(tmp_path) == "too few" == look(tmp_path)
    assert len(looks) == 1
    os.utime(tmp_path / "rows.csv", (1, 1))
    look(tmp_path)
    look(tmp_path, seed=3)
    assert len(looks) == 2
    look(tmp_path, ingest={"skip_lines": 1})
    assert len(looks) == 3


def test_what_a_later_job_will_refuse_is_told(tmp_path: Path) -> None:
    assert look(tmp_path).endswith(
        "minimum_customers: 1 customer has rows that count, expected 300 or more; bring more customers, "
        "or set traits.minimum_customers to 1"
    )
    one: dict[str, Any] = {"traits": {"minimum_customers": 1}}
    assert look(tmp_path, **one) == "" == look(tmp_path, **one)
    many = ROWS + "a,2024-01-31,food,1\n" * 20_000
    assert look(tmp_path, rows=many) == ""


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, ""),
        ({"simulate": {"years": 5}}, "tensors.long: 6 steps of 12 months need 72 months; the data have 60"),
        ({"simulate": {"customers": 9}}, "traits.minimum_customers: 9 customers"),
        ({"source": "files", "ingest": {"files": ["a"], "taxonomy": None, "class_map": {"a": "b"}}}, "traits.coefficients: the table has 2 classes"),
    ],
)  # fmt: skip
def test_so_is_what_the_config_alone_shows(
    tmp_path: Path, config: dict[str, Any], message: str
) -> None:
    (tmp_path / "coefficients.csv").write_text(COEFFICIENTS)
    tables: dict[str, list[str]] = {key: [] for key in TABLES}
    tables["trained"] = [str(tmp_path / "coefficients.csv")]
    values = validate(config).model_dump(mode="json")
    found = first_look.look(values, {}, tables, tmp_path / ".snakemake")
    assert found.startswith(message) and bool(found) == bool(message)


MISSING = [
    ("database", {"query": "SELECT 1", "connection": {"uri": "a.db", "driver": "sqlite"}}, "adbc_driver_manager"),
    ("delta", {"table": "a", "version": 1}, "deltalake"),
    ("iceberg", {"table": "a.b", "version": 1, "connection": {"uri": "sqlite:///a"}}, "pyiceberg"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "ingest", "package"), MISSING)
def test_a_package_that_is_not_installed_is_named(
    tmp_path: Path, source: str, ingest: dict[str, Any], package: str
) -> None:
    config = validate({"source": source, "ingest": ingest}).model_dump(mode="json")
    tables: dict[str, list[str]] = {key: [] for key in TABLES}
    if importlib.util.find_spec(package):
        first_look.look(config, {}, tables, tmp_path / ".snakemake")
        return
    with pytest.raises(DataError, match=rf"needs the package {package}.*; `make (database|lake)`"):
        first_look.look(config, {}, tables, tmp_path / ".snakemake")
