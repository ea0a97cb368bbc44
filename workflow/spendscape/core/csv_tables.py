"""Tables of results as CSV files, which people also open in a spreadsheet."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spendscape.core.text import as_written, no_formula


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table without its index; a text that a spreadsheet would compute has an apostrophe before it (`no_formula`)."""
    _of_texts(table, no_formula).to_csv(path, index=False)


def read_csv(path: str | Path, texts: Sequence[str] = ()) -> pd.DataFrame:
    """A table of `write_csv`, its texts as they were; nothing is NaN but what is empty, since a class may be named NA.

    Parameters
    ----------
    texts : columns that are texts whatever stands in them, and in which what is empty is ''
    """
    kinds = dict.fromkeys(texts, str)
    table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=kinds)
    for name in texts:
        table[name] = table[name].fillna("")
    return _of_texts(table, as_written)


def _of_texts(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """The table with each of its texts changed."""

    def changed(value: Any) -> Any:
        return change(value) if isinstance(value, str) else value

    kinds = table.dtypes
    names = [
        name
        for name in table.columns
        if pd.api.types.is_object_dtype(kinds[name]) or pd.api.types.is_string_dtype(kinds[name])
    ]
    return table.assign(**{name: table[name].map(changed) for name in names})
