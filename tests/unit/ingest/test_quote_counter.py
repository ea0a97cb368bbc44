"""Text is cut between rows only, and the shards give what one job gives, whatever the quotes."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_runs import HEAD, READING, RULES, run, shards_of

from spendscape.core.errors import DataError
from spendscape.ingest.quote_counter import QuoteCounter


@pytest.mark.parametrize(
    ("text", "agreed", "still_open"),
    [
        (b'a,"b",c\n', True, False),
        (b'a,"b""c","",c\n"d', True, True),
        (b'a,5" pipe,c\n', False, False),
        (b'a,"b"c,d\n', False, False),
        (b'"a\nb\nc",d\r\n"e"\r\n', True, False),
        (b'"' + b"\n" * 100 + b'",a\n', True, False),
        (b'"' + b"\n" * 60 + b'","' + b"\n" * 60 + b'"\n', False, False),
        (b'"' + b"\n" * 60 + b'"\n"' + b"\n" * 60 + b'"\n', True, False),
        (b'"' + b"\n" * 200, False, True),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_readers_agree_where_quotes_stand_around_fields(
    text: bytes, agreed: bool, still_open: bool, size: int
) -> None:
    counter = QuoteCounter(",", '"')
    for start in range(0, len(text), size):
        counter.read(text[start : start + size])
    assert counter.agreed == agreed
    if agreed:
        assert counter.open == still_open


def test_a_quote_that_does_not_stand_around_a_field(tmp_path: Path) -> None:
    rows = [b'c%d,2024-01-0%d,"food\n",%d\n' % (k % 5, k % 9 + 1, k) for k in range(200)]
    rows[57] = b'c1,2024-01-02,5" pipe,1\n'
    rows[140] = b'c1,2024-01-02,7" pipe,1\n'
    text = HEAD + b"".join(rows)
    ledger, monthly, quarantine = run(tmp_path, {"a.csv": text})
    assert ledger["total"]["read"]["rows"] == 200 and not quarantine
    for shards in (2, 3, 7):
        assert shards_of(tmp_path, {"a.csv": text}, READING, RULES, shards) == (
            ledger,
            monthly,
            quarantine,
        )


FIELDS = st.sampled_from(['"food"', '"fo\nod"', '5" pipe', "food", '"a""b"', '"x"y', '"', '""', 'a"', "\n", '" "'])  # fmt: skip
LINES = st.tuples(st.sampled_from("abc"), FIELDS, st.integers(0, 9)).map(
    lambda row: f"{row[0]},2024-01-01,{row[1]},{row[2]}\n"
)


@settings(
    max_examples=int(os.environ.get("SPENDSCAPE_EXAMPLES", "40")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(LINES, min_size=4, max_size=40), st.integers(2, 5))
def test_shards_of_any_text(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], shards: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    files = {"a.csv": HEAD + "".join(lines).encode()}
    try:
        ledger, monthly, quarantine = run(folder, files)
    except DataError:
        return
    found = shards_of(folder, files, READING, RULES, shards)
    assert found[:2] == (ledger, monthly)
    assert [row["line"] for row in found[2]] == [row["line"] for row in quarantine]
