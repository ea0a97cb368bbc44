"""The ways of writing a date: one table, from which rows are read and from which `inspect` chooses.

To add a format, add a row to `FORMATS`: its name is the value of ingest.date_format, its SQL reads a
field, and its examples are tried by the tests, in reading and in `inspect`. A pattern of strptime needs
only a row made by `_strptime`; patterns that are not in the table can be read too, but not proposed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from spendscape.core.errors import DataError
from spendscape.ingest.sql import clean, literal
from spendscape.ingest.typed_columns import local_moment

ISO = "ISO"
# Where a format is looked for, a date in another year is taken for a number that is not a date.
YEARS = (1950, 2100)


@dataclass(frozen=True)
class DateFormat:
    """One way of writing a date.

    Attributes
    ----------
    name : the value of ingest.date_format; ISO is what is read when it is null
    sql : gives the SQL of a column's date, NULL where a field is not a date so written; its arguments are
        the column, the month in which financial years end, and the time zone of the days,
        None for the day as it is written
    examples : text of a field and the day that it means, as 2024-12-31
    doubtful : whether many numbers that are not dates can be read so; `inspect` then prefers a column
        of another format
    """

    name: str
    sql: Callable[[str, int, str | None], str]
    examples: Mapping[str, str]
    doubtful: bool = False


def _strptime(pattern: str, examples: Mapping[str, str], doubtful: bool = False) -> DateFormat:
    """A format that strptime knows."""

    def sql(column: str, year_ends: int, zone: str | None) -> str:
        moment = f"try_strptime({clean(column)}, {literal(pattern)})"
        if "%z" in pattern or "%Z" in pattern:
            moment = _offset_moment(moment, column, pattern, zone)
        return f"TRY_CAST({moment} AS DATE)"

    return DateFormat(pattern, sql, examples, doubtful)


def _offset_moment(moment: str, column: str, pattern: str, zone: str | None) -> str:
    """SQL: a moment with an offset as the clock showed it in a time zone, or else as it is written."""
    if zone is not None:
        return local_moment(moment, None, zone)
    mark = "%z" if "%z" in pattern else "%Z"
    parts = [".*?".join(map(re.escape, re.split("%-?[A-Za-z]", p))) for p in pattern.split(mark)]
    form = r"([+-]\d\d:?(?:\d\d)?)" if mark == "%z" else "([A-Za-z0-9_/+-]+)"
    place = f"^{form.join(parts)}$"
    offset = f"regexp_extract({clean(column)}, {literal(place)}, 1)"
    if mark == "%Z":
        return f"timezone(nullif({offset}, ''), {moment})"
    digits = f"regexp_replace({offset}, '[^0-9]', '', 'g')"
    minutes = (
        f"(left({digits}, 2)::INTEGER * 60 + coalesce(nullif(substr({digits}, 3), '')::INTEGER, 0))"
    )
    sign = f"if(left({offset}, 1) = '-', -1, 1)"
    return f"(timezone('UTC', {moment}) + to_minutes(CASE WHEN {digits} <> '' THEN {sign} * {minutes} END))"


def _iso(column: str, year_ends: int, zone: str | None) -> str:
    """2024-12-31; a time after it is read only where it has an offset and the days are of a time zone."""
    text = clean(column)
    dashes = f"substr({text}, 5, 1) = '-' AND substr({text}, 8, 1) = '-'"
    timed = f"regexp_full_match({text}, '.{{10}}[T ]\\d\\d:\\d\\d[^(]*') AND TRY_CAST({text} AS TIMESTAMP) IS NOT NULL"
    moved = ""
    if zone is not None:
        offset = f"regexp_full_match({text}, '.{{10}}[T ]\\d\\d:.*(Z|[+-]\\d\\d(:?\\d\\d)?)')"
        there = local_moment(f"TRY_CAST({text} AS TIMESTAMPTZ)", None, zone)
        moved = f"WHEN {dashes} AND {offset} AND {timed} THEN TRY_CAST({there} AS DATE)"
    return f"""CASE
        {moved}
        WHEN {column} LIKE '____-__-__' THEN TRY_CAST({column} AS DATE)
        WHEN {dashes} AND (length({text}) = 10 OR {timed}) THEN TRY_CAST(left({text}, 10) AS DATE)
        END"""


def _quarter(column: str, year_ends: int, zone: str | None) -> str:
    """2024-Q3, booked in the last month of the quarter."""
    text = clean(column)
    year = f"regexp_extract({text}, '\\d{{4}}')"
    quarter = f"regexp_extract({text}, '[Qq]([1-4])', 1)"
    fits = f"regexp_full_match({text}, '\\d{{4}}[-/ ]?[Qq][1-4]|[Qq][1-4][-/ ]?\\d{{4}}')"
    return f"CASE WHEN {fits} THEN make_date({year}::INTEGER, {quarter}::INTEGER * 3, 1) END"


def _financial_year(column: str, year_ends: int, zone: str | None) -> str:
    """2010-11 or FY2011, booked in the month in which the year ends.

    Of two years the second ends it, and must be the next one; a year alone is the one that ends it.
    """
    text = clean(column)
    start = f"regexp_extract({text}, '(\\d{{4}})', 1)::INTEGER"
    end = f"nullif(regexp_extract({text}, '\\d{{4}}[-/](\\d{{2,4}})$', 1), '')::INTEGER"
    fits = f"regexp_full_match({text}, '([Ff][Yy] ?)?\\d{{4}}([-/](\\d{{2}}|\\d{{4}}))?')"
    year = f"CASE WHEN {end} IS NULL THEN {start} WHEN {end} IN ({start} + 1, ({start} + 1) % 100) THEN {start} + 1 END"
    return f"CASE WHEN {fits} THEN make_date({year}, {year_ends}, 1) END"


def _spreadsheet(column: str, year_ends: int, zone: str | None) -> str:
    """Serial days of spreadsheets, with or without a time.

    Day 60, the 29th of February 1900, never was; from day 61 on the count is right.
    """
    serial = f"TRY_CAST({clean(column)} AS DOUBLE)"
    return f"CASE WHEN {serial} >= 61 AND {serial} < 2958466 THEN DATE '1899-12-30' + floor({serial})::INTEGER END"


def _with_times(*patterns: str) -> list[DateFormat]:
    """Formats of days, alone and followed by a time of day, which is not used."""
    moment, times = datetime(2023, 12, 31, 22, 15, 30), ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")  # fmt: skip
    every = [pattern + time for time in times for pattern in patterns]
    return [_strptime(pattern, {moment.strftime(pattern): "2023-12-31"}) for pattern in every]


# Where several formats read all fields, the first of them is proposed.
FORMATS = (
    DateFormat(ISO, _iso, {"2024-12-31": "2024-12-31", "2024-12-31T23:59:59Z": "2024-12-31"}),
    *_with_times("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *_with_times("%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%y", "%y%m%d"),
    *_with_times("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"),
    DateFormat("quarter", _quarter, {"2024-Q3": "2024-09-01", "q1 2024": "2024-03-01"}),
    DateFormat(
        "financial_year",
        _financial_year,
        {"2010-11": "2011-12-01", "FY2011": "2011-12-01", "2010/2011": "2011-12-01"},
        doubtful=True,
    ),
    _strptime("%Y-%m", {"2023-12": "2023-12-01"}),
    _strptime("%m/%Y", {"12/2023": "2023-12-01"}),
    _strptime("%Y%m", {"202312": "2023-12-01"}, doubtful=True),
    DateFormat("spreadsheet", _spreadsheet, {"40339.61528": "2010-06-10", "45292": "2024-01-01"}, doubtful=True),
)  # fmt: skip
NAMED = {own.name: own for own in FORMATS}


def date_format(name: str | None) -> DateFormat:
    """The format of a value of ingest.date_format: of the table, or any other pattern of strptime."""
    return NAMED.get(name or ISO) or _strptime(str(name), {})


def check_date_format(name: str | None) -> None:
    """Refuse a value of ingest.date_format that is neither in the table nor a pattern of strptime.

    Raises
    ------
    DataError
        It is neither.
    """
    if name is None or name in NAMED or ("%" in name and _is_strptime(name)):
        return
    words = ", ".join(own for own in NAMED if "%" not in own and own != ISO)
    raise DataError(
        f"ingest.date_format: {name!r} was given; expected a strptime pattern such as %d.%m.%Y, "
        f"or one of {words}; null reads ISO dates"
    )


def _is_strptime(pattern: str) -> bool:
    """Whether DuckDB takes a pattern of strptime."""
    try:
        with duckdb.connect() as connection:
            connection.execute(f"SELECT try_strptime('', {literal(pattern)})").fetchall()
    except duckdb.Error:
        return False
    return True


def shares_read(columns: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    """What share of each column's fields every format of the table reads as a day of a likely year.

    Parameters
    ----------
    columns : one or more fields, none of them empty, by the column's name
    """
    first, last = YEARS
    names = [name for name, fields in columns.items() for _ in fields]
    texts = [text for fields in columns.values() for text in fields]
    sample = pa.table({"name": pa.array(names, pa.string()), "field": pa.array(texts, pa.string())})
    counts = ", ".join(
        f"count(*) FILTER (year({own.sql('field', 12, None)}) BETWEEN {first} AND {last})"
        for own in FORMATS
    )
    with duckdb.connect() as connection:
        connection.register("sample", sample)
        rows = connection.execute(f"SELECT name, {counts} FROM sample GROUP BY name").fetchall()
    found = {name: own for name, *own in rows}
    return {
        name: {own: count / len(fields) for own, count in zip(NAMED, found[name], strict=True)}
        for name, fields in columns.items()
    }
