"""What only all rows together show: counts by category and reason, repeats, currencies, and checks."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.core.text import plain, short
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_views import first_line
from spendscape.ingest.ids import compared
from spendscape.ingest.parquet_text import FAULT
from spendscape.ingest.sql import clean

# Reasons in the order in which they are looked for.
QUARANTINED = (
    "malformed_row",
    "bad_encoding",
    "no_customer",
    "bad_date",
    "date_out_of_range",
    "no_direction",
    "bad_amount",
    "no_rate",
)
# What the config says of a reason: where its mistake is, when most rows have it.
KEYS = {
    "malformed_row": "ingest.delimiter, quote and skip_lines",
    "bad_encoding": "ingest.encoding",
    "no_customer": "ingest.columns.customer",
    "bad_date": "ingest.date_format and columns.date",
    "date_out_of_range": "ingest.first_month, last_month and date_format",
    "no_direction": "ingest.columns.direction, credit_values and debit_values",
    "bad_amount": "ingest.decimal, amount_ignores, missing_amounts, credit_marks (CR) and columns.amount",
    "no_rate": "ingest.rates and columns.currency",
    "missing_amount": "ingest.missing_amounts and columns.amount",
    "repeated_transaction": "ingest.columns.transaction",
    "excluded_category": "ingest.excluded_categories and class_tables",
    "unmapped_category": "ingest.unmapped, class_map and class_tables",
}
# With more of the money below 0, in so many rows at least, the files are taken to have the other sign.
LARGEST_SHARE_BACK, FEWEST_ROWS = 0.9, 100
# There is one more for each filter of the config: "filter " and its column.
EXCLUDED = ("missing_amount", "repeated_transaction", "excluded_category", "unmapped_category")


@dataclass(frozen=True)
class Survey:
    """The rows of one file that have one category and one reason.

    Attributes
    ----------
    raw : the category as it stands in the file; None where the rows have a reason
    category : the same without space around it
    reason : why the rows are not accepted; None where nothing is wrong with them
    rows : how many they are
    readable : how many of their amounts can be read
    amount : the exact sum of these amounts
    first, last : numbers of the first and the last month
    """

    raw: str | None
    category: str | None
    reason: str | None
    rows: int
    readable: int
    amount: Decimal
    first: int | None
    last: int | None


def survey_files(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], numbers: Sequence[int]
) -> dict[str, list[Survey]]:
    """Count each file's rows and money by category and reason, in the views rows_k of judged rows."""
    surveys: dict[str, list[Survey]] = {}
    for number in numbers:
        with _naming(names[number] if len(names) == len(numbers) else "a shard"):
            found = connection.execute(
                f"""
                SELECT file, if(reason IS NULL, category, NULL) AS raw, reason, count(*), count(amount),
                    coalesce(sum(amount), 0), min(month), max(month)
                FROM rows_{number} WHERE file IS NOT NULL GROUP BY ALL ORDER BY ALL"""
            ).fetchall()
        for file, raw, *rest in found:
            category = None if raw is None else plain(raw)
            surveys.setdefault(names[file], []).append(Survey(raw, category, *rest))
    return {name: surveys.get(name, []) for name in names}


def readable(surveys: Mapping[str, Sequence[Survey]]) -> list[Survey]:
    """The rows with which nothing is wrong, so that their category decides."""
    return [part for parts in surveys.values() for part in parts if part.reason is None]


def mark_repeats(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], reading: Reading
) -> int:
    """Give rows the reason repeated_transaction where the customer has an earlier, equal row with the same id.

    Rows are equal where month, category and amount are. Hashes of all ids show the few that may be
    repeated; only these are compared as text.

    Returns
    -------
    int
        The rows that are kept although the customer has an earlier row with the same id, because
        they differ from it: a reversal, or a purchase that is split into several categories.

    Raises
    ------
    DataError
        There are such rows, and ingest.differing_repeats refuses them.
    """
    if reading.columns.transaction is None:
        return 0
    customer, name = compared("customer", reading), compared("transaction", reading)
    mark = f"hash({customer}, {name})"
    every = [
        f"SELECT {mark} AS mark FROM rows_{k} WHERE reason IS NULL AND {name} <> ''"
        for k in numbers
    ]
    connection.execute(
        f"CREATE TABLE doubtful AS SELECT mark FROM ({' UNION ALL '.join(every)}) GROUP BY mark HAVING count(*) > 1"
    )
    some = [
        f"""SELECT {k} AS part, file, coalesce(row, line) AS place, {customer} AS customer, {name} AS name,
            month, {clean("category")} AS category, amount FROM rows_{k}
        WHERE reason IS NULL AND {name} <> '' AND {mark} IN (FROM doubtful)"""
        for k in numbers
    ]
    connection.execute(
        f"""CREATE TABLE same_ids AS SELECT part, file, place,
            row_number() OVER (PARTITION BY customer, name ORDER BY file, place) > 1 AS later,
            row_number() OVER (
                PARTITION BY customer, name, month, category, amount ORDER BY file, place) > 1 AS repeated
        FROM ({" UNION ALL ".join(some)})"""
    )
    connection.execute(
        "CREATE TABLE repeats AS SELECT part, file, place FROM same_ids WHERE repeated"
    )
    _give_reason(connection, numbers)
    [[differing]] = connection.execute(
        "SELECT count(*) FROM same_ids WHERE later AND NOT repeated"
    ).fetchall()
    refuse_differing(int(differing), reading)
    return int(differing)


def refuse_differing(differing: int, reading: Reading) -> None:
    """Stop where rows with one transaction id differ, if ingest.differing_repeats says so."""
    if differing and reading.differing_repeats == "refuse":
        raise DataError(
            f"ingest.differing_repeats: refuse was given; the customer has an earlier row with the same "
            f"transaction id and another month, category or amount for {counted(differing, 'row')}"
        )


def _give_reason(connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]) -> None:
    """Views of the same names, in which the rows of the table `repeats` have their reason."""
    for k in numbers:
        connection.execute(f"ALTER VIEW rows_{k} RENAME TO read_{k}")
        connection.execute(
            f"""CREATE VIEW rows_{k} AS SELECT r.* REPLACE (
                if(repeats.place IS NULL, reason, 'repeated_transaction') AS reason)
            FROM read_{k} r LEFT JOIN repeats
                ON repeats.part = {k} AND repeats.file = r.file AND repeats.place = coalesce(r.row, r.line)"""
        )


def check_counts(
    names: Sequence[str], counts: Sequence[int], surveys: Mapping[str, Sequence[Survey]]
) -> None:
    """Check that every row that was counted has exactly one verdict."""
    for name in surveys:
        read = sum(count for own, count in zip(names, counts, strict=True) if own == name)
        found = sum(part.rows for part in surveys[name])
        if read != found:
            raise RuntimeError(f"{name}: {read} rows were counted and {found} have a verdict")


def check_quarantine(surveys: Mapping[str, Sequence[Survey]], limit: float) -> None:
    """Stop where too large a share of the rows cannot be read, because then the config reads them wrongly."""
    parts = [part for items in surveys.values() for part in items]
    rows = sum(part.rows for part in parts)
    reasons = Counter[str]()
    for part in parts:
        if part.reason in QUARANTINED:
            reasons[str(part.reason)] += part.rows
    bad = reasons.total()
    if bad > limit * rows:
        shown = ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common())
        worst = max(
            surveys,
            key=lambda name: sum(p.rows for p in surveys[name] if p.reason in QUARANTINED),
        )
        raise DataError(
            f"ingest.max_quarantined_share: {limit:g} is allowed; {bad:,} of {rows:,} rows "
            f"({bad / rows:.2%}) cannot be read: {shown}.\n"
            f"Most are in {worst}; check {what_to_check(reasons.most_common(1)[0][0])}, or raise the share."
        )


def what_to_check(reason: str) -> str:
    """The keys of the config that decide whether rows have a reason."""
    if reason.startswith("filter "):
        return f"ingest.keep and drop of the column {reason.removeprefix('filter ')!r}"
    return KEYS[reason]


def check_sign(money: Mapping[str, Decimal], rows: int, reading: Reading) -> None:
    """Refuse amounts of which nearly all come back, which is what the other sign looks like.

    Parameters
    ----------
    money : sum of the amounts of each category
    rows : how many they are; a few say nothing

    Raises
    ------
    DataError
        More than nine tenths of the money is below 0; the message names the key that turns it.
    """
    total = sum(abs(amount) for amount in money.values())
    back = -sum(min(amount, Decimal(0)) for amount in money.values())
    if rows < FEWEST_ROWS or not total or back <= Decimal(LARGEST_SHARE_BACK) * total:
        return
    given = f"spend_is: {reading.spend_is!r}"
    fix = "positive" if reading.spend_is == "negative" else "negative"
    if reading.columns.direction is not None:
        given = f"credit_values: {list(reading.credit_values)}"
        fix = "the values of money that came back"
    raise DataError(
        f"ingest.{given} was given; {back / total:.0%} of the money then comes back as refunds and nearly "
        f"nothing is spent.\nThe files seem to have the other sign: give {fix}."
    )


def refuse_currencies(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    surveys: Mapping[str, Sequence[Survey]],
    numbers: Sequence[int],
) -> None:
    """Stop where there are several currencies and no table of rates, because their sum would mean nothing."""
    rows = sum(p.rows for parts in surveys.values() for p in parts if p.reason == "no_rate")
    if reading.rates or not rows:
        return
    every = [
        f"SELECT upper({clean('currency')}) AS code FROM rows_{k} WHERE reason = 'no_rate'"
        for k in numbers
    ]
    found = connection.execute(
        f"SELECT DISTINCT code FROM ({' UNION ALL '.join(every)}) ORDER BY code"
    )
    codes = [code for (code,) in found.fetchall()]
    raise DataError(
        f"ingest.currency: {reading.currency!r} was given; {rows:,} rows are in {', '.join(map(short, codes[:10]))}.\n"
        "Give ingest.rates a table of rates, or leave them out with ingest.keep."
    )


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Name the file in the error when it breaks while it is read."""
    try:
        yield
    except duckdb.Error as error:
        if FAULT in str(error):
            raise
        # What stands in quotes may be a value of a row.
        fault = re.split("[\"']", first_line(error))[0].strip()
        raise DataError(f"ingest.files: {name} cannot be read; {fault}") from None
