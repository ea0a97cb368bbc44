"""`spendscape inspect`: from an export to a config that reads it, for forms that banks use."""

import datetime
import gzip
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from spendscape.cli import main
from spendscape.config.validate import validate

DATA = Path(__file__).parents[3] / "../shared/data"


def inspect(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[dict[str, Any], str, int]:
    """The proposed section, the whole text, and the exit status."""
    status = main(["inspect", *map(str, paths)])
    shown = capsys.readouterr()
    config = yaml.safe_load(shown.out) if not status else {}
    if config:
        validate(config)
    section: dict[str, Any] = config.get("ingest", {})
    return section, shown.out + shown.err, status


def export(pattern: str, comma: bool = False, sign: int = 1, rows: int = 300) -> list[list[str]]:
    """Fields of a bank's rows: date, payer, amount, MCC."""
    rng = random.Random(1)
    made = []
    for k in range(rows):
        day = datetime.datetime(2023, 1, 1, 10, 15) + datetime.timedelta(days=rng.randrange(700))
        amount = f"{sign * rng.randrange(100, 500000) / 100:.2f}"
        amount = amount.replace(".", ",") if comma else amount
        made.append(
            [day.strftime(pattern), f"K{k % 20}", amount, rng.choice(["5411", "5812", "742"])]
        )
    return made


@pytest.mark.parametrize(
    ("delimiter", "pattern", "comma", "sign", "encoding", "head"),
    [
        (",", "%Y-%m-%d", False, 1, "utf-8", ""),
        (";", "%d.%m.%Y %H:%M", True, 1, "utf-8", ""),
        (";", "%d.%m.%Y", True, -1, "cp1252", "Kontoauszug für Zoë\nalle Umsätze\n"),
        ("\t", "%Y%m%d", False, 1, "utf-16", ""),
        ("|", "%m/%d/%Y", False, -1, "utf-8", ""),
    ],
)
def test_a_bank_export_is_read_as_it_is(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    delimiter: str,
    pattern: str,
    comma: bool,
    sign: int,
    encoding: str,
    head: str,
) -> None:
    lines = [
        ["Buchungsdatum", "Kundennr (customer)", "Betrag", "MCC"],
        *export(pattern, comma, sign),
    ]
    path = tmp_path / "export.csv.gz"
    text = head + "\n".join(delimiter.join(line) for line in lines) + "\n"
    path.write_bytes(gzip.compress(text.encode(encoding)))
    section, shown, status = inspect(capsys, path)
    assert not status
    assert section["columns"] == {"date": "Buchungsdatum", "amount": "Betrag", "customer": "Kundennr (customer)", "category": "MCC"}  # fmt: skip
    assert section.get("date_format") == (None if pattern == "%Y-%m-%d" else pattern)
    assert section.get("delimiter", ",") == delimiter and section.get("decimal", ".") == ".,"[comma]
    assert section.get("encoding", "utf-8") == encoding and section.get("skip_lines", 0) == len(head.splitlines())  # fmt: skip
    assert section.get("spend_is", "positive") == ("positive" if sign > 0 else "negative")
    assert "300 rows read = 300 accepted + 0 quarantined + 0 excluded" in shown


def test_no_row_is_shown_and_categories_without_a_class_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"2024-01-{k % 28 + 1:02d},u{k % 9},{k}.77,Restaurnts\n" for k in range(99))
    (tmp_path / "x.csv").write_text("date,user,amount,category\n" + rows + "never,u1,secret,rent\n")
    _, shown, status = inspect(capsys, tmp_path / "x.csv")
    assert not status and "'Restaurnts': 99 rows; nearest is 'restaurants'" in shown
    assert "quarantined bad_date 1" in shown and "secret" not in shown and "u3" not in shown


@pytest.mark.parametrize("other", [False, True])
def test_categories_written_otherwise_are_mapped_and_files_without_rows_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: bool
) -> None:
    kinds = ["Coffee Shops", "RENT", "Groceries", *(["Betting"] * other)]
    rows = [
        f"2024-{k % 12 + 1:02d}-1{k % 7};u{k % 9};-{k}.77;{kinds[k % 61 % len(kinds)]}"
        for k in range(420)
    ]
    for name, own in (("2023.csv", rows[:300]), ("2024.csv", rows[300:]), ("2025.csv", [])):
        (tmp_path / name).write_text("\n".join(["date;user;amount;category", *own]) + "\n")
    section, shown, status = inspect(capsys, *sorted(tmp_path.glob("*.csv")))
    assert not status and "# In doubt: no rows in 2025.csv\n" in shown
    mapped = {"Coffee Shops": "coffee_shops", "RENT": "rent", "Groceries": "groceries"}
    if other:
        # A quarter of the money is not left out, but the way to the taxonomy is shown.
        assert section["taxonomy"] is None and "class_map" not in section
        [own] = re.findall("class_map: ({.*}) and a class for each of the other 1 category", shown)
        assert yaml.safe_load(own) == mapped
    else:
        assert "taxonomy" not in section and section["class_map"] == mapped
        assert "no class" not in shown


def test_the_proposal_names_no_copy_and_the_key_that_few_customers_need(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = ["Coffee Shops", "RENT", "Groceries"]
    rows = [
        f"T{k},2024-{k % 12 + 1:02d}-1{k % 7},u{k % 9},{k}.77,{kinds[k % 61 % 3]}"
        for k in range(300)
    ]
    for name, own in (("a.csv", rows), ("b.csv", rows), ("c.csv", [])):
        (tmp_path / name).write_text("\n".join(["id,date,user,amount,category", *own]) + "\n")
    (tmp_path / "d.csv").write_text((tmp_path / "c.csv").read_text())
    section, shown, _ = inspect(capsys, *sorted(tmp_path.glob("*.csv")))
    assert section["files"] == ["a.csv", "c.csv", "d.csv"]
    assert section["columns"]["transaction"] == "id"
    assert shown.startswith("# In doubt: b.csv holds the same bytes as a.csv, and is not named")
    assert "300 rows read" in shown and "under several names" not in shown
    assert "# In doubt: 9 customers with a window, and a run stops below 300" in shown
    [own] = re.findall(r"add (traits: .*)", shown)
    assert validate(yaml.safe_load(own)).traits.minimum_customers == 9


@pytest.mark.parametrize("column", ["category", "memo", "text"])
def test_people_taken_for_categories_are_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    rng = random.Random(2)
    people = [f"{first} {last}" for first in ("Ann", "Bob", "Cid") for last in ("Uhl", "Plumpsack")]
    rows = [
        f"2024-{k % 12 + 1:02d}-11,K{k % 40:04d},{rng.uniform(1, 99):.2f},{rng.choice(people)}"
        for k in range(960)
    ] + [f"2024-0{k}-12,K{k:04d},-9.50,Eve Plumpsack" for k in range(1, 9)]
    (tmp_path / "x.csv").write_text("\n".join([f"date,user,amount,{column}", *rows]) + "\n")
    section, shown, status = inspect(capsys, tmp_path / "x.csv")
    assert not status and section["columns"]["category"] == column
    assert section["excluded_categories"] == ["Eve Plumpsack"]
    assert shown.startswith("# In doubt: the values of ") and "values, which are not shown" in shown
    comments = "\n".join(line[line.find("#") :] for line in shown.splitlines() if "#" in line)
    assert "Plumpsack" not in comments and "Uhl" not in comments


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "x.csv is empty"),
        ("date,amount,category\n", "no rows were found"),
        ("a,b\nx,y\nz,w\n", "no column looks like a date"),
        ("date,b\n2024-01-01,x\n2024-01-02,y\n", "no column looks like amounts"),
        ("date,amount\n2024-01-01,1.5\n2024-01-02,2.5\n", "no column looks like categories"),
    ],
)
def test_what_it_cannot_find_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "x.csv").write_text(text)
    _, shown, status = inspect(capsys, tmp_path / "x.csv")
    assert status == 1 and words in shown and "Traceback" not in shown


def test_a_folder_or_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, words in (("nope.csv", ": there is no such file"), ("", " is a folder; expected files, such as ")):  # fmt: skip
        _, shown, status = inspect(capsys, tmp_path / path)
        assert status == 1 and f"spendscape inspect: {tmp_path / path}{words}" in shown


@pytest.mark.skipif(not DATA.is_dir(), reason="the folder ../shared/data is not on this machine")
@pytest.mark.parametrize(
    ("pattern", "columns", "accepted"),
    [
        ("bank/trans_test.csv", {"date": "date", "amount": "amount", "customer": "account_id", "category": ["k_symbol", "operation"], "transaction": "trans_id"}, "18,318"),
        ("cards/transactions_data.csv", {"date": "date", "amount": "amount", "customer": "client_id", "category": "mcc", "transaction": "id"}, "28,655"),
        ("cards/User0*.csv", {"date": ["Year", "Month", "Day"], "amount": "Amount", "customer": "User", "category": "MCC"}, "19,180"),
        ("cards/client_*.csv", {"date": "date", "amount": "amount", "customer": "customer", "category": "mcc"}, "34,980"),
        ("diary/diary.csv", {"date": "date", "amount": "amount", "customer": "id", "category": "merchant"}, "34,969"),
        ("office_costs/*.csv", {"date": "booked", "amount": "amount", "customer": "payer", "category": "category"}, "65,741"),
    ],
)  # fmt: skip
def test_real_exports(
    capsys: pytest.CaptureFixture[str], pattern: str, columns: dict[str, Any], accepted: str
) -> None:
    section, shown, status = inspect(capsys, *sorted(DATA.glob(pattern)))
    assert not status and section["columns"] == columns
    assert f"= {accepted} accepted" in shown
