"""How a text is written: encoding, delimiter, quotes, and where its rows begin."""

import pytest

from spendscape.core.errors import DataError
from spendscape.ingest.inspect_dialect import Dialect, text_dialect, text_encoding

ROWS = "\n".join(f"2024-01-{k % 28 + 1:02d};K{k % 9};{k},50;food" for k in range(60)) + "\n"


def dialect(text: str) -> Dialect:
    """The dialect of a text in UTF-8."""
    return text_dialect("a.csv", text, "utf-8")


def test_a_quoted_line_break_before_the_column_names() -> None:
    own = dialect('"Period:\nJanuary to May";""\n"";\nday;who;money;kind\n' + ROWS)
    assert (own.delimiter, own.skip, own.given) == (";", 3, None)
    assert own.names == ("day", "who", "money", "kind")


def test_a_delimiter_after_the_last_column_name() -> None:
    """Rows without it would all have a field too few."""
    own = dialect("day;who;money;kind;\n" + ROWS)
    assert own.skip == 1 and own.names == ("day", "who", "money", "kind")
    assert own.given == "the line of column names has more fields than the rows"
    own = dialect("day;who;money;kind;\n" + ROWS.replace("\n", ";\n"))
    assert own.skip == 0 and own.given is None and own.names[:4] == ("day", "who", "money", "kind")


def test_padded_lines_before_and_columns_without_a_name() -> None:
    own = dialect("Statement;;;\n;;;\nday;who;money;kind\n" + ROWS)
    assert own.skip == 2 and own.given is None
    own = dialect("day;;money;money\n" + ROWS)
    assert own.names == ("day", "column_2", "money_3", "money_4") and own.skip == 1


def test_no_line_has_column_names() -> None:
    own = dialect("Statement of May\n" + ROWS)
    assert own.skip == 1 and own.names == ("column_1", "column_2", "column_3", "column_4")
    assert own.given and "no line has column names" in own.given


def test_delimiters_in_quotes_and_single_quotes() -> None:
    own = dialect("day,who,note\n" + '2024-01-01,K1,"a; b; c; d"\n' * 20)
    assert (own.delimiter, own.quote) == (",", '"')
    own = dialect("day;who;note\n" + "2024-01-01;K1;'a; b'\n" * 20)
    assert (own.delimiter, own.quote) == (";", "'")
    own = dialect("day,who,note\n" + '2024-01-01,K1,5" pipe\n' * 20)
    assert own.delimiter == ","
    own = dialect("out,who,back\n" + '"13,70",K1,\n,K2,"6,93"\n' * 40)
    assert (own.delimiter, own.quote, own.names) == (",", '"', ("out", "who", "back"))
    with pytest.raises(DataError, match=r"a\.csv: no delimiter"):
        dialect("nothing\nof\nthe kind\n")


def test_few_lines_that_are_no_utf8_are_broken_ones() -> None:
    """A file of cp1252 has them everywhere, a file of UTF-8 with broken rows has few."""
    plain = b"2024-01-01,K1,5.00\n"
    assert text_encoding(plain * 999 + b"2024-01-01,caf\xff,5\n") == "utf-8"
    assert text_encoding("2024,café\n".encode() * 9 + b"2024,caf\xe9\n") == "utf-8"
    assert text_encoding(plain * 20 + "2024,Zoë\n".encode("cp1252") * 5) == "cp1252"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert text_encoding("day;money\n2024;5\n".encode(encoding)) == encoding
    assert text_encoding("day;money\n".encode("utf-16")) == "utf-16"
