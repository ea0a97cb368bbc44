"""Any rows in any kind of source, read by any config, give what a slow plain reader finds.

SPENDSCAPE_EXAMPLES=3000 draws as many; `tests/database/run` has the packages of all kinds of sources.
"""

import importlib.util
import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from any_source import Account, Drawn, Row, drawn, slow_account, write
from hypothesis import HealthCheck, event, given, settings
from ingest_runs import sums

from spendscape.core.errors import DataError
from spendscape.ingest.databases import Database, database_table
from spendscape.ingest.file_parts import cuttable, plan
from spendscape.ingest.ingest import gather, ingest, read_shard

NEEDS = {"xlsx": "python_calamine", "ods": "python_calamine", "sqlite": "adbc_driver_sqlite"}
HERE = [kind for kind, package in NEEDS.items() if importlib.util.find_spec(package)]
KINDS = ["csv", "txt", "parquet", "typed.parquet", "arrow", *HERE]


@settings(
    max_examples=int(os.environ.get("SPENDSCAPE_EXAMPLES", "40")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(case=drawn(KINDS))
def test_any_source_and_any_config(tmp_path_factory: pytest.TempPathFactory, case: Drawn) -> None:
    folder = tmp_path_factory.mktemp("any")
    found: dict[str, list[tuple[int, Row]]] = {}
    files, tables = {}, []
    # What is no file is read last.
    for k, (kind, rows) in enumerate(
        sorted(case.sources, key=lambda source: source[0] == "sqlite")
    ):
        path = folder / f"{k}.{kind}"
        name = f"{path.name}#the rows" if kind in ("xlsx", "ods") else path.name
        found[name] = write(kind, path, rows, case.reading)
        if kind == "sqlite":
            [table] = [database_table(Database("sqlite", str(path), table="rows"), case.reading)]
            tables.append(replace(table, name=name))
        else:
            files[path.name] = str(path)
    account = slow_account(found, case.reading, case.rules)
    try:
        ledger, monthly, quarantine = _read(folder, case, files, tables)
    except DataError as error:
        _refused_rightly(str(error), account, case)
        event("refused")
        return
    event("read")
    assert not account.unused or case.rules.allow_unused
    total = ledger["total"]
    verdicts = Counter({"accepted": total["accepted"]["rows"]})
    for verdict in ("quarantined", "excluded"):
        verdicts += Counter({k: v["rows"] for k, v in total[verdict]["reasons"].items()})
    assert verdicts == account.verdicts
    assert Decimal(total["read"]["amount"] or 0) == account.read
    assert Decimal(total["accepted"]["amount"]) == sum(account.sums.values())
    assert sums(monthly) == [
        (*key, float(account.sums[key]), account.transactions[key]) for key in sorted(account.sums)
    ]
    assert quarantine == account.quarantine


def _refused_rightly(message: str, account: Account, case: Drawn) -> None:
    """Check that an error is one that the slow reader expects."""
    if "no row has" in message:
        assert not case.rules.allow_unused
        key = message.partition(": no row has")[0]
        assert key in account.unused, message
        assert all(repr(value) in message.partition(" in the column")[0] for value in account.unused[key])  # fmt: skip
    elif "none was accepted" in message:
        assert not account.verdicts["accepted"]
        # Which categories no row has is told when there is an accepted row; of other columns it is told before.
        later = {"ingest.class_map", "ingest.excluded_categories"}
        assert case.rules.allow_unused or not account.verdicts or set(account.unused) <= later
    elif "no class:" in message:
        assert case.rules.unmapped == "fail" and account.without_class
    else:
        raise AssertionError(message)


def _read(
    folder: Path, case: Drawn, files: dict[str, str], tables: list[Any]
) -> tuple[dict[str, Any], list[dict[str, Any]], list[tuple[str, int, str]]]:
    """Ingest in one job, or in as many as the case says; the quarantine by file, row and reason."""
    reading, rules = case.reading, case.rules
    monthly, parts, surveys, bad = str(folder / "monthly.parquet"), [], [], []
    if case.shards == 1 or tables:
        path = str(folder / "quarantine.parquet")
        (folder / "work").mkdir()
        ledger = ingest(files, reading, rules, monthly, path, str(folder / "work"), 1.0, tables=tables)  # fmt: skip
        bad = pq.read_table(path).to_pylist()
    else:
        sizes = [
            (name, path, Path(path).stat().st_size, cuttable(path, "utf-8"))
            for name, path in files.items()
        ]
        for k, pieces in enumerate(plan(sizes, case.shards)):
            (own := folder / f"shard-{k}").mkdir()
            parts.append(str(own / "part.parquet"))
            path = str(own / "quarantine.parquet")
            surveys.append(read_shard(pieces, reading, parts[-1], path, str(own)))
            bad += pq.read_table(path).to_pylist()
        (folder / "gather").mkdir()
        ledger = gather(parts, surveys, reading, rules, monthly, str(folder / "gather"), 1.0)
    # A part of a text file knows lines, not rows.
    lines = reading.skip_lines + 1
    places = [
        (q["file"], q["row"] if q["row"] is not None else q["line"] - lines, q["reason"])
        for q in bad
    ]
    return ledger, pq.read_table(monthly).to_pylist(), places


@pytest.mark.skipif(len(HERE) < len(NEEDS), reason="`make spreadsheet` and `make database` add the readers")  # fmt: skip
def test_every_kind_of_source_is_drawn() -> None:
    assert {"csv", "xlsx", "ods", "sqlite", "arrow", "typed.parquet"} <= set(KINDS)
