"""Raw files to monthly sums, with a quarantine and a ledger that adds up (MATHS §1).

Every row of every file gets one verdict: accepted, quarantined (it cannot be read) or excluded (it
can, and a rule of the config leaves it out). DuckDB reads, in two passes:

1. Survey: rows and money by category and reason, and the customers. All mistakes of the config
   show here, before anything large is made. A text file is read once and its verdicts are kept in
   a table; a Parquet file is cheap enough to be read again.
2. Sums: customers, months and classes as numbers, to files of neighbouring customers, which are
   summed one by one.

Several jobs can share the first pass (`read_shard`), and one brings their shares together
(`gather`); `ingest` does both in one process.

DuckDB's CSV reader is fast, and lenient where a file is broken: it was seen to drop surplus fields
and whole tails of a file without a word. So it is trusted only with files in which every line is
one row by a count of our own; `careful_rows` reads all others.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape import sources
from spendscape.careful_csv import SPACE, careful_rows, plain_rows
from spendscape.errors import DataError
from spendscape.ledger import (
    QUARANTINED,
    ClassRules,
    Survey,
    assign_classes,
    make_ledger,
    month_number,
    readable,
    reasons_text,
    short,
    summary,
)
from spendscape.monthly import stream, write_monthly
from spendscape.pieces import Piece, kind_of
from spendscape.pseudonyms import pseudonyms
from spendscape.sources import Reading, find
from spendscape.verdicts import AMOUNT, FORMATS, clean, identifier, judge, literal

NUMERIC = r"U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)"
DATED = r"DATE|TIMESTAMP[A-Z_ ]*"


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
        _open(connection, number, piece, reading, work, keep_text)
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


# --- one file ------------------------------------------------------------------------------------


def _open(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    piece: Piece,
    reading: Reading,
    work: str,
    keep_text: bool,
) -> int:
    """Make the view rows_`number`: file, row, line, customer, month, category, amount, reason, text.

    Returns the number of rows, counted without the view.
    """
    kind, _ = kind_of(piece.name)
    if Path(piece.path).stat().st_size == 0:
        raise DataError(f"ingest.files: {piece.name} is empty; expected columns and rows")
    if kind == "text":
        staged = f"staged_{number}"
        rows, before = _stage_text(connection, piece, reading, work, staged, keep_text)
        # A part of a file does not know how many rows are before it, only how many lines.
        row = "NULL::BIGINT" if piece.parts > 1 else "coalesce(row, rowid + 1)"
        select = f"""
            SELECT * REPLACE (
                {row} AS row, coalesce(line, rowid + 1 + {before}) AS line
            ) FROM {staged}"""
    else:
        path = piece.path
        if kind == "arrow":
            path = sources.arrow_to_parquet(
                piece.name, path, str(Path(work) / f"{number}.arrow.parquet")
            )
        select, rows = _parquet(connection, piece, path, reading, keep_text)
    if reading.columns.currency is not None:
        select = _converted(select, reading)
    connection.execute(f"CREATE VIEW rows_{number} AS SELECT {number} AS file, * FROM ({select})")
    return rows


def _parquet(
    connection: duckdb.DuckDBPyConnection,
    piece: Piece,
    path: str,
    reading: Reading,
    keep_text: bool,
) -> tuple[str, int]:
    """The select that judges a Parquet file, and the number of its rows."""
    source = f"read_parquet({literal(path)}, file_row_number = true, binary_as_string = true, hive_partitioning = false)"
    try:
        types = {
            column: str(kind)
            for column, kind, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()
        }
        rows = pq.ParquetFile(path).metadata.num_rows
    except (duckdb.Error, pa.ArrowException) as error:
        raise DataError(
            f"ingest.files: {piece.name} cannot be read as Parquet; {_first_line(error)}"
        ) from None
    del types["file_row_number"]
    places, constants = find(piece.name, list(types), reading)
    chosen = {role: list(types)[place] for role, place in places.items()}
    columns = {role: identifier(column) for role, column in chosen.items()} | {
        role: literal(value) for role, value in constants.items()
    }
    dated = {r for r in chosen if r == "date_0" and re.fullmatch(DATED, types[chosen[r]])}
    numeric = {
        r for r in chosen if r in ("amount", "credit") and re.fullmatch(NUMERIC, types[chosen[r]])
    }
    within = ""
    if piece.parts > 1:
        low, high = sources.cut_rows(piece)
        within, rows = f"WHERE file_row_number >= {low} AND file_row_number < {high}", high - low
    raw = f"""
        SELECT file_row_number + 1 AS row, NULL::BIGINT AS line, NULL::VARCHAR AS problem,
            {", ".join(f"{column} AS {role}" for role, column in columns.items())},
            {_whole_row(reading, columns.values()) if keep_text else "NULL::VARCHAR"} AS text
        FROM {source} {within}"""
    return judge(raw, reading, dated, numeric), rows


def _stage_text(
    connection: duckdb.DuckDBPyConnection,
    piece: Piece,
    reading: Reading,
    work: str,
    staged: str,
    keep_text: bool,
) -> tuple[int, int]:
    """Make the table `staged` of a text file's judged rows, in the order of the file.

    Returns their number and the lines before the first of them.
    """
    unpacked, part = (str(Path(work) / f"{staged}.{ending}") for ending in ("text", "part"))
    path = sources.plain_text(piece, reading.encoding, unpacked)
    header = sources.text_header(piece.name, path, reading)
    places, constants = find(piece.name, header, reading)
    given = "".join(f", {literal(value)} AS {role}" for role, value in constants.items())
    head = before = reading.skip_lines + (not reading.column_names)
    if piece.parts > 1:
        path, before = sources.cut_text(piece, path, reading.quote, head, part)
        head = 0
    done = None
    fields = [f"c{place}" for place in range(len(header))]
    quote = literal(reading.quote)
    raw = f"""
        SELECT NULL::BIGINT AS row, NULL::BIGINT AS line, NULL::VARCHAR AS problem,
            {", ".join(f"c{place} AS {role}" for role, place in places.items())}{given},
            {_whole_row(reading, fields) if keep_text else "NULL::VARCHAR"} AS text
        FROM read_csv({literal(path)}, auto_detect = false, header = false, skip = {head},
            delim = {literal(reading.delimiter)}, quote = {quote}, escape = {quote}, columns = {{
            {", ".join(f"'{column}': 'VARCHAR'" for column in fields)} }})"""
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(plain_rows, path, head)
        # Its message would quote the row, and the careful reader says what is wrong by line.
        with suppress(duckdb.Error):
            done = _keep(connection, judge(raw, reading), staged)
        rows = counting.result()
    if rows is None or done != rows:
        records = careful_rows(
            path, reading.delimiter, reading.quote, len(header), places, head, before - head
        )
        count = Counter[str]()
        connection.register("careful", _batches(records, list(places), keep_text, count))
        _keep(connection, judge(f"SELECT *{given} FROM careful", reading), staged)
        connection.unregister("careful")
        rows = count["rows"]
    for made in (unpacked, part):
        Path(made).unlink(missing_ok=True)
    return rows, before


def _converted(select: str, reading: Reading) -> str:
    """A select with all amounts in the currency of the results, by the table of rates."""
    own = f"upper({clean('currency')})"
    home = literal(str(reading.currency).upper())
    monthly = any(month for _, month, _ in reading.rates)
    join = f"LEFT JOIN rates ON rates.code = {own}{' AND rates.month = j.month' if monthly else ''}"
    rate = "rates.rate" if reading.rates else "NULL::DECIMAL(18, 9)"
    worth = f"CASE WHEN {own} = {home} THEN amount ELSE (amount * {rate})::{AMOUNT} END"
    return f"""
        SELECT j.* REPLACE (
            {worth} AS amount,
            CASE WHEN reason IS NULL AND {worth} IS NULL THEN 'no_rate' ELSE reason END AS reason
        ) FROM ({select}) j {join if reading.rates else ""}"""


def _whole_row(reading: Reading, columns: Iterable[str]) -> str:
    """SQL: the text of a row, as near to the file as its fields are."""
    return f"concat_ws({literal(reading.delimiter)}, {', '.join(columns)})"


def _batches(
    records: Iterable[dict[str, Any]], given: Sequence[str], keep_text: bool, count: Counter[str]
) -> pa.RecordBatchReader:
    """Records as a stream of Arrow batches; their number is added to `count`."""
    texts = (*given, "text", "problem")
    schema = pa.schema(
        {"row": pa.int64(), "line": pa.int64(), **{name: pa.string() for name in texts}}
    )

    def batches() -> Iterator[pa.RecordBatch]:
        part: list[dict[str, Any]] = []
        for record in records:
            count["rows"] += 1
            part.append(record if keep_text else record | {"text": None})
            if len(part) == 2**14:
                yield pa.RecordBatch.from_pylist(part, schema=schema)
                part = []
        yield pa.RecordBatch.from_pylist(part, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


# --- all files -----------------------------------------------------------------------------------


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
        raise DataError(f"ingest.files: {name} cannot be read; {_first_line(error)}") from None


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


def _keep(connection: duckdb.DuckDBPyConnection, select: str, name: str) -> int:
    """Make a table of a select, in its own order; return the number of rows."""
    [[rows]] = connection.execute(f"CREATE OR REPLACE TABLE {name} AS {select}").fetchall()
    return int(rows)


def _first_line(error: Exception) -> str:
    """The beginning of a message."""
    return str(error).partition("\n")[0]
