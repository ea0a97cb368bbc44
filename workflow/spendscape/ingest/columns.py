"""How raw files are read, which of their columns holds what, and the table of rates.

The columns that the config names are found in each file by name, wherever they stand; the name of a
file or of a folder may hold some of them.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from spendscape.core.errors import DataError, nearest
from spendscape.core.months import MONTH
from spendscape.core.text import short

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Columns:
    """Which column of a file holds what; the fields are keys of the config."""

    customer: str = "customer_id"
    date: str | Sequence[str] = "booked"
    category: str | Sequence[str] = "class"
    amount: str = "amount"
    credit: str | None = None
    direction: str | None = None
    currency: str | None = None
    transaction: str | None = None


@dataclass(frozen=True)
class Reading:
    """How the raw files are read; the fields are keys of the config's section `ingest`.

    The defaults read what the simulator writes. `rates` holds the rows of the table of rates:
    currency, month (None for every month) and what one unit is worth.
    """

    columns: Columns = field(default_factory=Columns)
    format: str | None = None
    sheets: Sequence[str] = ()
    from_name: str | None = None
    encoding: str = "utf-8"
    skip_lines: int = 0
    column_names: Sequence[str] = ()
    delimiter: str = ","
    quote: str = '"'
    date_format: str | None = None
    time_zone: str | None = None
    financial_year_ends: int = 12
    first_month: str = "1970-01"
    last_month: str = "2099-12"
    decimal: str = "."
    amount_ignores: str = ""
    missing_amounts: Sequence[str] = ()
    spend_is: str = "positive"
    credit_values: Sequence[str] = ()
    debit_values: Sequence[str] = ()
    credit_marks: Sequence[str] = ()
    debit_marks: Sequence[str] = ()
    equal_ids: str = "refuse"
    differing_repeats: str = "keep"
    keep: Mapping[str, Sequence[str]] = field(default_factory=dict)
    drop: Mapping[str, Sequence[str]] = field(default_factory=dict)
    currency: str | None = None
    rates: Sequence[tuple[str, str | None, str]] = ()


def roles(reading: Reading) -> dict[str, str]:
    """The column of each role: customer, date_0 …, category, amount, …, keep_0 …, drop_0 ….

    Where the category is in several columns, the roles are category_0 ….
    """
    columns = reading.columns
    dates = [columns.date] if isinstance(columns.date, str) else list(columns.date)
    categories = (
        {"category": columns.category}
        if isinstance(columns.category, str)
        else {f"category_{k}": name for k, name in enumerate(columns.category)}
    )
    optional = {
        "credit": columns.credit,
        "direction": columns.direction,
        "currency": columns.currency,
        "transaction": columns.transaction,
    }
    return {
        "customer": columns.customer,
        **{f"date_{k}": name for k, name in enumerate(dates)},
        **categories,
        "amount": columns.amount,
        **{role: name for role, name in optional.items() if name is not None},
        **{f"keep_{k}": name for k, name in enumerate(reading.keep)},
        **{f"drop_{k}": name for k, name in enumerate(reading.drop)},
    }


def chosen_values(reading: Reading) -> dict[str, tuple[str, str, Sequence[str]]]:
    """The roles whose values the config lists: the key that lists them, the column, and the values."""
    found: dict[str, tuple[str, str, Sequence[str]]] = {}
    if reading.columns.direction is not None:
        found["direction"] = (
            "ingest.credit_values",
            reading.columns.direction,
            reading.credit_values,
        )
    for kind, chosen in (("keep", reading.keep), ("drop", reading.drop)):
        for k, (column, values) in enumerate(chosen.items()):
            found[f"{kind}_{k}"] = (f"ingest.{kind}[{column!r}]", column, values)
    return found


def find(
    name: str, header: Sequence[str], reading: Reading
) -> tuple[dict[str, int], dict[str, str]]:
    """Where each role is found in a file: the place of its column, or a value in the file's name.

    Raises
    ------
    DataError
        A column is missing, or the file has two of its name.
    """
    known = in_name(name, reading.from_name)
    places: dict[str, int] = {}
    constants: dict[str, str] = {}
    for role, wanted in roles(reading).items():
        if header.count(wanted) == 1:
            places[role] = header.index(wanted)
        elif wanted in known and wanted not in header:
            constants[role] = known[wanted]
        else:
            found = ", ".join(short(column) for column in [*header[:20], *known])
            many = ", …" if len(header) > 20 else ""
            fault = (
                "more than one" if wanted in header else f"no such column{_like(wanted, header)}"
            )
            key = re.sub(r"_\d+$", "", role)
            key = key if key in ("keep", "drop") else f"columns.{key}"
            raise DataError(
                f"ingest.{key}: {wanted!r} was given; {name} has {fault}.\nIts columns: {found}{many}"
            )
    return places, constants


def _like(wanted: str, header: Sequence[str]) -> str:
    """The end of a message about a missing column: the one that is most like it, or that is it in another encoding."""
    for own in header:
        if own != wanted and wanted in _otherwise_encoded(own, wanted):
            return (
                f"; {own!r} looks like it, read in another encoding: check ingest.encoding, "
                "which is one for all files"
            )
    return nearest(wanted, header)


def _otherwise_encoded(column: str, wanted: str) -> list[str]:
    """What a column's name may be in the file: UTF-8 that was read as a code page, or the other way."""
    found = []
    for encoding in ("cp1252", "latin-1"):
        with suppress(UnicodeError):
            found.append(column.encode(encoding).decode())
    # Of bytes that are no UTF-8 only marks are left.
    if column == re.sub(r"[^\x00-\x7f]", "\ufffd", wanted):
        found.append(wanted)
    return found


def in_name(name: str, pattern: str | None) -> dict[str, str]:
    """The columns in a file's name: folders such as year=2024, and the named groups of `pattern`.

    Raises
    ------
    DataError
        The pattern does not fit the name.
    """
    folders = (part.partition("=") for part in Path(name).parts[:-1])
    values = {key: unquote(value) for key, mark, value in folders if mark}
    # So Hive and Spark write a missing value.
    values = {key: "" if value == HIVE_NULL else value for key, value in values.items()}
    if pattern is not None:
        found = re.search(pattern, name)
        if not found:
            raise DataError(f"ingest.from_name: {pattern!r} was given; {name} does not fit it")
        values |= {key: value or "" for key, value in found.groupdict().items()}
    return values


def read_rates(path: str) -> list[tuple[str, str | None, str]]:
    """The table of rates: columns currency, rate (worth of one unit) and, if it changes, month (2024-12).

    Raises
    ------
    DataError
        A column is missing, a rate is not a number above 0, or a currency (with its month) has two rows.
    """
    key = "ingest.rates"
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(line for line in file if not line.startswith("#"))
        names = reader.fieldnames or []
        if not {"currency", "rate"} <= set(names):
            raise DataError(
                f"{key}: {path} has the columns {', '.join(names) or 'none'}; expected currency, rate and perhaps month"
            )
        rows = [(row["currency"], row.get("month"), row["rate"]) for row in reader]
    for currency, month, rate in rows:
        if not re.fullmatch(r"\d{1,8}(\.\d{1,9})?", rate or "") or not float(rate):
            raise DataError(
                f"{key}: {path} has the rate {rate!r} for {currency}; expected a number above 0"
            )
        if month is not None and not re.fullmatch(MONTH, month):
            raise DataError(
                f"{key}: {path} has the month {month!r} for {currency}; expected a month such as 2024-12"
            )
    if len({row[:2] for row in rows}) < len(rows):
        raise DataError(
            f"{key}: {path} has two rows for a currency{' and month' if rows[0][1] else ''}"
        )
    return rows
