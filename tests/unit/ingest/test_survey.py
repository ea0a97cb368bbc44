"""What only all rows together show: repeats, currencies, too much quarantine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ingest_runs import HEAD, PLAIN, READING, read, reasons, run, shards_of, sums

from spendscape.core.errors import DataError
from spendscape.ingest.columns import Reading


def test_repeated_transactions(tmp_path: Path) -> None:
    rows = ["a,2024-01-01,food,1,t1", "b,2024-01-01,food,2,t1", "a,2024-01-01,food,1, t1 "]
    more = ["a,2024-01-01, food,1.00,t1", "a,2024-01-01,food,16,", "a,2024-01-01,food,32,", "a,2024-01-01,food,x,t9", "a,2024-01-01,food,64,t9"]  # fmt: skip
    head = "payer,day,kind,money,id\n"
    files = {
        n: (head + "\n".join(r) + "\n").encode() for n, r in (("1.csv", rows), ("2.csv", more))
    }
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    ledger, monthly, quarantine = run(tmp_path, files, reading, PLAIN)
    assert sums(monthly) == [("a", "2024-01", "food", 113.0, 4), ("b", "2024-01", "food", 2.0, 1)]
    assert reasons(ledger, "excluded") == {"repeated_transaction": 2}
    assert ledger["files"]["2.csv"]["excluded"]["amount"] == "1.00"
    assert "differing_repeats" not in ledger
    assert [row["line"] for row in quarantine] == [5]


@pytest.mark.parametrize("shards", [1, 2])
def test_rows_with_one_id_that_differ_are_no_repeats(tmp_path: Path, shards: int) -> None:
    rows = ["food,80,t1", "food,-80,t1", "food,-80,t1", "rent,5,t2", "fun,7,t2", "fun,1,t3"]
    text = "payer,day,kind,money,id\n" + "".join(f"a,2024-01-01,{row}\n" for row in rows)
    files = {"a.csv": text.encode()}
    reading = replace(READING, columns=replace(READING.columns, transaction="id"))
    if shards == 1:
        ledger, monthly, _ = run(tmp_path, files, reading, PLAIN)
    else:
        ledger, monthly, _ = shards_of(tmp_path, files, reading, PLAIN, shards)
    assert [row[2:4] for row in sums(monthly)] == [("food", 0.0), ("fun", 8.0), ("rent", 5.0)]
    assert reasons(ledger, "excluded") == {"repeated_transaction": 1}
    assert ledger["differing_repeats"] == 2
    assert "2 rows with the transaction id of an earlier, different row" in ledger["summary"]
    with pytest.raises(DataError, match=r"ingest\.differing_repeats: .* for 2 rows"):
        run(tmp_path, files, replace(reading, differing_repeats="refuse"), PLAIN)


def test_currencies(tmp_path: Path) -> None:
    text = b"payer,day,kind,money,cur\na,2024-01-01,food,1,EUR\na,2024-01-01,food,10,usd\na,2024-02-01,food,10,USD\na,2024-02-01,food,5,XXX\n"
    settings: dict[str, Any] = {"columns": {"currency": "cur"}, "currency": "EUR"}
    with pytest.raises(
        DataError, match=r"ingest\.currency: 'EUR' was given; 3 rows are in 'USD', 'XXX'"
    ):
        read(tmp_path, text, **settings)
    rates: list[tuple[str, str | None, str]] = [("USD", None, "0.9")]
    _, monthly, quarantine = read(tmp_path, text, **settings, rates=rates)
    assert [row[3] for row in sums(monthly)] == [10.0, 9.0]
    assert [(row["line"], row["reason"]) for row in quarantine] == [(5, "no_rate")]
    rates = [("USD", "2024-01", "0.5"), ("USD", "2024-02", "0.25")]
    monthly = read(tmp_path, text, **settings, rates=rates)[1]
    assert [row[3] for row in sums(monthly)] == [6.0, 2.5]


def test_too_many_quarantined_rows_stop_the_run(tmp_path: Path) -> None:
    text = HEAD + b"a,2024-01-01,food,1\n" * 98 + b"a,x,food,1\na,2024-01-01,food,secret\n"
    run(tmp_path, {"a.csv": text}, max_quarantined_share=0.02)
    with pytest.raises(DataError) as error:
        run(tmp_path, {"a.csv": text}, max_quarantined_share=0.019)
    message = str(error.value)
    assert "max_quarantined_share: 0.019" in message
    assert "2 of 100 rows (2.00%)" in message
    assert "bad_date 1" in message
    assert "secret" not in message


@pytest.mark.parametrize("shards", [1, 2])
def test_the_other_sign_is_told_from_refunds(tmp_path: Path, shards: int) -> None:
    refunds = "".join(
        f"a,2024-01-{k % 28 + 1:02d},{'food' if k % 20 else 'fun'},{-k}\n" for k in range(200)
    )
    files = {"a.csv": HEAD + refunds.encode(), "b.csv": HEAD + b"a,2024-01-01,fun,200\n"}

    def account(reading: Reading) -> dict[str, Any]:
        if shards == 1:
            return run(tmp_path, files, reading, PLAIN)[0]
        return shards_of(tmp_path, files, reading, PLAIN, shards)[0]

    with pytest.raises(DataError, match=r"^ingest\.spend_is: 'positive' .*\n.*give negative\.$"):
        account(READING)
    turned = replace(READING, spend_is="negative")
    assert account(turned)["total"]["accepted"]["amount"] == "19700.00"
    # A few rows say nothing.
    few = {"a.csv": HEAD + b"a,2024-01-01,fun,-200\n"}
    run(tmp_path, few, READING, PLAIN)


def test_the_direction_column_with_the_other_values_is_named(tmp_path: Path) -> None:
    text = "payer,day,kind,money,way\n" + "a,2024-01-01,food,5,D\n" * 150
    columns = replace(READING.columns, direction="way")
    reading = replace(READING, columns=columns, credit_values=["D"])
    with pytest.raises(DataError, match=r"^ingest\.credit_values: \['D'\] was given"):
        run(tmp_path, {"a.csv": text.encode()}, reading, PLAIN)


def test_nothing_accepted_is_blamed_on_what_left_it_out(tmp_path: Path) -> None:
    files = {"a.csv": b"payer,day,kind,money,type\na,2024-01-01,food,5,card\n"}
    with pytest.raises(
        DataError, match=r"^ingest\.keep and drop of the column 'type': 1 row was read"
    ):
        run(
            tmp_path,
            files,
            replace(READING, keep={"type": ["crad"]}),
            replace(PLAIN, allow_unused=True),
        )
    some = {"a.csv": HEAD + b"a,soon,food,5\na,2024-01-01,food,5\n"}
    with pytest.raises(DataError, match=r"check ingest\.date_format and columns\.date, or raise"):
        run(tmp_path, some, READING, PLAIN, max_quarantined_share=0.1)
