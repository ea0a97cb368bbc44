"""Ingest: nothing is lost, every sum is exact, and shards give what one job gives."""

import datetime
import gzip
import hashlib
import hmac
import json
import math
import os
import random
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_runs import HEAD, PLAIN, READING, ROWS, RULES, Content, run, shards_of, table_of
from slow_ingest import messy, slow_reader

from spendscape.core.errors import DataError
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.file_parts import cuttable, plan
from spendscape.ingest.ingest import gather, read_shard


def check(tmp_path: Path, texts: dict[str, str]) -> Counter[str]:
    """Hold ingest against the slow reader, file by file; the counts of the verdicts."""
    files = {name: text.encode() for name, text in texts.items()}
    expected = {name: list(slow_reader(text)) for name, text in texts.items()}
    everything = [row for rows in expected.values() for row in rows]
    counts = Counter(row[1] for row in everything)
    if not counts["accepted"]:
        with pytest.raises(DataError, match="none was accepted"):
            run(tmp_path, files)
        return counts
    ledger, monthly, quarantine = run(tmp_path, files)
    total = ledger["total"]
    found = Counter({"accepted": total["accepted"]["rows"]})
    for verdict in ("quarantined", "excluded"):
        found += Counter({k: v["rows"] for k, v in total[verdict]["reasons"].items()})
    assert found == counts

    exact_sums: dict[Any, Decimal] = defaultdict(Decimal)
    transactions = Counter[Any]()
    for _, verdict, customer, date, own, amount in everything:
        if verdict == "accepted" and date and amount is not None:
            exact_sums[customer, date.replace(day=1), own] += amount
            transactions[customer, date.replace(day=1), own] += 1
    rows = {(row["customer_id"], row["month"], row["class"]): row for row in monthly}
    order = sorted(exact_sums, key=lambda own: (own[1], own[0], own[2]))
    assert list(rows) == order, "sorted by month, customer and class"
    assert {key: row["transactions"] for key, row in rows.items()} == transactions
    # The file holds float64: the exact sum's nearest, or its neighbour beyond 2^53 units.
    for key, exact in exact_sums.items():
        near = 0 if abs(exact) < 2**53 / 1_000_000 else math.ulp(float(exact))
        assert abs(rows[key]["amount"] - float(exact)) <= near
    assert Decimal(total["accepted"]["amount"]) == sum(exact_sums.values())
    read = [row[5] for row in everything if row[5] is not None]
    assert Decimal(total["read"]["amount"]) == sum(read, Decimal(0))

    bad = list(total["quarantined"]["reasons"])
    assert [(q["file"], q["line"], q["reason"]) for q in quarantine] == [
        (name, row[0], row[1]) for name, rows in expected.items() for row in rows if row[1] in bad
    ]
    assert all(set(q) == {"file", "row", "line", "reason"} for q in quarantine)
    return counts


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_every_row_has_the_verdict_of_the_slow_reader(
    tmp_path: Path, seed: int, broken: bool
) -> None:
    rng = random.Random(seed)
    counts = check(tmp_path, {f"bank {k} 'x\".csv": messy(rng, 400, broken) for k in range(2)})
    assert len(counts) == (9 if broken else 8), "the messy file lost a kind of mess"


ANY = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters='"\n\r\ufeff'), max_size=8
)
DAYS = st.one_of(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)).map(str),
    st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2020, 9, 1)).map(
        lambda t: t.isoformat(timespec="seconds")
    ),
    st.sampled_from(["2024-02-30", "2024-1-1", "20240101", ""]),
    ANY,
)
NUMBERS = st.decimals(-(10**13), 10**13, places=3)
MONEY = st.one_of(
    NUMBERS.map(str),
    NUMBERS.map(lambda value: f"{value:,}"),
    NUMBERS.map(lambda value: f"£ {abs(value):,.2f}"),
    NUMBERS.map(lambda value: f"({abs(value)})"),
    st.integers(-99, 99).map(lambda value: f"{value}-"),
    st.sampled_from(["", "N/A", "1e300", "NaN", "-inf", "1.2.3", "0x1A", "１２", "1_000"]),
    ANY,
)
NAMES = st.one_of(st.sampled_from(["ann", " bob ", "zoë", "zoë"]), ANY)
KINDS = st.one_of(st.sampled_from(["food", "groceries", "rent ", "salary", "kino, theatre"]), ANY)


def field(text: str, quoted: bool) -> str:
    """A field of a CSV file."""
    return f'"{text}"' if quoted or "," in text else text


LINES = st.one_of(
    st.tuples(ANY, NAMES, DAYS, KINDS, MONEY, st.booleans()).map(
        lambda row: ",".join(field(text, row[-1]) for text in row[:-1])
    ),
    st.sampled_from(["", "a,b", ",,,,,,", '"x"y,a,2020-01-01,food,1', "n,ann,2024-05-05,food,7"]),
)


@settings(
    max_examples=int(os.environ.get("SPENDSCAPE_EXAMPLES", "60")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]), st.booleans())  # fmt: skip
def test_any_file_at_all(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, mark: str, last: bool
) -> None:
    text = mark + end.join(["note,payer,day,kind,money", *lines]) + (end if last else "")
    check(tmp_path_factory.mktemp("any"), {"a.csv": text})


def test_amounts_that_cannot_be_read_are_null_and_not_zero(tmp_path: Path) -> None:
    text = b"payer,day,kind,money\na,2024-01-01,food,x\na,2024-01-01,food,2\na,never,food,3\n"
    ledger, _, _ = run(tmp_path, {"a.csv": text})
    reasons = ledger["files"]["a.csv"]["quarantined"]["reasons"]
    assert reasons == {
        "bad_date": {"rows": 1, "amount": "3.00"},
        "bad_amount": {"rows": 1, "amount": None},
    }
    assert ledger["total"]["read"] == {"rows": 3, "amount": "5.00"}
    json.dumps(ledger)


def test_sums_are_exact_where_floats_are_not(tmp_path: Path) -> None:
    rows = "".join(
        f"a,2024-01-01,food,{v}\n"
        for v in ["0.1"] * 10 + ["1000000000.01"] * 3 + ["-1000000000.01"] * 3
    )
    ledger, monthly, _ = run(tmp_path, {"a.csv": b"payer,day,kind,money\n" + rows.encode()})
    assert ledger["total"]["accepted"]["amount"] == "1.00"
    assert monthly[0]["amount"] == 1.0


@pytest.mark.parametrize(
    ("files", "reading", "words"),
    [
        ({"a.csv": HEAD}, Reading(columns=Columns("payer", "day", "kind", "mony")), ["ingest.columns.amount", "'mony'", "a.csv", "'money'", "'payer'"]),
        ({"a.csv": b"payer,day,kind,money,money\n"}, READING, ["ingest.columns.amount", "more than one"]),
        ({"a.parquet": table_of((pa.date32(), pa.float64())).drop(["kind"])}, READING, ["ingest.columns.category", "a.parquet"]),
        ({"a.csv": b""}, READING, ["a.csv is empty"]),
        ({"a.csv": b"\x89PNG\r\n\x1a\n\x00\xff"}, READING, ["a.csv", "column names in UTF-8"]),
        ({"a.parquet": b"PAR1 cut in the middle"}, READING, ["a.parquet cannot be read as Parquet"]),
        ({"a.doc": b"x"}, READING, ["a.doc", ".csv", "ingest.format"]),
        ({"a.csv": HEAD}, READING, ["none was accepted"]),
        ({"a.csv": HEAD + b"a,2024-01-01,food,1\n"}, Reading(columns=READING.columns, date_format="%Q"), ["ingest.date_format", "'%Q'"]),
    ],
    ids=["missing", "twice", "parquet", "empty", "binary", "cut", "ending", "no rows", "pattern"],
)  # fmt: skip
def test_mistakes_are_named(
    tmp_path: Path, files: dict[str, Content], reading: Reading, words: list[str]
) -> None:
    with pytest.raises(DataError) as error:
        run(tmp_path, files, reading)
    assert all(word in str(error.value) for word in words), str(error.value)
    assert len(str(error.value).splitlines()) <= 2


def test_no_config_value_and_no_name_becomes_sql(tmp_path: Path) -> None:
    evil = "'; DROP TABLE customers; --"
    header = f'"{evil}","d""ay","ki\'nd",money\n'.encode()
    reading = Reading(
        columns=Columns(evil, 'd"ay', "ki'nd", "money"),
        amount_ignores="']\\^",
        missing_amounts=[evil],
    )
    rules = ClassRules(class_map={evil: "o'class"}, excluded_categories=["it's"], allow_unused=True)
    rows = f'"{evil}",2024-01-01,"{evil}",1\'000\nb,2024-01-01,it\'s,2\n'.encode()
    ledger, monthly, _ = run(tmp_path, {f"{evil}.csv": header + rows}, reading, rules)
    assert monthly[0]["customer_id"] == evil
    assert monthly[0]["amount"] == 1000
    assert ledger["classes"] == ["o'class"]
    columns = pa.table({evil: ["c"], 'd"ay': ["2024-01-01"], "ki'nd": [evil], "money": [1.5]})
    assert run(tmp_path, {"a.parquet": columns}, reading, rules)[1][0]["amount"] == 1.5


def test_pseudonyms(tmp_path: Path) -> None:
    key = b"a key of sixteen or more"
    _, monthly, _ = run(tmp_path, {"a.csv": HEAD + ROWS.encode()}, rules=PLAIN, key=key)
    names = {row["customer_id"] for row in monthly}
    assert names == {hmac.new(key, n.encode(), hashlib.sha256).hexdigest() for n in ("ann", "zoë")}
    with pytest.raises(DataError, match="5 bytes"):
        run(tmp_path, {"a.csv": HEAD + ROWS.encode()}, rules=PLAIN, key=b"short")


MESSY = (
    HEAD
    + b'"b\nb",2024-01-31,food,1\n\nann,2024-01-31,"fo""od",2\nann,never,food,4\nx,y\n'
    + b"".join(b"c%d,2024-0%d-11,rent,%d.25\n" % (k % 7, k % 9 + 1, k) for k in range(200))
    + "zoë,2024-01-31,mystery,8".encode()
)


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("repeats", [False, True])
def test_shards_give_what_one_job_gives(tmp_path: Path, shards: int, repeats: bool) -> None:
    table = pa.table(
        {"payer": ["ann", "c1", "only"] * 30, "day": ["2024-05-05", "2024-05-06", "x"] * 30, "kind": ["food"] * 90, "money": range(90)}
    )  # fmt: skip
    files = {"a.csv": MESSY, "b.parquet": table, "c.csv.gz": gzip.compress(MESSY)}
    # The money is as good an id as any: rows of the same money are repeats.
    columns = replace(READING.columns, transaction="money" if repeats else None)
    reading = replace(READING, columns=columns)
    key = b"0123456789abcdef"
    ledger, monthly, quarantine = run(tmp_path, files, reading, RULES, key=key)
    sizes = [
        (n, str(tmp_path / "raw" / n), (tmp_path / "raw" / n).stat().st_size, cuttable(n, "utf-8"))
        for n in files
    ]
    pieces = plan(sizes, shards)
    assert len(pieces) <= shards and (shards < 3 or len(pieces) > 1)
    surveys, parts, bad = [], [], []
    for k, some in enumerate(pieces):
        (work := tmp_path / f"shard-{k}").mkdir()
        parts.append(str(work / "part.parquet"))
        own = str(work / "quarantine.parquet")
        surveys.append(read_shard(some, reading, parts[-1], own, str(work), key=key))
        bad += pq.read_table(own).to_pylist()
    out, work = str(tmp_path / "gathered.parquet"), tmp_path / "gather"
    work.mkdir()
    found = gather(parts, surveys, reading, RULES, out, str(work), 1.0)
    assert found == ledger
    assert pq.read_table(out).to_pylist() == monthly
    places = [(row["file"], row["line"] or row["row"], row["reason"]) for row in quarantine]
    assert [(row["file"], row["line"] or row["row"], row["reason"]) for row in bad] == places


def test_the_ledger_says_which_files_are_one(tmp_path: Path) -> None:
    files: dict[str, Content] = {"a.csv": HEAD + ROWS.encode()}
    assert "files_that_are_one" not in run(tmp_path, files, rules=PLAIN)[0]
    (tmp_path / "raw" / "b.csv").symlink_to("a.csv")
    both = files | {"b.csv": files["a.csv"]}
    for ledger in (
        run(tmp_path, both, rules=PLAIN)[0],
        shards_of(tmp_path, both, READING, PLAIN, 2)[0],
    ):
        assert ledger["files_that_are_one"] == [["a.csv", "b.csv"]]
        assert "1 file read under several names" in ledger["summary"]
    (tmp_path / "raw" / "b.csv").unlink()
    copy = files | {"b.csv": files["a.csv"], "c.csv": HEAD, "d.csv": HEAD}
    assert run(tmp_path, copy, rules=PLAIN)[0]["files_that_are_one"] == [["a.csv", "b.csv"]]
    named = replace(
        READING, from_name="(?P<payer>[ab])", columns=Columns("payer", "day", "kind", "money")
    )
    each = {f"{name}.csv": b"day,kind,money\n2024-01-01,food,1\n" for name in "ab"}
    assert "files_that_are_one" not in run(tmp_path, each, named, PLAIN)[0]


def test_a_nul_cuts_no_customer_short(tmp_path: Path) -> None:
    lines = ["n,\x80\x00a,2024-05-05,food,7", "n,\x80\x00b,2024-05-05,food,5"]
    counts = check(tmp_path, {"a.csv": "\n".join(["note,payer,day,kind,money", *lines])})
    assert counts["accepted"] == 2
