"""Raw files to monthly sums, with a quarantine and a ledger that adds up (MATHS §1).

Every row of every file gets one verdict: accepted, quarantined (it cannot be read) or excluded (it
can, and a rule of the config leaves it out). DuckDB reads, in two passes:

1. Survey: rows and money by category and reason, and the customers. All mistakes of the config
   show here, before anything large is made. A text file is read once and its verdicts are kept in
   a table; a Parquet file is cheap enough to be read again (`raw_files`).
2. Sums: customers, months and classes as numbers, to files of neighbouring customers, which are
   summed one by one.

Several jobs can share the first pass (`read_shard`), and one brings their shares together
(`gather`); `ingest` does both in one process.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.core.months import month_number
from spendscape.core.pseudonyms import pseudonyms
from spendscape.core.text import SPACE
from spendscape.ingest.columns import Reading
from spendscape.ingest.file_parts import Piece
from spendscape.ingest.file_views import first_line, judged_view
from spendscape.ingest.ledger import (
    QUARANTINED,
    ClassRules,
    Survey,
    assign_classes,
    make_ledger,
    readable,
    reasons_text,
    short,
    summary,
)
from spendscape.ingest.monthly_sums import stream, write_monthly
from spendscape.ingest.row_sql import FORMATS, clean, literal


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
) -> dict[str, Any]:
    """Read the files, write monthly.parquet and quarantine.parquet, return the ledger.

    Parameters
    ----------
    files : name of each file in the ledger and the quarantine, and its path
    monthly : customer_id, month (first day), class, amount (float64, spend positive), transactions;
        sorted by the first three, the same bytes for any number of threads
    quarantine : file, row (1 is the first after the header), line (text), reason, and text if kept
    work : an empty folder for intermediate files
    key : customers are replaced by the HMAC-SHA-256 of their ids with this key; None: they are not
    memory : MB that DuckDB may take before it spills to `work`

    Returns
    -------
    dict
        total and files: rows and money, read = accepted + quarantined + excluded, each by reason,
        money as exact decimal text (spend positive) or None where no amount could be read;
        classes in tensor order; categories with their class; customers; months; summary.

    Raises
    ------
    DataError
        A file that cannot be read, a missing column, a category without a class, too many
        quarantined rows, nothing accepted.
    """
    connection = _connect(work, threads, memory)
    pieces = [Piece(name, path) for name, path in files.items()]
    names, numbers = list(files), range(len(pieces))
    counts = _read(connection, pieces, reading, work, keep_rejected_text)
    _mark_repeats(connection, numbers, reading)
    surveys = _surveys(connection, names, numbers)
    _check_counts(names, counts, surveys)
    _refuse_currencies(connection, reading, surveys, numbers)
    _check_quarantine(surveys, max_quarantined_share)
    _write_quarantine(connection, names, surveys, quarantine, keep_rejected_text)
    _name_customers(connection, numbers, key)
    ledger = _finish(connection, surveys, rules, monthly, numbers, "1", work, threads)
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
    """Read a shard of the files, write its sums and its quarantine, return its survey for `gather`.

    Parameters
    ----------
    pieces : what this shard reads
    part : file (its name), customer, month, category, amount, transactions; with a
        transaction column not sums but rows, because repeats may stand in another shard

    Raises
    ------
    DataError
        As `ingest`.
    """
    connection = _connect(work, threads, memory)
    names, numbers = [piece.name for piece in pieces], range(len(pieces))
    counts = _read(connection, pieces, reading, work, keep_rejected_text)
    surveys = _surveys(connection, names, numbers)
    _check_counts(names, counts, surveys)
    _refuse_currencies(connection, reading, surveys, numbers)
    _write_quarantine(connection, names, surveys, quarantine, keep_rejected_text)
    _name_customers(connection, numbers, key)
    by_row = reading.columns.transaction is not None
    selects = [
        f"""SELECT {literal(piece.name)} AS file, name AS customer, month, category,
            {"amount, 1 AS transactions, coalesce(row, line) AS row, transaction" if by_row else "sum(amount) AS amount, count(*) AS transactions"}
        FROM rows_{number} JOIN numbered USING (customer) WHERE reason IS NULL
        {"" if by_row else "GROUP BY ALL"}"""
        for number, piece in enumerate(pieces)
    ]
    # Customers of whom nothing was accepted are counted too.
    selects.append(
        f"SELECT NULL, name, NULL, NULL, NULL, 0{', NULL, NULL' if by_row else ''} FROM numbered"
    )
    connection.execute(
        f"COPY ({' UNION ALL '.join(selects)}) TO {literal(part)} (FORMAT parquet)"
    ).fetchall()
    connection.close()
    return {
        "files": {
            name: [asdict(item) | {"amount": str(item.amount)} for item in items]
            for name, items in surveys.items()
        }
    }


def gather(
    parts: Sequence[str],
    shards: Sequence[Mapping[str, Any]],
    files: Sequence[str],
    reading: Reading,
    rules: ClassRules,
    monthly: str,
    work: str,
    max_quarantined_share: float = 0.01,
    threads: int = 1,
    memory: int = 2000,
) -> dict[str, Any]:
    """Bring the shards together: write monthly.parquet, return the ledger, as `ingest` would.

    Parameters
    ----------
    parts, shards : what `read_shard` wrote and returned, in the order of the shards

    Raises
    ------
    DataError
        As `ingest`.
    """
    connection = _connect(work, threads, memory)
    places = pa.table({"name": list(files), "place": range(len(files))})
    connection.register("places", places)
    for number, part in enumerate(parts):
        connection.execute(
            f"CREATE VIEW rows_{number} AS SELECT p.* REPLACE (places.place AS file), NULL AS line, if(category IS NULL, 'none', NULL) AS reason FROM read_parquet({literal(part)}) p LEFT JOIN places ON p.file = places.name"
        )
    surveys: dict[str, list[Survey]] = {name: [] for name in files}
    for shard in shards:
        for name, items in shard["files"].items():
            surveys[name] += [
                Survey(**(item | {"amount": Decimal(item["amount"])})) for item in items
            ]
    if reading.columns.transaction is not None:
        _mark_repeats(connection, range(len(parts)), reading)
        again = _surveys(connection, files, range(len(parts)))
        surveys = {
            name: [item for item in items if item.reason is not None] + again[name]
            for name, items in surveys.items()
        }
    _check_quarantine(surveys, max_quarantined_share)
    _name_customers(connection, range(len(parts)), None)
    ledger = _finish(
        connection, surveys, rules, monthly, range(len(parts)), "transactions", work, threads
    )
    connection.close()
    return ledger


def _read(
    connection: duckdb.DuckDBPyConnection,
    pieces: Sequence[Piece],
    reading: Reading,
    work: str,
    keep_text: bool,
) -> list[int]:
    """Make a view rows_k for each piece; return the counts of their rows."""
    _check_date_format(connection, reading.date_format)
    if reading.rates:
        rates = [(c, None if m is None else month_number(m), r) for c, m, r in reading.rates]
        connection.execute("CREATE TABLE rates (code VARCHAR, month INTEGER, rate DECIMAL(18, 9))")
        connection.executemany("INSERT INTO rates VALUES (?, ?, ?)", rates)
    return [
        judged_view(connection, number, piece, reading, work, keep_text)
        for number, piece in enumerate(pieces)
    ]


def _finish(
    connection: duckdb.DuckDBPyConnection,
    surveys: Mapping[str, Sequence[Survey]],
    rules: ClassRules,
    monthly: str,
    numbers: Sequence[int],
    count: str,
    work: str,
    threads: int,
) -> dict[str, Any]:
    """Give the categories their classes, write the sums and return the ledger."""
    accepted = Counter[str]()
    for part in readable(surveys):
        accepted[str(part.category)] += part.rows
    classes, mapping = assign_classes(accepted, rules)
    ledger = make_ledger(surveys, mapping, rules) | {"classes": classes}
    if not ledger["total"]["accepted"]["rows"]:
        raise DataError(
            f"ingest.files: {ledger['total']['read']['rows']} rows were read and none was accepted; "
            f"{reasons_text(ledger['total'])}"
        )
    chosen = {part.raw: mapping[str(part.category)] for part in readable(surveys)}
    try:
        ledger["customers"] = write_monthly(
            connection, numbers, count, classes, chosen, monthly, ledger, work, threads
        )
    except (duckdb.ConversionException, duckdb.OutOfRangeException, OverflowError):
        raise DataError(
            "ingest: a customer's money in one class and month is beyond 9,000,000,000,000; "
            "check ingest.columns.amount"
        ) from None
    ledger["summary"] = summary(ledger)
    return ledger


def _connect(work: str, threads: int, memory: int) -> duckdb.DuckDBPyConnection:
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


def _check_date_format(connection: duckdb.DuckDBPyConnection, pattern: str | None) -> None:
    """Refuse a pattern that strptime does not know."""
    if pattern is None or pattern in FORMATS:
        return
    try:
        connection.execute(f"SELECT try_strptime('', {literal(pattern)})").fetchall()
    except duckdb.Error:
        raise DataError(
            f"ingest.date_format: {pattern!r} was given; expected a strptime pattern such as %d.%m.%Y, "
            f"or {', '.join(FORMATS)}"
        ) from None


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """A file that breaks while it is read is named."""
    try:
        yield
    except duckdb.Error as error:
        raise DataError(f"ingest.files: {name} cannot be read; {first_line(error)}") from None


def _surveys(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], numbers: Sequence[int]
) -> dict[str, list[Survey]]:
    """Rows and money of each file by category and reason, over the views rows_k."""
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
            category = None if raw is None else raw.strip(SPACE)
            surveys.setdefault(names[file], []).append(Survey(raw, category, *rest))
    return {name: surveys.get(name, []) for name in names}


def _mark_repeats(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], reading: Reading
) -> None:
    """Give a customer's transaction that came before the reason repeated_transaction.

    A first look at hashes of all ids finds the few that may be repeated; these are compared as text.
    """
    if reading.columns.transaction is None:
        return
    name = clean("transaction")
    mark = f"hash(customer, {name})"
    every = [
        f"SELECT {mark} AS mark FROM rows_{k} WHERE reason IS NULL AND {name} <> ''"
        for k in numbers
    ]
    connection.execute(
        f"CREATE TABLE doubtful AS SELECT mark FROM ({' UNION ALL '.join(every)}) GROUP BY mark HAVING count(*) > 1"
    )
    some = [
        f"""SELECT {k} AS part, file, coalesce(row, line) AS place, customer, {name} AS name FROM rows_{k}
        WHERE reason IS NULL AND {name} <> '' AND {mark} IN (FROM doubtful)"""
        for k in numbers
    ]
    connection.execute(
        f"""CREATE TABLE repeats AS SELECT part, file, place FROM (
            SELECT *, row_number() OVER (PARTITION BY customer, name ORDER BY file, place) AS time
            FROM ({" UNION ALL ".join(some)})) WHERE time > 1"""
    )
    for k in numbers:
        connection.execute(f"ALTER VIEW rows_{k} RENAME TO read_{k}")
        connection.execute(
            f"""CREATE VIEW rows_{k} AS SELECT r.* REPLACE (
                if(repeats.place IS NULL, reason, 'repeated_transaction') AS reason)
            FROM read_{k} r LEFT JOIN repeats
                ON repeats.part = {k} AND repeats.file = r.file AND repeats.place = coalesce(r.row, r.line)"""
        )


def _refuse_currencies(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    surveys: Mapping[str, Sequence[Survey]],
    numbers: Sequence[int],
) -> None:
    """Several currencies and no table of rates: their sum would mean nothing."""
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


def _name_customers(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], key: bytes | None
) -> None:
    """Make the table numbered: customer as in the files, name and place in the order of names."""
    connection.execute("CREATE TABLE customers (customer VARCHAR)")
    for k in numbers:
        connection.execute(
            f"INSERT INTO customers SELECT DISTINCT customer FROM rows_{k} WHERE customer IS NOT NULL"
        )
    connection.execute(
        f"CREATE TABLE named AS SELECT DISTINCT customer, {clean('customer')} AS name FROM customers"
    )
    if key is not None:
        found = [
            name for (name,) in connection.execute("SELECT DISTINCT name FROM named").fetchall()
        ]
        schema = pa.schema({"name": pa.string(), "hash": pa.string()})
        connection.register("hashed", pa.table([found, pseudonyms(found, key)], schema=schema))
        connection.execute(
            "CREATE OR REPLACE TABLE named AS SELECT customer, hash AS name FROM named JOIN hashed USING (name)"
        )
    connection.execute(
        "CREATE TABLE numbered AS SELECT *, dense_rank() OVER (ORDER BY name) - 1 AS code FROM named"
    )


def _check_quarantine(surveys: Mapping[str, Sequence[Survey]], limit: float) -> None:
    """Stop where more than a share of the rows cannot be read: the config reads them wrongly."""
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
            f"Most are in {worst}; check ingest.columns, delimiter, date_format, amount_ignores and missing_amounts, or raise the share."
        )


def _check_counts(
    names: Sequence[str], counts: Sequence[int], surveys: Mapping[str, Sequence[Survey]]
) -> None:
    """Every row that was counted has one verdict."""
    for name in surveys:
        read = sum(count for own, count in zip(names, counts, strict=True) if own == name)
        found = sum(part.rows for part in surveys[name])
        if read != found:
            raise RuntimeError(f"{name}: {read} rows were counted and {found} have a verdict")


def _write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    surveys: Mapping[str, Sequence[Survey]],
    path: str,
    keep_text: bool,
) -> None:
    """Write file, row, line, reason (and text) of every quarantined row, in the order of the files."""
    kinds = {"file": pa.string(), "row": pa.int64(), "line": pa.int64(), "reason": pa.string()}
    schema = pa.schema(kinds | ({"text": pa.string()} if keep_text else {}))
    reasons = ", ".join(literal(reason) for reason in QUARANTINED)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for number, name in enumerate(names):
            if any(part.reason in QUARANTINED for part in surveys[name]):
                found = stream(
                    connection,
                    f"""
                    SELECT {literal(name)} AS file, row, line, reason{", text" if keep_text else ""}
                    FROM rows_{number} WHERE reason IN ({reasons}) ORDER BY row, line""",
                )
                for batch in found:
                    writer.write_table(batch.cast(schema))
