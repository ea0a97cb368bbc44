"""What banks really export: each form is read to the same sums, alone and in shards."""

import bz2
import gzip
import hashlib
import hmac
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from test_ingest import HEAD, READING, RULES, run

from spendscape.config.validate import validate
from spendscape.core.errors import DataError
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.file_parts import Piece, cuttable, plan
from spendscape.ingest.ingest import gather, read_shard

ROWS = "ann,2024-01-31,food,12.50\nzoë,2024-02-01,rent,800\nann,2024-01-05,food,-2.50\n"
SUMS = [("ann", "2024-01", "food", 10.0, 2), ("zoë", "2024-02", "rent", 800.0, 1)]
PLAIN = ClassRules(taxonomy=["food", "rent", "fun"])


def sums(monthly):
    """The rows of monthly.parquet in short."""
    return [
        (r["customer_id"], str(r["month"])[:7], r["class"], r["amount"], r["transactions"])
        for r in monthly
    ]


def read(tmp_path, text, name="a.csv", **changes):
    """Ingest one file of the columns payer, day, kind, money."""
    columns = replace(READING.columns, **changes.pop("columns", {}))
    content = text.encode() if isinstance(text, str) else text
    reading = replace(READING, columns=columns, **changes)
    return run(tmp_path, {name: content}, reading, PLAIN)


def reasons(ledger, verdict):
    """Rows by reason."""
    return {name: entry["rows"] for name, entry in ledger["total"][verdict]["reasons"].items()}


@pytest.mark.parametrize(
    ("name", "content", "settings"),
    [
        ("a.csv.gz", gzip.compress((HEAD.decode() + ROWS).encode()), {}),
        ("a.csv.bz2", bz2.compress((HEAD.decode() + ROWS).encode()), {}),
        ("a.csv.zst", pa.Codec("zstd").compress((HEAD.decode() + ROWS).encode(), asbytes=True), {}),
        ("a.txt", (HEAD.decode() + ROWS).encode("cp1252"), {"encoding": "cp1252"}),
        ("a.csv", (HEAD.decode() + ROWS).encode("utf-16"), {"encoding": "utf-16"}),
        ("a.csv", "\ufeff\ufeff" + HEAD.decode() + ROWS, {}),
        ("a.csv", "My bank\nkept, for you\n" + HEAD.decode() + ROWS, {"skip_lines": 2}),
        ("a.csv", ROWS, {"column_names": ["payer", "day", "kind", "money"]}),
        ("a.csv", (HEAD.decode() + ROWS).replace(",", "\t"), {"delimiter": "\t"}),
        ("a.csv", (HEAD.decode() + ROWS).replace("food", "'food'"), {"quote": "'"}),
    ],
)  # fmt: skip
def test_text_of_any_form(tmp_path, name, content, settings):
    ledger, monthly, quarantine = read(tmp_path, content, name, **settings)
    assert sums(monthly) == SUMS and not quarantine
    assert ledger["total"]["read"]["rows"] == 3


def test_a_mark_of_quotation_can_mean_nothing(tmp_path):
    text = HEAD.decode() + 'ann,2024-01-31,food,1\n"bob,2024-01-31,food,2\n'
    _, monthly, quarantine = read(tmp_path, text, quote="")
    assert [row[0] for row in sums(monthly)] == ['"bob', "ann"] and not quarantine


@pytest.mark.parametrize("stream", [False, True])
def test_arrow_files(tmp_path, stream):
    table = pa.table(
        {
            "payer": pa.array(["ann", "zoë", "ann"]).dictionary_encode(),
            "day": pa.array(["2024-01-31", "2024-02-01", "2024-01-05"]).cast(pa.date32()),
            "kind": ["food", "rent", "food"],
            "money": [12.5, 800, -2.5],
        }
    )
    path = tmp_path / "x.feather"
    if stream:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    else:
        pyarrow.feather.write_feather(table, path)
    content = path.read_bytes()
    assert sums(read(tmp_path, content, "a.arrow")[1]) == SUMS
    with pytest.raises(DataError, match=r"a\.feather cannot be read as Arrow"):
        read(tmp_path, content[: len(content) // 2] if not stream else b"x" * 99, "a.feather")


@pytest.mark.parametrize(
    ("name", "content", "settings", "words"),
    [
        ("a.csv.gz", gzip.compress(b"x" * 9999)[:-20], {}, "a.csv.gz cannot be decompressed"),
        ("a.csv.zst", b"nothing of the kind", {}, "a.csv.zst cannot be decompressed"),
        ("a.csv", "zoë".encode("cp1252"), {"encoding": "utf-16"}, "ingest.encoding: 'utf-16'"),
        ("a.csv", "zoë".encode(), {"encoding": "klingon"}, "an encoding such as utf-8"),
        ("a.xlsx", "x", {}, "expected a name that ends in"),
        ("a.parquet.gz", "x", {}, "expected a name that ends in"),
        ("a.csv", HEAD.decode(), {"from_name": "b_(?P<kind>.*)"}, "does not fit it"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_named(tmp_path, name, content, settings, words):
    with pytest.raises(DataError, match=words.replace("(", "[(]")):
        read(tmp_path, content, name, **settings)


@pytest.mark.parametrize(
    ("days", "settings", "months"),
    [
        (["960728", "000131", "961341"], {"date_format": "%y%m%d"}, ["1996-07", "2000-01", None]),
        (["31.12.2024", "1.2.2024", "2024-02-01"], {"date_format": "%d.%m.%Y"}, ["2024-12", "2024-02", None]),
        (["40339.61528", "45292", "45291.99", "59", "x"], {"date_format": "spreadsheet"}, ["2010-06", "2024-01", "2023-12", None, None]),
        (["2024-Q3", "Q1 2024", "2024q4", "2024-Q5", "Q3"], {"date_format": "quarter"}, ["2024-09", "2024-03", "2024-12", None, None]),
        (["2010-11", "2010/2011", "FY2011", "1999-00", "2010-12"], {"date_format": "financial_year", "financial_year_ends": 3}, ["2011-03", "2011-03", "2011-03", "2000-03", None]),
    ],
)  # fmt: skip
def test_dates_of_any_form(tmp_path, days, settings, months):
    text = HEAD.decode() + "".join(f"c{k},{day},food,1\n" for k, day in enumerate(days))
    _, monthly, quarantine = read(tmp_path, text, **settings)
    found = {row[0]: row[1] for row in sums(monthly)}
    assert [found.get(f"c{k}") for k in range(len(days))] == months
    assert len(quarantine) == months.count(None)


def test_dates_in_columns_of_their_own(tmp_path):
    text = b"payer,kind,money,year,month,day\na,food,1,2002,9,30\na,food,1,2002,9,31\na,food,1,2002,13,1\na,food,1,,1,1\n"
    _, monthly, quarantine = read(tmp_path, text, columns={"date": ["year", "month", "day"]})
    assert sums(monthly) == [("a", "2002-09", "food", 1.0, 1)] and len(quarantine) == 3
    _, monthly, quarantine = read(tmp_path, text, columns={"date": ["year", "month"]})
    assert sums(monthly) == [("a", "2002-09", "food", 2.0, 2)] and len(quarantine) == 2


@pytest.mark.parametrize(
    ("text", "settings", "value"),
    [
        ("$-12.30", {}, "-12.30"), ("(2,966.97)", {}, "-2966.97"), ("£26,050.00", {}, "26050"),
        ("12.30-", {}, "-12.30"), ("1.234,50", {}, None), ("-12.30-", {}, None),
        ("1.234,50", {"decimal": ",", "amount_ignores": "€. "}, "1234.50"),
        ("€ -0,5", {"decimal": ",", "amount_ignores": "€. "}, "-0.5"),
        ("1.5", {"decimal": ",", "amount_ignores": "€. "}, None),
        ("1,234", {"decimal": ",", "amount_ignores": "€. "}, "1.234"),
        ("12,5", {"decimal": ",", "amount_ignores": "", "spend_is": "negative"}, "-12.5"),
        ("1e300", {}, None), ("NaN", {}, None), ("inf", {}, None),
    ],
)  # fmt: skip
def test_amounts_of_any_form(tmp_path, text, settings, value):
    rows = f"payer;day;kind;money\na;2024-01-01;food;{text}\na;2024-01-01;rent;100\n"
    if settings.get("decimal") == ",":
        rows = rows.replace(";100", ";100,0")
    ledger, monthly, quarantine = read(tmp_path, rows, delimiter=";", **settings)
    found = [Decimal(str(row[3])) for row in sums(monthly) if row[2] == "food"]
    assert found == ([] if value is None else [Decimal(value)])
    assert len(quarantine) == (value is None)
    assert Decimal(ledger["total"]["accepted"]["amount"]) == sum(
        Decimal(str(row[3])) for row in sums(monthly)
    )


def test_debits_and_credits(tmp_path):
    text = b"payer,day,kind,money,type\na,2024-01-01,food,10,D\na,2024-01-01,food,4,CR\n"
    monthly = read(tmp_path, text, columns={"direction": "type"}, credit_values=["CR"])[1]
    assert sums(monthly) == [("a", "2024-01", "food", 6.0, 2)]
    text = b"payer,day,kind,money,back\na,2024-01-01,food,10,\na,2024-01-01,food,,4\na,2024-01-01,food,1,1\na,2024-01-01,food,,x\na,2024-01-01,food,,\n"
    ledger, monthly, quarantine = read(tmp_path, text, columns={"credit": "back"})
    assert sums(monthly) == [("a", "2024-01", "food", 6.0, 3)]
    assert [row["reason"] for row in quarantine] == ["bad_amount"]
    assert reasons(ledger, "excluded") == {"missing_amount": 1}


def test_filters_are_named_rules(tmp_path):
    text = b"payer,day,kind,money,type,fault\na,2024-01-01,food,1,payment,\na,never,food,2,income,\na,2024-01-01,food,4,payment, broke \na,2024-01-01,food,8,,\n"
    ledger, monthly, quarantine = read(
        tmp_path, text, keep={"type": ["payment", ""]}, drop={"fault": ["broke"]}
    )
    assert sums(monthly) == [("a", "2024-01", "food", 9.0, 2)] and not quarantine
    assert reasons(ledger, "excluded") == {"filter fault": 1, "filter type": 1}


def test_repeated_transactions(tmp_path):
    rows = ["a,2024-01-01,food,1,t1", "b,2024-01-01,food,2,t1", "a,2024-01-01,food,4, t1 "]
    more = ["a,2024-01-01,rent,8,t1", "a,2024-01-01,food,16,", "a,2024-01-01,food,32,", "a,2024-01-01,food,x,t9", "a,2024-01-01,food,64,t9"]  # fmt: skip
    head = "payer,day,kind,money,id\n"
    files = {
        n: (head + "\n".join(r) + "\n").encode() for n, r in (("1.csv", rows), ("2.csv", more))
    }
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    ledger, monthly, quarantine = run(tmp_path, files, reading, PLAIN)
    assert sums(monthly) == [("a", "2024-01", "food", 113.0, 4), ("b", "2024-01", "food", 2.0, 1)]
    assert reasons(ledger, "excluded") == {"repeated_transaction": 2}
    assert ledger["files"]["2.csv"]["excluded"]["amount"] == "8.00"
    assert [row["line"] for row in quarantine] == [5]


def test_currencies(tmp_path):
    text = b"payer,day,kind,money,cur\na,2024-01-01,food,1,EUR\na,2024-01-01,food,10,usd\na,2024-02-01,food,10,USD\na,2024-02-01,food,5,XXX\n"
    settings = {"columns": {"currency": "cur"}, "currency": "EUR"}
    with pytest.raises(
        DataError, match=r"ingest\.currency: 'EUR' was given; 3 rows are in 'USD', 'XXX'"
    ):
        read(tmp_path, text, **settings)
    rates = [("USD", None, "0.9")]
    _, monthly, quarantine = read(tmp_path, text, **settings, rates=rates)
    assert [row[3] for row in sums(monthly)] == [10.0, 9.0]
    assert [(row["line"], row["reason"]) for row in quarantine] == [(5, "no_rate")]
    rates = [("USD", "2024-01", "0.5"), ("USD", "2024-02", "0.25")]
    monthly = read(tmp_path, text, **settings, rates=rates)[1]
    assert [row[3] for row in sums(monthly)] == [6.0, 2.5]


def test_columns_in_the_name(tmp_path):
    folder = tmp_path / "raw" / "year=2024" / "land=a%20b"
    folder.mkdir(parents=True)
    text = b"day,kind,money\n2024-01-01,food,1\n"
    _, monthly, _ = read(tmp_path, text, "client_x-1.csv", from_name=r"client_(?P<payer>.+)\.csv")
    assert sums(monthly) == [("x-1", "2024-01", "food", 1.0, 1)]
    table = pa.table({"kind": ["food"], "money": [1], "payer": ["p"]})
    _, monthly, _ = run(
        tmp_path,
        {"year=2024/land=a%20b/1.parquet": table, "year=2024/land=a%20b/2.csv": b"kind,money,payer\nrent,2,p\n"},
        replace(READING, columns=replace(READING.columns, date=["year", "month"]), from_name="(?P<month>[12])[.]"),
        PLAIN,
    )  # fmt: skip
    assert sums(monthly) == [("p", "2024-01", "food", 1.0, 1), ("p", "2024-02", "rent", 2.0, 1)]


def test_pseudonyms(tmp_path):
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
def test_shards_give_what_one_job_gives(tmp_path, shards, repeats):
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
    found = gather(parts, surveys, list(files), reading, RULES, out, str(work), 1.0)
    assert found == ledger
    assert pq.read_table(out).to_pylist() == monthly
    places = [(row["file"], row["line"] or row["row"], row["reason"]) for row in quarantine]
    assert [(row["file"], row["line"] or row["row"], row["reason"]) for row in bad] == places


def test_a_plan_reads_every_part_once():
    sizes = [("a", "a", 1000, True), ("b", "b", 10, True), ("c", "c", 5000, False), ("d", "d", 0, True)]  # fmt: skip
    for shards in (1, 2, 5, 100):
        made = plan(sizes, shards)
        assert len(made) <= shards
        found = [piece for some in made for piece in some]
        for name, *_ in sizes:
            own = [piece for piece in found if piece.name == name]
            assert [piece.part for piece in own] == list(range(own[0].parts))
    assert plan(sizes, 1) == [[Piece(name, name) for name, *_ in sizes]]


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"columns": {"direction": "type"}}, "need each other"),
        ({"currency": "EUR"}, "need each other"),
        ({"rates": "rates.csv"}, "rates need currency"),
        ({"decimal": ","}, "decimal is ','"),
        ({"from_name": "("}, "no regular expression"),
        ({"from_name": "x"}, "expected a named group"),
        ({"columns": {"date": ["year"]}}, "2 or more entries"),
        ({"financial_year_ends": 13}, "12 or less"),
    ],
)
def test_the_config_refuses(section, words):
    with pytest.raises(DataError, match=words):
        validate({"ingest": section})


def test_the_defaults_of_the_reader_are_those_of_the_config():
    given = validate({}).ingest.model_dump()
    assert Columns(**given["columns"]) == Columns()
    same = set(Reading.__dataclass_fields__) - {"columns", "rates", "amount_ignores"}
    for name in same:
        default = getattr(Reading(), name)
        assert given[name] == (list(default) if isinstance(default, tuple) else default)
