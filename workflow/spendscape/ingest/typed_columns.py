"""Columns of Parquet that have a type: numbers that are ids, and moments that have a time zone."""

import re
from collections.abc import Mapping, Set

import duckdb
import pyarrow as pa

from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.ingest.sql import identifier, literal

# From here on neighbouring whole numbers are one number, so that two ids would be one.
LARGEST_WHOLE = {"FLOAT": 2**24, "DOUBLE": 2**53}
NUMERIC = r"U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)"
DATED = r"DATE|TIMESTAMP[A-Z_ ]*"
FRACTIONAL = r"FLOAT|DOUBLE|DECIMAL\(.*\)"
MOMENT = "TIMESTAMP WITH TIME ZONE"
# What numbers and texts are in Arrow, and an empty column; what no id is.
PLAIN = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
    pa.types.is_null,
)
NO_NAME = (pa.types.is_nested, pa.types.is_duration, pa.types.is_interval)


def is_id(role: str) -> bool:
    """Whether a role's values are names, of which two must never become one."""
    return re.sub(r"_\d+$", "", role) in ("customer", "category", "transaction")


def typed_roles(
    chosen: Mapping[str, str],
    types: Mapping[str, str],
    arrow: Mapping[str, pa.DataType],
    time_zone: str | None,
    numbers: Set[str] = frozenset(),
) -> tuple[dict[str, str], set[str], set[str]]:
    """SQL of each role, and the roles whose columns are days and numbers; all others become text.

    Parameters
    ----------
    chosen : the column of each role
    types, arrow : the columns' types in DuckDB, and in Arrow, which knows the time zone
    time_zone : that of the days (ingest.time_zone)
    numbers : columns of text that are numbers of a type that Arrow does not have
    """
    dated = {r for r in chosen if r == "date_0" and re.fullmatch(DATED, types[chosen[r]])}
    numeric = {
        role
        for role, column in chosen.items()
        if role in ("amount", "credit")
        and (column in numbers or re.fullmatch(NUMERIC, types[column]))
    }
    columns = {}
    for role, column in chosen.items():
        sql, kind = identifier(column), types[column]
        if role in dated and kind == MOMENT:
            sql = local_moment(sql, zone_of(arrow[column]), time_zone)
        elif role not in dated | numeric:
            sql = (
                rf"regexp_replace({sql}, '\.0+$', '')" if column in numbers else as_text(sql, kind)
            )
        columns[role] = sql
    return columns, dated, numeric


def refuse_types(name: str, columns: Mapping[str, tuple[str, pa.DataType]]) -> None:
    """Refuse columns of a type that cannot be what the role says, such as lengths of time for amounts.

    DuckDB reads some of these as their bare numbers.

    Parameters
    ----------
    name : the file or table, for the message
    columns : the column of each role, and its type

    Raises
    ------
    DataError
        An amount is neither a number nor text, a date neither of them nor a day or moment, or an id is a list, a
        structure or a length of time.
    """
    for role, (column, kind) in columns.items():
        own = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
        own = own.value_type if pa.types.is_dictionary(own) else own
        key = re.sub(r"_\d+$", "", role)
        if key in ("keep", "drop"):
            continue
        if key in ("amount", "credit", "date"):
            fits = any(test(own) for test in PLAIN) or (key == "date" and pa.types.is_date(own))
            fits = fits or (key == "date" and pa.types.is_timestamp(own))
            wanted = "dates, text or numbers" if key == "date" else "numbers or text"
        else:
            fits = not any(test(own) for test in NO_NAME)
            wanted = "text or numbers"
        if not fits:
            shown = re.match(r"[a-z0-9_]+", str(own))
            raise DataError(
                f"ingest.columns.{key}: {column!r} was given; in {name} it has the type {shown[0] if shown else own}; "
                f"expected {wanted}"
            )


def as_text(column: str, kind: str) -> str:
    """SQL: a column as the text that is compared; whole numbers have no decimals, whatever their type.

    Software makes doubles of whole numbers where a column has gaps, and the gaps may be NaN.
    """
    if not re.fullmatch(FRACTIONAL, kind):
        return f"{column}::VARCHAR"
    gap = f"WHEN isnan({column}) THEN NULL " if kind in LARGEST_WHOLE else ""
    return f"""CASE {gap}WHEN {column} = trunc({column}) THEN
        coalesce(TRY_CAST({column} AS HUGEINT)::VARCHAR, {column}::VARCHAR) ELSE {column}::VARCHAR END"""


def refuse_large_ids(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    source: str,
    columns: Mapping[str, tuple[str, str]],
) -> None:
    """Refuse floating-point numbers that may stand for several ids.

    Parameters
    ----------
    name : the file, for the message
    source : SQL of what holds the columns
    columns : SQL and type of the column of each role

    Raises
    ------
    DataError
        A finite number is as large as that.
    """
    for role, (column, kind) in columns.items():
        limit = LARGEST_WHOLE.get(kind)
        if limit is None:
            continue
        [[rows]] = connection.execute(
            f"SELECT count(*) FROM {source} WHERE isfinite({column}) AND abs({column}) >= {limit}"
        ).fetchall()
        if rows:
            raise large_ids(role, name, rows, limit)


def large_ids(role: str, name: str, rows: int, limit: int) -> DataError:
    """The error of floating-point numbers in the column of a role that may stand for several ids."""
    return DataError(
        f"ingest.columns.{role}: {name} holds {counted(rows, 'floating-point number')} of {limit:,} or more, "
        "where several ids become one number; expected whole numbers or text"
    )


def local_moment(column: str, written: str | None, time_zone: str | None) -> str:
    """SQL: a moment as the clock showed it in `time_zone`, or else in the time zone that it was written with.

    Parameters
    ----------
    written : the time zone of the column's own type, such as Europe/Berlin, UTC or +01:00
    """
    zone = time_zone or written or "UTC"
    offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", zone)
    if offset:
        minutes = (int(offset[2]) * 60 + int(offset[3])) * (-1 if offset[1] == "-" else 1)
        return f"(timezone('UTC', {column}) + INTERVAL ({minutes}) MINUTE)"
    return f"timezone({literal(zone)}, {column})"


def zone_of(kind: pa.DataType) -> str | None:
    """The time zone of a column's type, None where it has none."""
    return kind.tz if pa.types.is_timestamp(kind) else None
