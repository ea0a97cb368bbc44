"""Texts and names in SQL, so that nothing that a user wrote becomes SQL, and fields without space."""

from spendscape.core.text import SPACE


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """The name of a column in SQL."""
    return '"' + text.replace('"', '""') + '"'


def clean(column: str) -> str:
    """SQL: a field's text as it is compared (`core.text.plain`), '' where there is none.

    The pattern lets pass what needs no trimming, three times as fast as `trim` with its list.
    """
    text = f"coalesce({column}::VARCHAR, '')"
    # nfc_normalize ends a text at its first NUL.
    composed = f"CASE WHEN contains({text}, chr(0)) THEN {text} ELSE nfc_normalize({text}) END"
    trimmed = f"trim({composed}, {literal(SPACE)})"
    return f"CASE WHEN regexp_full_match({column}::VARCHAR, '[!-~]([ -~]*[!-~])?') THEN {column}::VARCHAR ELSE {trimmed} END"
