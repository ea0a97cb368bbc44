"""Raw files to monthly sums, with a quarantine and a ledger that adds up (MATHS §1).

Every row of every file gets one verdict: accepted, quarantined (it cannot be read) or excluded (it
can, and a rule of the config leaves it out). DuckDB reads, in two passes:

1. Survey: rows and money by category and reason, and the customers. All mistakes of the config
   show here, before anything large is made. A CSV file is read once and its verdicts are kept in
   Parquet; a Parquet file is cheap enough to be read again.
2. Sums: customer, month and class packed in one integer, which groups and sorts several times
   faster than three columns with text.

DuckDB's CSV reader is fast, and lenient where a file is broken: it was seen to drop surplus fields
and whole tails of a file without a word. So it is trusted only with files in which every line is
one row by a count of our own; `careful_rows` reads all others.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.careful_csv import SPACE, careful_rows, header_of, plain_rows
from spendscape.errors import DataError
from spendscape.ledger import (
    QUARANTINED,
    ClassRules,
    Survey,
    assign_classes,
    hint,
    make_ledger,
    month_number,
    readable,
    reasons_text,
    short,
    summary,
)

ENDINGS = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet"}
# Exact to a millionth (ledgers with shared bills go that far), below 10^12; so are their sums.
AMOUNT = "DECIMAL(18, 6)"
UNITS = 1_000_000
NUMERIC = r"U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)"
DATED = r"DATE|TIMESTAMP[A-Z_ ]*"
BATCH = 2**20

MONTHLY = pa.schema(
    {
        "customer_id": pa.dictionary(pa.int32(), pa.string()),
        "month": pa.date32(),
        "class": pa.dictionary(pa.int32(), pa.string()),
        "amount": pa.float64(),
        "transactions": pa.int32(),
    }
)


@dataclass(frozen=True)
class Columns:
    """Which column of a file holds what."""

    customer: str = "customer_id"
    date: str = "booked"
    category: str = "class"
    amount: str = "amount"


@dataclass(frozen=True)
class Reading:
    """How the raw files are read; the fields are keys of the config's section `ingest`.

    The defaults read what the simulator writes.
    """

    columns: Columns = field(default_factory=Columns)
    delimiter: str = ","
    date_format: str | None = None
    first_month: str = "1970-01"
    last_month: str = "2099-12"
    amount_ignores: str = ""
    missing_amounts: Sequence[str] = ()
    spend_is: str = "positive"


def ingest(
    files: Mapping[str, str],
    reading: Reading,
    rules: ClassRules,
    monthly: str,
    quarantine: str,
    work: str,
    max_quarantined_share: float = 0.01,
    keep_rejected_text: bool = False,
    threads: int = 1,
    memory: int = 2000,
) -> dict[str, Any]:
    """Read the files, write monthly.parquet and quarantine.parquet, return the ledger.

    Parameters
    ----------
    files : name of each file in the ledger and the quarantine, and its path
    monthly : customer_id, month (first day), class, amount (float64, spend positive), transactions;
        sorted by the first three, the same bytes for any number of threads
    quarantine : file, row (1 is the first after the header), line (CSV), reason, and text if kept
    work : an empty folder for intermediate files
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
    _check_date_format(connection, reading.date_format)
    surveys: dict[str, list[Survey]] = {}
    for number, (name, path) in enumerate(files.items()):
        read = _open(connection, number, name, path, reading, work, keep_rejected_text)
        try:
            surveys[name] = _survey(connection, number)
        except duckdb.Error as error:
            raise DataError(f"ingest.files: {name} cannot be read; {_first_line(error)}") from None
        found = sum(part.rows for part in surveys[name])
        if found != read:
            raise RuntimeError(f"{name}: {read} rows were counted and {found} have a verdict")
    _check_quarantine(surveys, max_quarantined_share)
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
    _write_quarantine(connection, surveys, quarantine, keep_rejected_text)
    try:
        ledger["customers"] = _write_monthly(connection, surveys, classes, mapping, monthly, ledger)
    except (duckdb.ConversionException, duckdb.OutOfRangeException):
        raise DataError(
            "ingest: a customer's money in one class and month is beyond 9,000,000,000,000; "
            "check ingest.columns.amount"
        ) from None
    connection.close()
    ledger["summary"] = summary(ledger)
    return ledger


# --- one file ------------------------------------------------------------------------------------


def _open(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    name: str,
    path: str,
    reading: Reading,
    work: str,
    keep_text: bool,
) -> int:
    """Make the view rows_`number`: row, line, customer, month, category, amount, reason, text.

    Returns the number of rows, counted without the view.
    """
    kind = ENDINGS.get(Path(path).suffix.lower())
    if kind is None:
        raise DataError(
            f"ingest.files: {name} was given; expected a name that ends in {', '.join(ENDINGS)}"
        )
    if Path(path).stat().st_size == 0:
        raise DataError(f"ingest.files: {name} is empty; expected columns and rows")
    if kind == "parquet":
        select, rows = _parquet(connection, name, path, reading, keep_text)
    else:
        staged = str(Path(work) / f"{number}.parquet")
        rows = _stage_csv(connection, name, path, reading, staged, keep_text)
        select = f"""
            SELECT * REPLACE (
                coalesce(row, file_row_number + 1) AS row,
                coalesce(line, file_row_number + 2) AS line
            ) FROM read_parquet({_literal(staged)}, file_row_number = true)"""
    connection.execute(f"CREATE VIEW rows_{number} AS {select}")
    return rows


def _parquet(
    connection: duckdb.DuckDBPyConnection, name: str, path: str, reading: Reading, keep_text: bool
) -> tuple[str, int]:
    """The select that judges a Parquet file, and the number of its rows."""
    source = f"read_parquet({_literal(path)}, file_row_number = true, binary_as_string = true, hive_partitioning = false)"
    try:
        types = {
            column: str(kind)
            for column, kind, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()
        }
        rows = pq.ParquetFile(path).metadata.num_rows
    except (duckdb.Error, pa.ArrowException) as error:
        raise DataError(
            f"ingest.files: {name} cannot be read as Parquet; {_first_line(error)}"
        ) from None
    del types["file_row_number"]
    chosen = {key: list(types)[place] for key, place in _places(name, list(types), reading).items()}
    columns = {key: _identifier(column) for key, column in chosen.items()}
    numeric = re.fullmatch(NUMERIC, types[chosen["amount"]]) is not None
    dated = re.fullmatch(DATED, types[chosen["date"]]) is not None
    text = f"concat_ws({_literal(reading.delimiter)}, {', '.join(columns.values())})"
    raw = f"""
        SELECT file_row_number + 1 AS row, NULL::BIGINT AS line, NULL::VARCHAR AS problem,
            {", ".join(f"{column} AS {key}" for key, column in columns.items())},
            {text if keep_text else "NULL::VARCHAR"} AS text
        FROM {source}"""
    return _judge(raw, reading, dated, numeric), rows


def _stage_csv(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: str,
    reading: Reading,
    staged: str,
    keep_text: bool,
) -> int:
    """Write a CSV file's judged rows as Parquet, in the order of the file; return their number."""
    header = header_of(name, path, reading.delimiter)
    places = _places(name, header, reading)
    rows = plain_rows(path)
    if rows is not None:
        fields = [f"c{place}" for place in range(len(header))]
        text = f"concat_ws({_literal(reading.delimiter)}, {', '.join(fields)})"
        raw = f"""
            SELECT NULL::BIGINT AS row, NULL::BIGINT AS line, NULL::VARCHAR AS problem,
                {", ".join(f"c{place} AS {key}" for key, place in places.items())},
                {text if keep_text else "NULL::VARCHAR"} AS text
            FROM read_csv({_literal(path)}, auto_detect = false, header = false, skip = 1,
                delim = {_literal(reading.delimiter)}, quote = '"', escape = '"', columns = {{
                {", ".join(f"'{column}': 'VARCHAR'" for column in fields)} }})"""
        try:
            if _copy(connection, _judge(raw, reading), staged) == rows:
                return rows
        except duckdb.Error:
            # Its message quotes the row, and the careful reader says what is wrong by line.
            pass
    records = careful_rows(path, reading.delimiter, header, list(places.values()))
    count = Counter[str]()
    connection.register("careful", _batches(records, keep_text, count))
    _copy(connection, _judge("SELECT * FROM careful", reading), staged)
    connection.unregister("careful")
    return count["rows"]


def _judge(raw: str, reading: Reading, dated: bool = False, numeric: bool = False) -> str:
    """The select that turns a select of raw fields into values and a reason.

    `dated` and `numeric`: the date and the amount have types; otherwise they are text.
    """
    first, last = (month_number(text) for text in (reading.first_month, reading.last_month))
    missing = ", ".join(_literal(text.strip(SPACE)) for text in reading.missing_amounts) or "NULL"
    if numeric:
        amount = f"TRY_CAST(amount AS {AMOUNT})"
        is_missing = "amount IS NULL" if "" in reading.missing_amounts else "false"
    else:
        amount = _text_amount(reading.amount_ignores)
        is_missing = f"coalesce({_clean('amount')} IN ({missing}), false)"
    sign = "-" if reading.spend_is == "negative" else ""
    # Cleaning text costs more than all the rest, so ids and categories stay raw: the few distinct
    # ones are cleaned later. An id that begins with a visible ASCII character is not blank.
    blank = f"CASE WHEN customer >= '!' AND customer < '\u0080' THEN false ELSE {_clean('customer')} = '' END"
    return f"""
        SELECT row, line, if(v_blank, NULL, customer) AS customer, v_month AS month,
            category, v_amount AS amount, text,
            CASE
                WHEN problem IS NOT NULL THEN problem
                WHEN v_blank THEN 'no_customer'
                WHEN v_month IS NULL THEN 'bad_date'
                WHEN v_month NOT BETWEEN {first} AND {last} THEN 'date_out_of_range'
                WHEN v_missing THEN 'missing_amount'
                WHEN v_amount IS NULL THEN 'bad_amount'
            END AS reason
        FROM (
            SELECT row, line, problem, customer, {blank} AS v_blank,
                (year(v_date) * 12 + month(v_date) - 1)::INTEGER AS v_month,
                coalesce(category, '') AS category,
                ({sign}{amount})::{AMOUNT} AS v_amount, {is_missing} AS v_missing, text
            FROM (
                SELECT * REPLACE (customer::VARCHAR AS customer, category::VARCHAR AS category),
                    {"TRY_CAST(date AS DATE)" if dated else _text_date(reading.date_format)} AS v_date
                FROM ({raw})
            )
        )"""


def _clean(column: str) -> str:
    """SQL: a field's text without space around it, '' where there is none.

    The pattern passes what needs no trimming, three times as fast as `trim` with its list.
    """
    trimmed = f"trim(coalesce({column}::VARCHAR, ''), {_literal(SPACE)})"
    return f"CASE WHEN regexp_full_match({column}::VARCHAR, '[!-~]([ -~]*[!-~])?') THEN {column}::VARCHAR ELSE {trimmed} END"


def _text_date(pattern: str | None) -> str:
    """SQL: the date of a text by a strptime pattern, or ISO with an optional time of day."""
    text = _clean("date")
    if pattern is not None:
        return f"TRY_CAST(try_strptime({text}, {_literal(pattern)}) AS DATE)"
    iso = "substr({0}, 5, 1) = '-' AND substr({0}, 8, 1) = '-'"
    timed = f"regexp_full_match({text}, '.{{10}}[T ]\\d\\d:\\d\\d[^(]*') AND TRY_CAST({text} AS TIMESTAMP) IS NOT NULL"
    return f"""CASE
        WHEN length(date::VARCHAR) = 10 AND {iso.format("date::VARCHAR")} THEN TRY_CAST(date AS DATE)
        WHEN {iso.format(text)} AND (length({text}) = 10 OR {timed}) THEN TRY_CAST(left({text}, 10) AS DATE)
        END"""


def _text_amount(ignored: str) -> str:
    """SQL: the amount of a text.

    A plain number needs no more than a cast. Otherwise ignored characters may stand before and
    after the number and between groups of digits, where the last group has three: what would read
    `1.234,50` as 1.2345 is refused. Parentheses mean a minus.
    """
    text = _clean("amount")
    some = f"[{''.join(re.escape(c) for c in ignored)}]" if ignored else ""
    any_, one = (f"{some}*", some) if some else ("", "")
    grouped = f"|\\d{{1,3}}({one}\\d{{2,3}})*{one}\\d{{3}}" if some else ""
    number = f"((\\d+{grouped})(\\.\\d*)?|\\.\\d+)"
    pattern = f"{any_}[-+]?{any_}{number}{any_}|{any_}\\({any_}{number}{any_}\\){any_}"
    return f"""coalesce(
        TRY_CAST(amount::VARCHAR AS {AMOUNT}),
        CASE WHEN regexp_full_match({text}, {_literal(pattern)}) THEN
            TRY_CAST(regexp_replace({text}, '[^0-9.]', '', 'g') AS {AMOUNT})
            * CASE WHEN regexp_matches({text}, '[-(]') THEN -1 ELSE 1 END
        END)"""


def _places(name: str, header: Sequence[str], reading: Reading) -> dict[str, int]:
    """Where the four columns stand in a file."""
    places = {}
    for key in ("customer", "date", "category", "amount"):
        wanted = getattr(reading.columns, key)
        if header.count(wanted) != 1:
            found = ", ".join(short(column) for column in header[:20])
            many = ", …" if len(header) > 20 else ""
            fault = "more than one" if wanted in header else f"no such column{hint(wanted, header)}"
            raise DataError(
                f"ingest.columns.{key}: {wanted!r} was given; {name} has {fault}.\n"
                f"Its columns: {found}{many}"
            )
        places[key] = header.index(wanted)
    return places


def _batches(
    records: Iterable[dict[str, Any]], keep_text: bool, count: Counter[str]
) -> pa.RecordBatchReader:
    """Records as a stream of Arrow batches; their number is added to `count`."""
    texts = ("customer", "date", "category", "amount", "text", "problem")
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
    connection = duckdb.connect(config=settings)
    connection.execute("CREATE TABLE customers (customer VARCHAR)")
    connection.execute(f"CREATE TABLE postings (key BIGINT, amount {AMOUNT})")
    return connection


def _check_date_format(connection: duckdb.DuckDBPyConnection, pattern: str | None) -> None:
    """Refuse a pattern that strptime does not know."""
    if pattern is None:
        return
    try:
        connection.execute(f"SELECT try_strptime('', {_literal(pattern)})").fetchall()
    except duckdb.Error:
        raise DataError(
            f"ingest.date_format: {pattern!r} was given; expected a strptime pattern such as %d.%m.%Y"
        ) from None


def _survey(connection: duckdb.DuckDBPyConnection, number: int) -> list[Survey]:
    """Rows and money of a file by category and reason; its customers are added to the table."""
    connection.execute(
        f"INSERT INTO customers SELECT DISTINCT customer FROM rows_{number} WHERE customer IS NOT NULL"
    )
    parts = connection.execute(
        f"""
        SELECT if(reason IS NULL, category, NULL) AS raw, reason, count(*), count(amount),
            coalesce(sum(amount), 0), min(month), max(month)
        FROM rows_{number} GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    return [Survey(raw, None if raw is None else raw.strip(SPACE), *rest) for raw, *rest in parts]


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


def _write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    surveys: Mapping[str, Sequence[Survey]],
    path: str,
    keep_text: bool,
) -> None:
    """Write file, row, line, reason (and text) of every quarantined row, in the order of the files."""
    kinds = {"file": pa.string(), "row": pa.int64(), "line": pa.int64(), "reason": pa.string()}
    schema = pa.schema(kinds | ({"text": pa.string()} if keep_text else {}))
    reasons = ", ".join(_literal(reason) for reason in QUARANTINED)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for number, (name, parts) in enumerate(surveys.items()):
            if any(part.reason in QUARANTINED for part in parts):
                found = _stream(
                    connection,
                    f"""
                    SELECT {_literal(name)} AS file, row, line, reason{", text" if keep_text else ""}
                    FROM rows_{number} WHERE reason IN ({reasons}) ORDER BY row""",
                )
                for batch in found:
                    writer.write_table(batch.cast(schema))


def _write_monthly(
    connection: duckdb.DuckDBPyConnection,
    surveys: Mapping[str, Sequence[Survey]],
    classes: Sequence[str],
    mapping: Mapping[str, str | None],
    path: str,
    ledger: Mapping[str, Any],
) -> dict[str, int]:
    """Write the sums by customer, month and class; return the customers read and accepted.

    Raises
    ------
    RuntimeError
        The sums differ from what the ledger accepted.
    """
    first, months = _span(ledger)
    codes = {name: code for code, name in enumerate(sorted(classes))}
    chosen = {part.raw: mapping[str(part.category)] for part in readable(surveys)}
    table = pa.table(
        {
            "category": pa.array([raw for raw, own in chosen.items() if own], pa.string()),
            "code": pa.array([codes[own] for own in chosen.values() if own], pa.int64()),
        }
    )
    connection.register("mapping", table)
    connection.execute(
        f"""
        CREATE TABLE numbered AS
        SELECT customer, name, dense_rank() OVER (ORDER BY name) - 1 AS code
        FROM (SELECT DISTINCT customer, {_clean("customer")} AS name FROM customers)"""
    )
    for number in range(len(surveys)):
        connection.execute(
            f"""
            INSERT INTO postings SELECT
                (numbered.code * {months} + month - {first}) * {len(codes)} + mapping.code,
                amount
            FROM rows_{number} JOIN numbered USING (customer) JOIN mapping USING (category)
            WHERE reason IS NULL"""
        )
    names = _stream(connection, "SELECT DISTINCT name, code FROM numbered ORDER BY code")
    customers = pa.concat_arrays([chunk for batch in names for chunk in batch["name"].chunks])
    class_names = pa.array(sorted(classes), pa.string())
    sums = _stream(
        connection,
        f"""
        SELECT key, (sum(amount) * {UNITS})::BIGINT AS amount, count(*)::INTEGER AS transactions
        FROM postings GROUP BY key ORDER BY key""",
    )
    rows = money = accepted = 0
    last = -1
    with pq.ParquetWriter(path, MONTHLY, compression="zstd", store_schema=False) as writer:
        for batch in sums:
            key, amount, transactions = (column.to_numpy() for column in batch.columns)
            rows += int(transactions.sum())
            # In two parts, because a million sums of large money do not fit in 64 bits.
            whole, part = np.divmod(amount, UNITS)
            money += int(whole.sum()) * UNITS + int(part.sum())
            key, code = np.divmod(key, len(codes))
            customer, month = np.divmod(key, months)
            accepted += int((np.diff(customer, prepend=last) != 0).sum())
            low, last = int(customer[0]), int(customer[-1])
            day = (month + first - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
            own = customers.slice(low, last - low + 1)
            columns = [
                pa.DictionaryArray.from_arrays((customer - low).astype(np.int32), own),
                pa.array(day),
                pa.DictionaryArray.from_arrays(code.astype(np.int32), class_names),
                pa.array(amount / UNITS),
                pa.array(transactions),
            ]
            writer.write_batch(pa.record_batch(columns, schema=MONTHLY))
    total = ledger["total"]["accepted"]
    if rows != total["rows"] or Decimal(money) / UNITS != Decimal(total["amount"]):
        raise RuntimeError(
            f"monthly sums hold {rows} rows and {Decimal(money) / UNITS}, the ledger accepted {total}"
        )
    return {"read": len(customers), "accepted": accepted}


def _span(ledger: Mapping[str, Any]) -> tuple[int, int]:
    """The number of the first month, and how many there are."""
    first = month_number(ledger["first_month"])
    return first, month_number(ledger["last_month"]) - first + 1


def _stream(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[Any]:
    """The result of a query in Arrow tables of BATCH rows, whatever the batches that DuckDB makes."""
    reader: Any = connection.sql(query).to_arrow_reader(BATCH)
    waiting: list[Any] = []
    for batch in reader:
        waiting.append(pa.Table.from_batches([batch]))
        while sum(len(table) for table in waiting) >= BATCH:
            joined = pa.concat_tables(waiting)
            yield joined.slice(0, BATCH)
            waiting = [joined.slice(BATCH)]
    if sum(len(table) for table in waiting):
        yield pa.concat_tables(waiting)


def _copy(connection: duckdb.DuckDBPyConnection, select: str, path: str) -> int:
    """Write a select as Parquet in its own order; return the number of rows."""
    done = connection.execute(f"COPY ({select}) TO {_literal(path)} (FORMAT parquet)").fetchone()
    return int(done[0]) if done else 0


def _first_line(error: Exception) -> str:
    """The beginning of a message."""
    return str(error).partition("\n")[0]


def _literal(text: str) -> str:
    """A text in SQL, so that no config value becomes SQL."""
    return "'" + text.replace("'", "''") + "'"


def _identifier(text: str) -> str:
    """A name in SQL, so that no config value becomes SQL."""
    return '"' + text.replace('"', '""') + '"'
