"""Ingest: nothing is lost, and every sum is exact, against a slow reader in plain Python."""

import csv
import datetime
import hashlib
import json
import math
import os
import random
import re
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spendscape.config.config import Config
from spendscape.config.validate import validate
from spendscape.core.errors import DataError
from spendscape.ingest import file_views as raw_files
from spendscape.ingest.classes import ClassRules, assign_classes, taxonomy_classes
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.ingest import ingest

READING = Reading(
    columns=Columns("payer", "day", "kind", "money"),
    amount_ignores="£$€, ",
    missing_amounts=["", "N/A"],
)
RULES = ClassRules(
    taxonomy=["food", "rent", "fun"],
    class_map={"groceries": "food", "pubs": "fun", "kino, theatre": "fun"},
    excluded_categories=["salary"],
    unmapped="exclude",
)
SPACE = " \t\r\n\u00a0\ufeff"


def run(tmp_path, files, reading=READING, rules=RULES, **options):
    """Ingest `files` (name to bytes or table); the ledger, the monthly rows and the quarantine."""
    folder, work = tmp_path / "raw", tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
    folder.mkdir(exist_ok=True)
    work.mkdir()
    for name, content in files.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            pq.write_table(content, folder / name, row_group_size=max(3, len(content) // 5))
    monthly, quarantine = str(work / "monthly.parquet"), str(work / "quarantine.parquet")
    ledger = ingest(
        {name: str(folder / name) for name in files},
        reading,
        rules,
        monthly,
        quarantine,
        str(work),
        **({"max_quarantined_share": 1.0} | options),
    )
    return ledger, pq.read_table(monthly).to_pylist(), pq.read_table(quarantine).to_pylist()


def slow_amount(text):
    """The amount of a text, None where it is none."""
    digits = r"(\d+|\d{1,3}([£$€, ]\d{2,3})*[£$€, ]\d{3})?"
    pattern = rf"[£$€, ]*(?P<minus>[-+(]?)[£$€, ]*(?P<number>{digits}(\.\d*)?)[£$€, ]*(?P<end>[-)]?)[£$€, ]*"
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+", text, re.ASCII):
        value = Decimal(text)
        return None if abs(value) >= 10**12 else value.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    found = re.fullmatch(pattern, text, re.ASCII)
    if not found or found["minus"] + found["end"] not in ("", "-", "+", "()"):
        return None
    number = re.sub("[£$€, ]", "", found["number"])
    if number in ("", "."):
        return None
    value = Decimal(number).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return (
        None
        if value >= 10**12
        else -value
        if "-" in found["minus"] + found["end"] or found["end"] == ")"
        else value
    )


def slow_reader(text, reading=READING, rules=RULES):
    """The verdict on each row of a CSV file without line breaks in fields: (line, verdict, ...)."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    header = next(csv.reader([lines[0]]))
    columns = reading.columns
    places = [
        header.index(name)
        for name in (columns.customer, columns.date, columns.category, columns.amount)
    ]
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        try:
            fields = next(csv.reader([line], strict=True))
        except csv.Error:
            fields = []
        while len(fields) > len(header) and not fields[-1]:
            fields.pop()
        if len(fields) != len(header):
            yield number, "malformed_row", None, None, None, None
            continue
        customer, day, category, money = (fields[place].strip(SPACE) for place in places)
        amount = None if money in reading.missing_amounts else slow_amount(money)
        try:
            date = (
                datetime.date.fromisoformat(day[:10])
                if len(day) in (10, 19) and day[4:5] == "-"
                else None
            )
        except ValueError:
            date = None
        own = category if category in rules.taxonomy else rules.class_map.get(category)
        if not customer:
            verdict = "no_customer"
        elif date is None:
            verdict = "bad_date"
        elif not 1970 <= date.year <= 2099:
            verdict = "date_out_of_range"
        elif money in reading.missing_amounts:
            verdict = "missing_amount"
        elif amount is None:
            verdict = "bad_amount"
        elif category in rules.excluded_categories:
            verdict = "excluded_category"
        else:
            verdict = "accepted" if own else "unmapped_category"
        yield number, verdict, customer, date, own, amount


def messy(rng, rows, broken):
    """A messy CSV file; with `broken`, some lines are not even rows."""
    customers = ["ann", " bob ", '"o\'hara, s"', '"q""t"', "zoë", "", "<script>", "x" * 300]
    days = [
        "2023-01-31", "2023-02-28", "2024-02-29", "2023-02-29", "31.01.2023", "2023-03-01 23:59:59",
        "2023-03-01T00:00:00", "", "2999-01-01", "1815-06-18", "infinity", "2023-1-5", "2023/01/05",
    ]  # fmt: skip
    kinds = [
        "food",
        "groceries",
        "pubs",
        '"kino, theatre"',
        "rent",
        "salary",
        "mystery",
        "",
        " food",
    ]
    money = [
        "12.30", "-4.99", "£26050.00", '"£26,050.00"', "$-25.00", "(2966.97)", '"(1,000)"', "N/A", "",
        "0", ".5", "7.", '"1.234,50"', '"1,23"', "NaN", "inf", "1e300", "--1", "(5", "5)", "0.1", "£", "+3",
        '"12,34,567.89"', "999999999999.9999", "1000000000000", "0.00005", "0.0000005", "ten",
    ]  # fmt: skip
    lines = ["note,payer,day,kind,money"]
    for _ in range(rows):
        # Half of the fields are the first, so that many rows pass.
        fields = [
            rng.choice([pool[0], rng.choice(pool)]) for pool in (customers, days, kinds, money)
        ]
        line = ",".join(["", *fields])
        if broken and rng.random() < 0.1:
            line = rng.choice(
                [line + ",1", line.rpartition(",")[0], "a,b", f'"x"y{line}', f"{line}1,234", ""]
            )
        lines.append(line)
    return rng.choice(["", "\ufeff", "\ufeff\ufeff"]) + "\n".join(lines) + "\n"


def check(tmp_path, texts):
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

    sums, transactions = defaultdict(Decimal), Counter()
    for _, verdict, customer, date, own, amount in everything:
        if verdict == "accepted":
            sums[customer, date.replace(day=1), own] += amount
            transactions[customer, date.replace(day=1), own] += 1
    rows = {(row["customer_id"], row["month"], row["class"]): row for row in monthly}
    assert list(rows) == sorted(sums), "sorted by customer, month and class"
    assert {key: row["transactions"] for key, row in rows.items()} == transactions
    # The file holds float64: the exact sum's nearest, or its neighbour beyond 2^53 units.
    for key, exact in sums.items():
        near = 0 if abs(exact) < 2**53 / 1_000_000 else math.ulp(float(exact))
        assert abs(rows[key]["amount"] - float(exact)) <= near
    assert Decimal(total["accepted"]["amount"]) == sum(sums.values())
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
def test_every_row_has_the_verdict_of_the_slow_reader(tmp_path, seed, broken):
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


def field(text, quoted):
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
def test_any_file_at_all(tmp_path_factory, lines, end, mark, last):
    text = mark + end.join(["note,payer,day,kind,money", *lines]) + (end if last else "")
    check(tmp_path_factory.mktemp("any"), {"a.csv": text})


def test_amounts_that_cannot_be_read_are_null_and_not_zero(tmp_path):
    text = b"payer,day,kind,money\na,2024-01-01,food,x\na,2024-01-01,food,2\na,never,food,3\n"
    ledger, _, _ = run(tmp_path, {"a.csv": text})
    reasons = ledger["files"]["a.csv"]["quarantined"]["reasons"]
    assert reasons == {
        "bad_date": {"rows": 1, "amount": "3.00"},
        "bad_amount": {"rows": 1, "amount": None},
    }
    assert ledger["total"]["read"] == {"rows": 3, "amount": "5.00"}
    json.dumps(ledger)


def test_sums_are_exact_where_floats_are_not(tmp_path):
    rows = "".join(
        f"a,2024-01-01,food,{v}\n"
        for v in ["0.1"] * 10 + ["1000000000.01"] * 3 + ["-1000000000.01"] * 3
    )
    ledger, monthly, _ = run(tmp_path, {"a.csv": b"payer,day,kind,money\n" + rows.encode()})
    assert ledger["total"]["accepted"]["amount"] == "1.00"
    assert monthly[0]["amount"] == 1.0


@pytest.mark.parametrize(
    ("lines", "verdicts"),
    [
        # An open quote costs its own line, not the rest of the file.
        (b'a,2024-01-01,food,1\nb,2024-01-01,"food,2\nc,2024-01-01,food,3\n', {3: "malformed_row"}),
        # A line break inside quotes belongs to the row.
        (b'a,2024-01-01,"fo\nod",1\nb,bad,food,2\nc,2024-01-01,food,3\n', {4: "bad_date"}),
        (b"a,2024-01-01,food\xff,1\nb,2024-01-01,food,2\n", {2: "bad_encoding"}),
        # Thousands separators without quotes make a field more; nothing is cut to "1".
        (b"a,2024-01-01,food,1,234.50\nb,2024-01-01,food,2\n", {2: "malformed_row"}),
        # Mixed line ends, empty lines and a last line without an end.
        (b"a,2024-01-01,food,1\r\nb,2024-01-01,food,x\n\n\r\nc,2024-01-01,food,3", {3: "bad_amount"}),
        (b"a,2024-01-01,food,1\nb," + b"y" * 3_000_000 + b",food,2\nc,2024-01-01,food,3\n", {3: "malformed_row"}),
        (b"a,2024-01-01,food,1\nb\x00,2024-01-01,food,1\nc,2024-01-01,food,1\x00\n", {4: "bad_amount"}),
        (b"\xef\xbb\xbfa,2024-01-01,food,1\n", {}),
    ],
    ids=["open quote", "line break", "encoding", "separator", "line ends", "long line", "nul", "mark"],
)  # fmt: skip
def test_broken_lines_cost_only_themselves(tmp_path, lines, verdicts):
    ledger, monthly, quarantine = run(
        tmp_path, {"a.csv": b"payer,day,kind,money\n" + lines}, keep_rejected_text=True
    )
    assert {q["line"]: q["reason"] for q in quarantine} == verdicts
    rows = ledger["total"]["accepted"]["rows"] + ledger["total"]["excluded"]["rows"]
    assert rows + len(verdicts) == ledger["total"]["read"]["rows"]
    assert sum(row["transactions"] for row in monthly) == ledger["total"]["accepted"]["rows"]
    assert all(q["text"] for q in quarantine)


def test_a_clean_file_goes_the_fast_way_and_a_broken_one_the_careful_way(tmp_path, monkeypatch):
    used = []
    careful = raw_files.careful_rows
    monkeypatch.setattr(
        raw_files, "careful_rows", lambda *given: used.append(given[0]) or careful(*given)
    )
    head = b"payer,day,kind,money\n"
    clean = head + b'a,2024-01-01,food,1\n"b, c",never,food,"2,000"\n'
    run(
        tmp_path,
        {
            "clean.csv": clean,
            "broken.csv": clean + b"d,2024-01-01\n",
            "crlf.csv": clean.replace(b"\n", b"\r\n"),
        },
    )
    assert [Path(path).name for path in used] == ["broken.csv"]


def table_of(types):
    """The same five rows as a table with the given types of date and amount."""
    days = [
        datetime.date(2024, 1, 31),
        datetime.date(2024, 1, 1),
        None,
        datetime.date(2024, 2, 1),
        datetime.date(2024, 2, 2),
    ]
    return pa.table(
        {
            "money": pa.array([1.1, 2.2, 3.3, None, -1.0]).cast(types[1]),
            "payer": pa.array(["a", "a ", "b", "b", None]),
            "day": pa.array(days, pa.date32()).cast(types[0]),
            "kind": pa.array(["food", "groceries", "food", "food", "food"]),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    "types",
    [
        (pa.date32(), pa.float64()),
        (pa.timestamp("us"), pa.decimal128(12, 2)),
        (pa.timestamp("ms", tz="UTC"), pa.float64()),
        (pa.string(), pa.string()),
        (pa.date64(), pa.string()),
    ],
    ids=str,
)
def test_parquet_of_any_types_reads_like_csv(tmp_path, types):
    reading = Reading(columns=READING.columns, missing_amounts=[""])
    ledger, monthly, quarantine = run(tmp_path, {"a.parquet": table_of(types)}, reading)
    assert ledger["total"]["accepted"] == {"rows": 2, "amount": "3.30"}
    assert monthly == [
        {"customer_id": "a", "month": datetime.date(2024, 1, 1), "class": "food", "amount": 3.3, "transactions": 2}
    ]  # fmt: skip
    assert [(q["row"], q["line"], q["reason"]) for q in quarantine] == [
        (3, None, "bad_date"),
        (5, None, "no_customer"),
    ]
    assert ledger["total"]["excluded"]["reasons"] == {"missing_amount": {"rows": 1, "amount": None}}
    assert ledger["customers"] == {"read": 2, "accepted": 1}
    assert "1 customers have no accepted row" in ledger["summary"]


def test_nested_types_are_quarantined_and_a_damaged_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    table = table_of((pa.timestamp("ms", tz="UTC"), pa.float64()))
    nested = table.set_column(0, "money", pa.array([[1.0]] * 5))
    with pytest.raises(DataError, match=r"none was accepted; .*bad_amount 3"):
        run(tmp_path, {"nested.parquet": nested})
    (tmp_path / "raw").mkdir(exist_ok=True)
    pq.write_table(
        pa.concat_tables([table] * 500),
        tmp_path / "whole.parquet",
        compression="none",
        use_dictionary=False,
    )
    whole = (tmp_path / "whole.parquet").read_bytes()
    with pytest.raises(DataError, match=r"damaged\.parquet cannot be read"):
        run(tmp_path, {"damaged.parquet": b"PAR1" + b"\xff" * 6000 + whole[6004:]})


def test_files_may_order_their_columns_differently(tmp_path):
    files = {
        "a.csv": b"payer,day,kind,money\na,2024-01-01,food,1\n",
        "b.csv": b"money,extra,kind,day,payer\n2,,food,2024-01-01,a\n",
    }
    _, monthly, _ = run(tmp_path, files)
    assert [(row["amount"], row["transactions"]) for row in monthly] == [(3.0, 2)]


def test_patterns_of_dates_and_the_sign_of_spending(tmp_path):
    reading = Reading(
        columns=READING.columns, date_format="%d.%m.%y", spend_is="negative", delimiter=";"
    )
    text = b"payer;day;kind;money\na;31.12.23;food;-5\na;31.13.23;food;-5\n"
    ledger, monthly, _ = run(tmp_path, {"a.txt": text}, reading)
    assert monthly[0]["month"] == datetime.date(2023, 12, 1)
    assert monthly[0]["amount"] == 5.0
    assert ledger["total"]["quarantined"]["reasons"] == {"bad_date": {"rows": 1, "amount": "5.00"}}


def test_the_bytes_do_not_depend_on_threads_or_memory(tmp_path):
    rng = random.Random(1)
    rows = [
        (f"c{rng.randrange(3000)}", datetime.date(2024, rng.randrange(1, 13), 1), rng.choice(RULES.taxonomy), rng.randrange(-999, 9999) / 100)
        for _ in range(60_000)
    ]  # fmt: skip
    table = pa.table(
        dict(
            zip(["payer", "day", "kind", "money"], map(list, zip(*rows, strict=True)), strict=True)
        )
    )
    digests = set()
    for threads, memory in [(1, 100), (2, 1000), (4, 300)]:
        folder = tmp_path / str(threads)
        folder.mkdir()
        run(folder, {"a.parquet": table}, threads=threads, memory=memory)
        digests.add(
            hashlib.sha256(next(folder.glob("work*/monthly.parquet")).read_bytes()).hexdigest()
        )
    assert len(digests) == 1


HEAD = b"payer,day,kind,money\n"


@pytest.mark.parametrize(
    ("files", "reading", "words"),
    [
        ({"a.csv": HEAD}, Reading(columns=Columns("payer", "day", "kind", "mony")), ["ingest.columns.amount", "'mony'", "a.csv", "'money'", "'payer'"]),
        ({"a.csv": b"payer,day,kind,money,money\n"}, READING, ["ingest.columns.amount", "more than one"]),
        ({"a.parquet": table_of((pa.date32(), pa.float64())).drop(["kind"])}, READING, ["ingest.columns.category", "a.parquet"]),
        ({"a.csv": b""}, READING, ["a.csv is empty"]),
        ({"a.csv": b"\x89PNG\r\n\x1a\n\x00\xff"}, READING, ["a.csv", "column names in UTF-8"]),
        ({"a.parquet": b"PAR1 cut in the middle"}, READING, ["a.parquet cannot be read as Parquet"]),
        ({"a.xlsx": b"x"}, READING, ["a.xlsx", ".csv"]),
        ({"a.csv": HEAD}, READING, ["none was accepted"]),
        ({"a.csv": HEAD + b"a,2024-01-01,food,1\n"}, Reading(columns=READING.columns, date_format="%Q"), ["ingest.date_format", "'%Q'"]),
    ],
    ids=["missing", "twice", "parquet", "empty", "binary", "cut", "ending", "no rows", "pattern"],
)  # fmt: skip
def test_mistakes_are_named(tmp_path, files, reading, words):
    with pytest.raises(DataError) as error:
        run(tmp_path, files, reading)
    assert all(word in str(error.value) for word in words), str(error.value)
    assert len(str(error.value).splitlines()) <= 2


def test_too_many_quarantined_rows_stop_the_run(tmp_path):
    text = HEAD + b"a,2024-01-01,food,1\n" * 98 + b"a,x,food,1\na,2024-01-01,food,secret\n"
    run(tmp_path, {"a.csv": text}, max_quarantined_share=0.02)
    with pytest.raises(DataError) as error:
        run(tmp_path, {"a.csv": text}, max_quarantined_share=0.019)
    message = str(error.value)
    assert "max_quarantined_share: 0.019" in message
    assert "2 of 100 rows (2.00%)" in message
    assert "bad_date 1" in message
    assert "secret" not in message


def test_no_config_value_and_no_name_becomes_sql(tmp_path):
    evil = "'; DROP TABLE customers; --"
    header = f'"{evil}","d""ay","ki\'nd",money\n'.encode()
    reading = Reading(
        columns=Columns(evil, 'd"ay', "ki'nd", "money"),
        amount_ignores="']\\^",
        missing_amounts=[evil],
    )
    rules = ClassRules(class_map={evil: "o'class"}, excluded_categories=["it's"])
    rows = f'"{evil}",2024-01-01,"{evil}",1\'000\nb,2024-01-01,it\'s,2\n'.encode()
    ledger, monthly, _ = run(tmp_path, {f"{evil}.csv": header + rows}, reading, rules)
    assert monthly[0]["customer_id"] == evil
    assert monthly[0]["amount"] == 1000
    assert ledger["classes"] == ["o'class"]
    columns = pa.table({evil: ["c"], 'd"ay': ["2024-01-01"], "ki'nd": [evil], "money": [1.5]})
    assert run(tmp_path, {"a.parquet": columns}, reading, rules)[1][0]["amount"] == 1.5


@pytest.mark.parametrize(
    ("rules", "classes", "mapping"),
    [
        (ClassRules(), ["a", "b", "pay"], {"a": "a", "b": "b", "pay": "pay"}),
        (ClassRules(excluded_categories=["pay"]), ["a", "b"], {"a": "a", "b": "b", "pay": None}),
        (ClassRules(class_map={"a": "z", "pay": "y", "b": "z"}), ["y", "z"], {"a": "z", "b": "z", "pay": "y"}),
        (ClassRules(class_map={"a": "b"}, unmapped="rest"), ["b", "rest"], {"a": "b", "b": "b", "pay": "rest"}),
        (ClassRules(["q", "b", "a"], unmapped="exclude"), ["q", "b", "a"], {"a": "a", "b": "b", "pay": None}),
        (ClassRules(["b", "a"], {"a": "b"}, unmapped="a"), ["b", "a"], {"a": "b", "b": "b", "pay": "a"}),
    ],
)  # fmt: skip
def test_categories_become_classes(rules, classes, mapping):
    assert assign_classes({"a": 1, "b": 2, "pay": 3}, rules) == (classes, mapping)


def test_categories_without_a_class_are_named_with_the_nearest(tmp_path):
    rows = {f"mystery {k}": k for k in range(1, 8)} | {"groceris": 1000}
    rules = ClassRules(taxonomy=["groceries", "rent"])
    with pytest.raises(DataError) as error:
        assign_classes(rows, rules)
    message = str(error.value)
    assert "8 categories have no class: 'groceris' (1,000 rows; nearest is 'groceries')" in message
    assert "'mystery 4' (4 rows)" in message
    assert "mystery 3" not in message, "five are enough"
    assert "ingest.unmapped" in message


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        (ClassRules(["pubs"], {"bar": "pub"}), "ingest.class_map['bar']: 'pub'"),
        (ClassRules(["pubs"], unmapped="pub"), "ingest.unmapped: 'pub'"),
    ],
)
def test_a_class_that_the_taxonomy_does_not_have(rules, key):
    with pytest.raises(DataError, match=re.escape(key)) as error:
        assign_classes({"bar": 1}, rules)
    assert "nearest is 'pubs'" in str(error.value)


def test_the_taxonomy_table(tmp_path):
    path = tmp_path / "classes.csv"
    path.write_text("# ours\nclass,group\nrent,home\nfood,daily\n")
    assert taxonomy_classes(str(path), "ingest.taxonomy") == ["rent", "food"]
    for text, words in [
        ("name\nrent\n", "a column class"),
        ("class\nrent\nrent\n", "'rent' more than once"),
        ("class\n", "no class"),
    ]:
        path.write_text(text)
        with pytest.raises(DataError, match=words):
            taxonomy_classes(str(path), "ingest.taxonomy")


def test_the_settings_are_keys_of_the_config():
    keys = set(Config().ingest.model_dump())
    assert set(Reading.__dataclass_fields__) <= keys
    assert set(ClassRules.__dataclass_fields__) - {"class_table"} <= keys
    assert set(Columns.__dataclass_fields__) == set(Config().ingest.columns.model_dump())


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"amount_ignores": "£.-"}, "'£.-' was given; - . is part of a number"),
        ({"first_month": "2024-01", "last_month": "2023-01"}, "first_month is 2024-01, after"),
    ],
)
def test_the_config_refuses(section, words):
    with pytest.raises(DataError, match=re.escape(words)):
        validate({"ingest": section})
