"""Judged rows → monthly.parquet: exact sums by month, customer and class, in order, in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
from jaxtyping import Int32, Int64, Shaped

from spendscape.core.arrays import Array
from spendscape.core.months import month_number
from spendscape.ingest.buckets import (
    LARGEST,
    ROW,
    WIDE,
    Bucket,
    Packing,
    Rows,
    mapped,
    rows_of,
    summed_packed,
    with_wide,
)
from spendscape.ingest.monthly_file import UNITS, MonthlyFile, Sums

Made = TypeVar("Made")

BATCH = 2**18
# Accepted rows in a bucket of customers and a month, and how many files of buckets are open at once.
BUCKET, OPEN = 2**21, 400


@dataclass(frozen=True)
class Span:
    """The months and the codes of rows.

    Attributes
    ----------
    first, last : numbers of the first and the last month
    codes : how many classes or categories there are
    """

    first: int
    last: int
    codes: int


def write_monthly(
    connection: duckdb.DuckDBPyConnection,
    numbers: Sequence[int],
    count: str,
    path: str,
    work: str,
    threads: int,
    classes: Sequence[str],
    chosen: Mapping[str | None, str | None],
    ledger: Mapping[str, Any],
) -> dict[str, int]:
    """Write the sums by month, customer and class; return the customers read and accepted.

    The accepted rows go to a file of each month first, or several of neighbouring customers, so that
    each file can be summed in memory and all sums come in order.

    Parameters
    ----------
    numbers : the views of judged rows, rows_k
    count : SQL for the number of transactions in a row
    work : a folder for the files of rows
    chosen : the class of each category as it stands in the files, None where it is excluded

    Raises
    ------
    OverflowError
        A sum needs more than 64 bits of millionths.
    RuntimeError
        The sums differ from what the ledger accepted.
    """
    names = sorted(classes)
    codes = {name: code for code, name in enumerate(names)}
    found = stream(connection, "SELECT DISTINCT name, code FROM numbered ORDER BY code")
    customers = pa.concat_arrays([chunk for batch in found for chunk in batch["name"].chunks])
    buckets = accepted_rows(
        connection,
        numbers,
        count,
        {raw: codes[own] for raw, own in chosen.items() if own},
        span_of(ledger, len(names)),
        len(customers),
        ledger["total"]["accepted"]["rows"],
        work,
        threads,
    )
    with MonthlyFile(path, customers).opened(names) as file:
        for month, parts in groupby(sums_of(buckets, len(names), threads), lambda own: own[0]):
            file.add(month, (sums for _, sums in parts))
    return checked(file, ledger)


def span_of(ledger: Mapping[str, Any], codes: int) -> Span:
    """From the first to the last month that the ledger accepted."""
    return Span(month_number(ledger["first_month"]), month_number(ledger["last_month"]), codes)


def checked(file: MonthlyFile, ledger: Mapping[str, Any]) -> dict[str, int]:
    """The customers read and accepted, when the sums hold what the ledger accepted.

    Raises
    ------
    RuntimeError
        They do not.
    """
    total = ledger["total"]["accepted"]
    found = sum(own.transactions for own in file.sections)
    money = Decimal(sum(own.money for own in file.sections)) / UNITS
    if found != total["rows"] or money != Decimal(total["amount"]):
        raise RuntimeError(
            f"monthly sums hold {found} rows and {money}, the ledger accepted {total}"
        )
    return {"read": len(file.customers), "accepted": file.present}


def accepted_rows(
    connection: duckdb.DuckDBPyConnection,
    numbers: Sequence[int],
    count: str,
    codes: Mapping[str | None, int],
    span: Span,
    customers: int,
    rows: int,
    work: str,
    threads: int,
) -> list[Bucket]:
    """The accepted rows in buckets, in the order of months and customers.

    Parameters
    ----------
    codes : the code of each category as it stands in the files; rows of other categories are left out
    customers, rows : how many there are
    """
    table = {
        "category": pa.array(list(codes), pa.string()),
        "code": pa.array(list(codes.values()), pa.int32()),
    }
    connection.register("mapping", pa.table(table))
    months = span.last - span.first + 1
    # As many files of a month as it has buckets when all months have as many rows.
    blocks = min(1 + rows // months // BUCKET, max(1, OPEN // months))
    size = -(-customers // blocks)
    # Nothing here depends on the order of the rows.
    connection.execute("SET preserve_insertion_order = false")
    found = stream(connection, _accepted(numbers, count, span.first))
    packing = Packing.of(size, span.codes)
    files = _scattered(found, blocks, size, packing, Path(work), threads)
    connection.execute("RESET preserve_insertion_order")
    buckets = []
    for number, path in files:
        month, block = divmod(number, blocks)
        start = block * size
        known = Bucket(
            span.first + month, start, min(start + size, customers), path, packing, start, True
        )
        held = sum(len(rows) for rows in mapped(known))
        cuts = cut_customers(known.start, known.end, held)
        whole = held <= 2 * BUCKET
        buckets += [known._replace(start=low, end=high, whole=whole) for low, high in cuts]
    return buckets


def cut_customers(start: int, end: int, rows: int) -> list[tuple[int, int]]:
    """Ranges of the customers start … end - 1 that have a bucket's rows each, or twice as many, when all have as many."""
    size = -(-(end - start) // (rows // BUCKET if rows > 2 * BUCKET else 1))
    return [(low, min(low + size, end)) for low in range(start, end, size)]


def sums_of(buckets: Iterable[Bucket], codes: int, threads: int) -> Iterator[tuple[int, Sums]]:
    """The month and the sums of each bucket."""

    def made(bucket: Bucket) -> tuple[int, Sums]:
        packed, wide = rows_of(bucket)
        sums = summed_packed(packed, bucket)
        if sums is None or len(wide):
            rows = with_wide(packed if sums is None else sums, wide, bucket)
            sums = summed(rows, bucket.start, codes)
        return bucket.month, sums

    return ahead(made, ((bucket,) for bucket in buckets), threads)


def _accepted(numbers: Sequence[int], count: str, first: int) -> str:
    """SQL: month, customer, code, amount and transactions of the accepted rows."""
    return " UNION ALL ".join(
        f"""
        SELECT (month - {first})::INTEGER AS month, numbered.code::INTEGER AS customer,
            mapping.code, amount, {count}::INTEGER AS transactions
        FROM rows_{number} JOIN numbered USING (customer) JOIN mapping USING (category)
        WHERE reason IS NULL"""
        for number in numbers
    )


def _scattered(
    batches: Iterable[Any], blocks: int, size: int, packing: Packing, work: Path, threads: int
) -> list[tuple[int, Path]]:
    """Write the rows of each month and each `size` neighbouring customers to a file, or two (`Bucket`).

    Returns
    -------
    list
        month × blocks + block, and the path of each file, in order
    """

    def made(batch: Any) -> list[tuple[str, Shaped[Array, "_"], Int64[Array, "_"]]]:
        amount = units(batch["amount"]).to_numpy()
        month, customer, code, count = (
            batch[name].to_numpy() for name in ("month", "customer", "code", "transactions")
        )
        block = customer // np.int32(size)
        bucket, own = month * np.int32(blocks) + block, customer - block * np.int32(size)
        narrow = packing.fits(amount) & (count == 1)
        if narrow.all():
            return [("", *_in_order(bucket, packing.pack(own, code, amount)))]
        packed = packing.pack(own[narrow], code[narrow], amount[narrow])
        wide = np.empty(len(bucket) - len(packed), ROW)
        columns = (own, code, amount, count)
        for name, column in zip(ROW.names or (), columns, strict=True):
            wide[name] = column[~narrow]
        return [
            ("", *_in_order(bucket[narrow], packed)),
            (WIDE, *_in_order(bucket[~narrow], wide)),
        ]

    paths: dict[int, Path] = {}
    files: dict[tuple[int, str], BinaryIO] = {}
    for parts in ahead(made, ((batch,) for batch in batches), threads):
        for ending, rows, ends in parts:
            starts = np.append(0, ends[:-1])
            for number in np.flatnonzero(ends > starts).tolist():
                paths[number] = work / f"bucket_{number}"
                if (number, ending) not in files:
                    if len(files) == OPEN:
                        _close(files)
                    files[number, ending] = paths[number].with_suffix(ending).open("ab")
                files[number, ending].write(rows[starts[number] : ends[number]].data)
    _close(files)
    return sorted(paths.items())


def _in_order(
    bucket: Int32[Array, "N"], rows: Shaped[Array, "N"]
) -> tuple[Shaped[Array, "N"], Int64[Array, "K"]]:
    """Rows in the order of their buckets, and where each of these ends."""
    few = bucket.max(initial=0) < 2**16
    # A stable sort of 16 bits is a radix sort.
    order = np.argsort(bucket.astype(np.uint16) if few else bucket, kind="stable")
    return rows[order], np.cumsum(np.bincount(bucket))


def _close(files: dict[tuple[int, str], BinaryIO]) -> None:
    while files:
        files.popitem()[1].close()


def units(amount: Any) -> Any:
    """Decimals with the six places of `AMOUNT` as whole numbers; multiplying them would be slow."""
    whole = [chunk.view(pa.decimal128(38, 0)) for chunk in amount.chunks]
    try:
        return pa.chunked_array(whole, pa.decimal128(38, 0)).cast(pa.int64())
    except pa.ArrowInvalid:
        raise OverflowError from None


def summed(rows: Rows, start: int, codes: int) -> Sums:
    """The sums of a bucket's rows, all of one month.

    Parameters
    ----------
    start : its first customer
    codes : codes that each of them may have

    Raises
    ------
    OverflowError
        A sum needs more than 64 bits of millionths.
    """
    customers, code, amount, count = rows
    cells = customers.astype(np.int64) * codes + code
    if (cells[1:] < cells[:-1]).any():
        # Which of equal ones comes first does not matter to sums of whole numbers.
        order = np.argsort(cells)
        cells, amount, count = cells[order], amount[order], count[order]
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    if not len(starts):
        none = np.empty(0, np.int32)
        return Sums(none, none, np.empty(0, np.int64), none)
    about = np.add.reduceat(amount.astype(np.float64), starts)
    if np.abs(about).max() >= LARGEST:
        raise OverflowError
    customer = cells[starts] // codes
    return Sums(
        (customer + start).astype(np.int32),
        (cells[starts] - customer * codes).astype(np.int32),
        np.add.reduceat(amount, starts),
        np.add.reduceat(count, starts).astype(np.int32),
    )


def stream(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[Any]:
    """The result of a query in Arrow tables of BATCH rows, however DuckDB cuts its batches."""
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


def ahead(
    make: Callable[..., Made], items: Iterable[tuple[Any, ...]], threads: int
) -> Iterator[Made]:
    """What `make` makes of the items, in their order; up to `threads` of them are made at the same time."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(make, *item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
