"""From the sections of the config to what ingest is called with."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from spendscape.config.validate import validate
from spendscape.core.errors import DataError
from spendscape.core.pseudonyms import secret
from spendscape.ingest import settings
from spendscape.ingest.columns import Columns, Reading
from spendscape.running.job import namespace


def test_a_section_of_the_config_becomes_the_readers_settings(tmp_path: Path) -> None:
    section = {
        "columns": {"customer": "payer", "currency": "cur"},
        "currency": "EUR",
        "rates": "rates.csv",
        "drop": {"type": ["income"]},
    }
    given = validate({"ingest": section}).ingest.model_dump(mode="json")
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,rate\nUSD,0.9\n")
    made = settings.reading(namespace(given), str(rates))
    assert made == settings.reading(given, str(rates)), "a section as attributes or as a dict"
    assert made.columns == Columns(customer="payer", currency="cur")
    assert made.drop == {"type": ["income"]} and made.rates == [("USD", None, "0.9")]
    assert settings.reading(None) == Reading()


def test_class_rules_come_from_the_config_and_its_tables(tmp_path: Path) -> None:
    taxonomy, table = tmp_path / "classes.csv", tmp_path / "table.csv"
    taxonomy.write_text("class\nrent\nfood\n")
    table.write_text("category,class\n5411,food\n")
    given = namespace(validate({"ingest": {"class_map": {"flat": "rent"}}}).ingest.model_dump())
    made = settings.class_rules(given, str(taxonomy), str(table))
    assert made.taxonomy == ["rent", "food"] and made.class_map == {"flat": "rent"}
    assert made.class_table is not None and made.class_table.lookup("5411") == "food"
    simulated = settings.class_rules(None, str(taxonomy), [])
    assert simulated.taxonomy == ["rent", "food"] and simulated.class_table is None
    taxonomy.write_text("name\nrent\n")
    with pytest.raises(DataError, match=r"^simulate\.taxonomy"):
        settings.class_rules(None, str(taxonomy), [])


def test_a_files_name_starts_from_the_folder() -> None:
    given = SimpleNamespace(folder="/data", files=["*.csv"])
    paths = ["/data/2023/a.csv", "/data/b.csv"]
    assert settings.file_names(paths, given) == {"2023/a.csv": paths[0], "b.csv": paths[1]}
    assert settings.file_names(["/raw/x.parquet"], None) == {"x.parquet": "/raw/x.parquet"}
    bucket = SimpleNamespace(folder="s3://bank", files=["a.csv"])
    assert settings.file_names(["/tmp/copy"], bucket) == {"a.csv": "/tmp/copy"}


def test_the_key_of_the_pseudonyms_is_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    privacy = SimpleNamespace(pseudonymise=True, key_variable="A_KEY_OF_THE_TESTS")
    with pytest.raises(DataError, match="the environment has no such variable"):
        secret(privacy)
    monkeypatch.setenv("A_KEY_OF_THE_TESTS", "0123456789abcdef")
    assert secret(privacy) == b"0123456789abcdef"
    privacy.pseudonymise = False
    assert secret(privacy) is None


def test_the_work_folder_is_beside_the_output_and_goes(tmp_path: Path) -> None:
    with settings.work_folder(str(tmp_path / "monthly.parquet")) as work:
        assert Path(work).parent == tmp_path and not list(Path(work).iterdir())
        (Path(work) / "file").write_text("x")
    assert not list(tmp_path.iterdir())
    assert 0 < settings.query_memory(1000) < 1000


def test_the_ledger_and_the_classes_are_written(tmp_path: Path) -> None:
    ledger, classes = tmp_path / "ledger.json", tmp_path / "classes.json"
    settings.write_ledger({"classes": ["zoë"], "total": 1}, str(ledger), str(classes))
    assert json.loads(classes.read_text()) == ["zoë"]
    assert json.loads(ledger.read_text()) == {"classes": ["zoë"], "total": 1}
