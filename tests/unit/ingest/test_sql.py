"""Texts and names survive as they are in SQL, and fields lose the space around them."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from spendscape.core.text import plain
from spendscape.ingest.sql import clean, identifier, literal

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(deadline=None, max_examples=20)
@given(TEXTS, st.text("ab\"'; -", min_size=1, max_size=8))
def test_any_text_and_any_name(text: str, name: str) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT {literal(text)} AS {identifier(name)}"
        result = connection.execute(query)
        assert [column[0] for column in result.description] == [name]
        assert result.fetchall() == [(text,)]
        query = f"SELECT {clean('field')} FROM (SELECT {literal(text)} AS field)"
        assert connection.execute(query).fetchall() == [(plain(text),)]
        assert connection.execute(f"SELECT {clean('NULL')}").fetchall() == [("",)]
