"""A broken line costs only itself."""

from pathlib import Path

import pytest
from ingest_runs import HEAD, read, run, sums


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
def test_broken_lines_cost_only_themselves(
    tmp_path: Path, lines: bytes, verdicts: dict[int, str]
) -> None:
    ledger, monthly, quarantine = run(
        tmp_path, {"a.csv": b"payer,day,kind,money\n" + lines}, keep_rejected_text=True
    )
    assert {q["line"]: q["reason"] for q in quarantine} == verdicts
    rows = ledger["total"]["accepted"]["rows"] + ledger["total"]["excluded"]["rows"]
    assert rows + len(verdicts) == ledger["total"]["read"]["rows"]
    assert sum(row["transactions"] for row in monthly) == ledger["total"]["accepted"]["rows"]
    assert all(q["text"] for q in quarantine)


def test_a_mark_of_quotation_can_mean_nothing(tmp_path: Path) -> None:
    text = HEAD.decode() + 'ann,2024-01-31,food,1\n"bob,2024-01-31,food,2\n'
    _, monthly, quarantine = read(tmp_path, text, quote="")
    assert [row[0] for row in sums(monthly)] == ['"bob', "ann"] and not quarantine
