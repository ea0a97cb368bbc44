"""Raw files → monthly sums, with a quarantine and a ledger that adds up (maths §1).

Every row of every file gets one verdict: it is accepted, quarantined (it cannot be read) or excluded
(it can be read, but a rule of the config leaves it out). DuckDB reads the files in two passes:

1. The survey counts rows and money by category and reason, and lists the customers. All mistakes of
   the config show here, before anything large is made. A text file is read once and its verdicts are
   kept in a table; a Parquet file is cheap enough to be read twice (`file_views`).
2. The sums by month, customer and class are made from the accepted rows (`monthly_sums`).

Several jobs can share the first pass (`read_shard`), and one job then brings their shares together
(`gather`); `ingest` does everything in one process.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from spendscape.core.errors import DataError
from spendscape.core.months import month_number
from spendscape.ingest.classes import ClassRules, assign_classes, classes_alike
from spendscape.ingest.columns import Reading
from spendscape.ingest.date_formats import check_date_format
from spendscape.ingest.file_parts import Piece
from spendscape.ingest.file_views import judged_view
from spendscape.ingest.ids import name_customers, refuse_equal_ids
from spendscape.ingest.ledger import accepted_money, make_ledger, refuse_nothing, summary
from spendscape.ingest.monthly_sums import write_monthly
from spendscape.ingest.parquet_text import FAULT
from spendscape.ingest.quarantine import write_quarantine
from spendscape.ingest.same_files import files_that_are_one, places_of
from spendscape.ingest.spreadsheets import by_sheet
from spendscape.ingest.sql import literal
from spendscape.ingest.survey import (
    Survey,
    check_counts,
    check_quarantine,
    check_sign,
    mark_repeats,
    readable,
    refuse_currencies,
    survey_files,
)
from spendscape.ingest.tables import Table
from spendscape.ingest.unused import all_categories, check_values, count_values


def ingest(
    files: Mapping[str, str],
    reading: Reading,
    rules: ClassRules,
    monthly: str,
    quarantine: str,
    work: str,
    max_quarantined_share: float = 0.01,
    keep_rejected_text: bool = False,
    key: bytes | None = None,
    threads: int = 1,
    memory: int = 2000,
    tables: Sequence[Table] = (),
) -> dict[str, Any]:
    """Read the files, write monthly.parquet and quarantine.parquet, return the ledger.

    Parameters
    ----------
    files : each file's name in the ledger and the quarantine, and its path
    monthly : customer_id, month (first day), class, amount (float64, spend positive), transactions;
        sorted by month, customer and class, each month in row groups of its own, the same bytes for any
        number of threads
    quarantine : file, row (1 is the first after the header), line (text), reason, and text if kept
    work : an empty folder for intermediate files
    key : customers are replaced by the HMAC-SHA-256 of their ids with this key; None keeps the ids
    memory : MB that DuckDB may take before it spills to `work`
    tables : what is read beside files, or instead of them

    Returns
    -------
    dict
        `total` and `files`: rows and money with read = accepted + quarantined + excluded, each by
        reason; money is exact decimal text (spend positive), None where no amount could be read.
        Also `classes` in tensor order, `categories` with their class, `customers`, the first and the
        last month, and a `summary` in words.

    Raises
    ------
    DataError
        A file that cannot be read, a missing column, a category without a class, too many
        quarantined rows, nothing accepted.
    """
    given = [Piece(name, path) for name, path in files.items()]
    pieces: list[Piece | Table] = [*by_sheet(given, reading), *tables]
    names, numbers = [piece.name for piece in pieces], range(len(pieces))
    settings = (reading, work, keep_rejected_text, threads, memory)
    connection, surveys, differing = surveyed(pieces, *settings, whole=True)
    refuse_currencies(connection, reading, surveys, numbers)
    check_quarantine(surveys, max_quarantined_share)
    check_values([count_values(connection, numbers, reading)], reading, rules.allow_unused)
    write_quarantine(connection, names, surveys, quarantine, keep_rejected_text)
    name_customers(connection, numbers, reading, key)
    found = all_categories(connection, numbers) if rules.named_categories else []
    notes = notes_of(differing, places_of(files, reading), surveys, tables)
    write = partial(write_monthly, connection, numbers, "1", monthly, work, threads)
    ledger = finish(surveys, reading, rules, found, notes, write)
    connection.close()
    return ledger


def read_shard(
    pieces: Sequence[Piece],
    reading: Reading,
    part: str,
    quarantine: str,
    work: str,
    keep_rejected_text: bool = False,
    key: bytes | None = None,
    threads: int = 1,
    memory: int = 2000,
) -> dict[str, Any]:
    """Read a shard of the files, write its sums and its quarantine; return its survey for `gather`.

    Parameters
    ----------
    pieces : what this shard reads
    part : file (its name), customer, month, category, amount, transactions, and `whole` (`name_customers`). Where transactions have
        ids it holds rows instead of sums, because a repeat of a row may be in another shard

    Raises
    ------
    DataError
        As `ingest`.
    """
    places = places_of({piece.name: piece.path for piece in pieces}, reading)
    pieces = by_sheet(pieces, reading)
    names, numbers = [piece.name for piece in pieces], range(len(pieces))
    settings = (reading, work, keep_rejected_text, threads, memory)
    connection, surveys, _ = surveyed(pieces, *settings, whole=False)
    refuse_currencies(connection, reading, surveys, numbers)
    write_quarantine(connection, names, surveys, quarantine, keep_rejected_text)
    name_customers(connection, numbers, reading, key)
    by_row = reading.columns.transaction is not None
    selects = [
        f"""SELECT {literal(piece.name)} AS file, name AS customer, month, category,
            NULL AS whole, {"amount, 1 AS transactions, coalesce(row, line) AS row, transaction" if by_row else "sum(amount) AS amount, count(*) AS transactions"}
        FROM rows_{number} JOIN numbered USING (customer) WHERE reason IS NULL
        {"" if by_row else "GROUP BY ALL"}"""
        for number, piece in enumerate(pieces)
    ]
    # Customers of whom nothing was accepted are counted too.
    selects.append(
        f"SELECT NULL, name, NULL, NULL, whole, NULL, 0{', NULL, NULL' if by_row else ''} FROM numbered"
    )
    connection.execute(
        f"COPY ({' UNION ALL '.join(selects)}) TO {literal(part)} (FORMAT parquet)"
    ).fetchall()
    values = count_values(connection, numbers, reading)
    categories = all_categories(connection, numbers)
    connection.close()
    return {
        "values": values,
        "categories": categories,
        "places": places,
        "files": {
            name: [asdict(item) | {"amount": str(item.amount)} for item in items]
            for name, items in surveys.items()
        },
    }


def gather(
    parts: Sequence[str],
    shards: Sequence[Mapping[str, Any]],
    reading: Reading,
    rules: ClassRules,
    monthly: str,
    work: str,
    max_quarantined_share: float = 0.01,
    threads: int = 1,
    memory: int = 2000,
) -> dict[str, Any]:
    """Bring the shards together: write monthly.parquet and return the ledger, as `ingest` would.

    Parameters
    ----------
    parts, shards : what `read_shard` wrote and returned, in the order of the shards

    Raises
    ------
    DataError
        As `ingest`.
    """
    connection = connect(work, threads, memory)
    # In the order of the files, as the shards have them; sheets of a workbook are files of their own.
    files = list(dict.fromkeys(name for shard in shards for name in shard["files"]))
    places = pa.table({"name": list(files), "place": range(len(files))})
    connection.register("places", places)
    for number, part in enumerate(parts):
        connection.execute(
            f"""CREATE VIEW rows_{number} AS SELECT p.* REPLACE (places.place AS file),
                NULL AS line, if(category IS NULL, 'none', NULL) AS reason
            FROM read_parquet({literal(part)}) p LEFT JOIN places ON p.file = places.name"""
        )
    surveys: dict[str, list[Survey]] = {name: [] for name in files}
    for shard in shards:
        for name, items in shard["files"].items():
            surveys[name] += [
                Survey(**(item | {"amount": Decimal(item["amount"])})) for item in items
            ]
    differing = 0
    if reading.columns.transaction is not None:
        differing = mark_repeats(connection, range(len(parts)), reading)
        again = survey_files(connection, files, range(len(parts)))
        surveys = {
            name: [item for item in items if item.reason is not None] + again[name]
            for name, items in surveys.items()
        }
    check_quarantine(surveys, max_quarantined_share)
    check_values((shard["values"] for shard in shards), reading, rules.allow_unused)
    numbers = range(len(parts))
    name_customers(connection, numbers, reading, None)
    if reading.equal_ids == "refuse":
        every = [f"SELECT customer AS name, whole FROM rows_{number}" for number in numbers]
        refuse_equal_ids(connection, " UNION ALL ".join(every))
    found = [name for shard in shards for name in shard["categories"]]
    notes = notes_of(
        differing, {k: v for shard in shards for k, v in shard["places"].items()}, surveys
    )
    write = partial(write_monthly, connection, numbers, "transactions", monthly, work, threads)
    ledger = finish(surveys, reading, rules, found, notes, write)
    connection.close()
    return ledger


def surveyed(
    pieces: Sequence[Piece | Table],
    reading: Reading,
    work: str,
    keep_text: bool,
    threads: int,
    memory: int,
    whole: bool,
) -> tuple[duckdb.DuckDBPyConnection, dict[str, list[Survey]], int]:
    """The first pass: the views rows_k, the survey, and the rows that `mark_repeats` counts.

    Where Parquet turns out to hold texts that are not UTF-8, it is read again with these rows marked.

    Parameters
    ----------
    whole : whether these pieces are all there is, so that repeats can be seen
    """
    names, numbers = [piece.name for piece in pieces], range(len(pieces))
    for mend in (False, True):
        connection = connect(work, threads, memory)
        try:
            counts = _read(connection, pieces, reading, work, keep_text, mend)
            differing = mark_repeats(connection, numbers, reading) if whole else 0
            surveys = survey_files(connection, names, numbers)
            break
        except duckdb.Error as error:
            connection.close()
            if FAULT not in str(error):
                raise
            if mend:  # its message would show the value
                raise DataError(
                    "ingest.files: a Parquet file has text that is not UTF-8 in a nested column"
                ) from None
    check_counts(names, counts, surveys)
    return connection, surveys, differing


def _read(
    connection: duckdb.DuckDBPyConnection,
    pieces: Sequence[Piece | Table],
    reading: Reading,
    work: str,
    keep_text: bool,
    mend: bool,
) -> list[int]:
    """Make the view rows_k of each piece k; return how many rows each of them has."""
    check_date_format(reading.date_format)
    if reading.rates:
        rates = [(c, None if m is None else month_number(m), r) for c, m, r in reading.rates]
        connection.execute("CREATE TABLE rates (code VARCHAR, month INTEGER, rate DECIMAL(18, 9))")
        connection.executemany("INSERT INTO rates VALUES (?, ?, ?)", rates)
    return [
        judged_view(connection, number, piece, reading, work, keep_text, mend)
        for number, piece in enumerate(pieces)
    ]


def finish(
    surveys: Mapping[str, Sequence[Survey]],
    reading: Reading,
    rules: ClassRules,
    every: Sequence[str],
    notes: Mapping[str, Any],
    write: Callable[..., dict[str, int]],
) -> dict[str, Any]:
    """Give the categories their classes, write the sums and return the ledger.

    Parameters
    ----------
    every : the categories of all rows, also of those that are left out
    notes : what the ledger says besides
    write : writes monthly.parquet by the classes, the class of each category as it stands in the files,
        and the ledger; returns the customers read and accepted
    """
    accepted = Counter[str]()
    for part in readable(surveys):
        accepted[str(part.category)] += part.rows
    if not accepted:
        refuse_nothing(make_ledger(surveys, {}, rules)["total"])
    classes, mapping = assign_classes(accepted, rules, every)
    ledger = make_ledger(surveys, mapping, rules) | {"classes": classes, **notes}
    if rules.taxonomy is None and (alike := classes_alike(classes)):
        ledger["classes_that_look_alike"] = alike
    if not ledger["total"]["accepted"]["rows"]:
        refuse_nothing(ledger["total"])
    check_sign(accepted_money(ledger), ledger["total"]["accepted"]["rows"], reading)
    chosen = {part.raw: mapping[str(part.category)] for part in readable(surveys)}
    with money_that_fits():
        ledger["customers"] = write(classes, chosen, ledger)
    ledger["summary"] = summary(ledger)
    return ledger


@contextmanager
def money_that_fits() -> Iterator[None]:
    """Say in words that a sum is too large."""
    try:
        yield
    except (duckdb.ConversionException, duckdb.OutOfRangeException, OverflowError):
        raise DataError(
            "ingest: a customer's money in one class and month is beyond 9,000,000,000,000; "
            "check ingest.columns.amount"
        ) from None


def notes_of(
    differing: int,
    places: Mapping[str, str],
    surveys: Mapping[str, Sequence[Survey]],
    tables: Sequence[Table] = (),
) -> dict[str, Any]:
    """What the ledger says only where there is something to say.

    Parameters
    ----------
    places : where each file is (`places_of`); one without rows, such as an empty month, may be there twice
    """
    # Workbooks are surveyed by sheet.
    same = [
        own
        for own in files_that_are_one(places)
        if own[0] not in surveys or any(part.rows for part in surveys[own[0]])
    ]
    notes = {
        "differing_repeats": differing,
        "files_that_are_one": same,
        "tables": {table.name: dict(table.origin) for table in tables},
    }
    return {key: note for key, note in notes.items() if note}


def connect(work: str, threads: int, memory: int) -> duckdb.DuckDBPyConnection:
    """DuckDB with bounded threads and memory, spilling to the work folder."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{memory}MB",
        "temp_directory": str(Path(work) / "spill"),
        "autoinstall_known_extensions": False,
        # The day of a moment must not depend on the machine.
        "TimeZone": "UTC",
    }
    return duckdb.connect(config=settings)
