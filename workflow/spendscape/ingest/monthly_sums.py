"""Judged rows → monthly.parquet: exact sums by month, customer and class, in order, in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
from jaxtyping import Int32, Int64, Shaped
from scipy.sparse import coo_array

from spendscape.core.arrays import Array
from spendscape.core.months import month_number
from spendscape.ingest.monthly_file import UNITS, MonthlyFile, Sums

Made = TypeVar("Made")
# Customer counted from the bucket's first, code, millionths and transactions of each row.
Rows: TypeAlias = tuple[Int32[Array, "N"], Int32[Array, "N"], Int64[Array, "N"], Int32[Array, "N"]]

BATCH = 2**18
# Accepted rows in a bucket of customers and a month, and how many files of buckets are open at once.
BUCKET, OPEN = 2**21, 400
# A sum of millionths has to stay below this.
LARGEST = 2.0**63
# Below it a sum of whole numbers is exact in floating point.
EXACT = 2.0**53

ROW = np.dtype(
    [("customer", np.int32), ("code", np.int32), ("amount", np.int64), ("transactions", np.int32)]
)


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


class Bucket(NamedTuple):
    """Accepted rows of a month and of neighbouring customers, in a file.

    Attributes
    ----------
    month : its number
    start, end : the first customer, and the first of the next bucket
    path : the file
    whole : whether it has no rows of other buckets
    """

    month: int
    start: int
    end: int
    path: Path
    whole: bool


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
    files = _scattered(found, blocks, size, Path(work), threads)
    connection.execute("RESET preserve_insertion_order")
    buckets = []
    for number, path in files:
        month, block = divmod(number, blocks)
        held = path.stat().st_size // ROW.itemsize
        ends = (block * size, min((block + 1) * size, customers))
        buckets += [
            Bucket(span.first + month, start, end, path, held <= 2 * BUCKET)
            for start, end in cut_customers(*ends, held)
        ]
    return buckets


def cut_customers(start: int, end: int, rows: int) -> list[tuple[int, int]]:
    """Ranges of the customers start … end - 1 that have a bucket's rows each, or twice as many, when all have as many."""
    size = -(-(end - start) // (rows // BUCKET if rows > 2 * BUCKET else 1))
    return [(low, min(low + size, end)) for low in range(start, end, size)]


def sums_of(buckets: Iterable[Bucket], codes: int, threads: int) -> Iterator[tuple[int, Sums]]:
    """The month and the sums of each bucket."""

    def made(bucket: Bucket) -> tuple[int, Sums]:
        start, end = bucket.start, bucket.end
        return bucket.month, summed(_rows_of(bucket), start, end, codes)

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
    batches: Iterable[Any], blocks: int, size: int, work: Path, threads: int
) -> list[tuple[int, Path]]:
    """Write the rows of each month and each `size` neighbouring customers to a file.

    Returns
    -------
    list
        month × blocks + block, and the path of each file, in order
    """

    def sorted_rows(batch: Any) -> tuple[Shaped[Array, "N"], Int64[Array, "K"]]:
        columns = {name: batch[name] for name in ROW.names or ()}
        columns["amount"] = units(columns["amount"])
        bucket = batch["month"].to_numpy() * blocks
        if blocks > 1:
            bucket += columns["customer"].to_numpy() // size
        if bucket.max() < 2**16:
            # A stable sort of 16 bits is a radix sort.
            bucket = bucket.astype(np.uint16)
        order = np.argsort(bucket, kind="stable")
        rows = np.empty(len(batch), ROW)
        for name, column in columns.items():
            rows[name] = column.to_numpy()[order]
        return rows, np.cumsum(np.bincount(bucket))

    paths: dict[int, Path] = {}
    files: dict[int, BinaryIO] = {}
    for rows, ends in ahead(sorted_rows, ((batch,) for batch in batches), threads):
        starts = np.concatenate([[0], ends[:-1]])
        for number in np.flatnonzero(ends > starts).tolist():
            if number not in files:
                if len(files) == OPEN:
                    _close(files)
                paths[number] = work / f"bucket_{number}"
                files[number] = paths[number].open("ab")
            files[number].write(rows[starts[number] : ends[number]].data)
    _close(files)
    return sorted(paths.items())


def _close(files: dict[int, BinaryIO]) -> None:
    while files:
        files.popitem()[1].close()


def units(amount: Any) -> Any:
    """Decimals with the six places of `AMOUNT` as whole numbers; multiplying them would be slow."""
    whole = [chunk.view(pa.decimal128(38, 0)) for chunk in amount.chunks]
    try:
        return pa.chunked_array(whole, pa.decimal128(38, 0)).cast(pa.int64())
    except pa.ArrowInvalid:
        raise OverflowError from None


def _rows_of(bucket: Bucket) -> Rows:
    """The rows of a bucket; a file that has no others is removed."""
    if bucket.whole:
        rows = np.fromfile(bucket.path, ROW)
        bucket.path.unlink()
    else:
        every = np.memmap(bucket.path, ROW, "r")
        chosen = (every["customer"] >= bucket.start) & (every["customer"] < bucket.end)
        rows = np.asarray(every[chosen])
    return (
        rows["customer"] - np.int32(bucket.start),
        rows["code"],
        rows["amount"],
        rows["transactions"],
    )


def summed(rows: Rows, start: int, end: int, codes: int) -> Sums:
    """The sums of a bucket's rows, all of one month.

    Parameters
    ----------
    start, end : its first customer, and the first that is not in it
    codes : codes that each of them may have

    Raises
    ------
    OverflowError
        A sum needs more than 64 bits of millionths.
    """
    customers, code, amount, count = rows
    places = (customers, code)

    def total(values: Shaped[Array, "N"]) -> Any:
        return coo_array((values, places), shape=(end - start, codes)).tocsr()

    money = np.abs(amount.astype(np.float64)).sum()
    if money < EXACT:  # one sorting of the rows for both sums
        sums = total(amount + 1j * count)
        data, counts = sums.data.real.astype(np.int64), sums.data.imag.astype(np.int32)
    else:
        sums = total(amount)
        if money >= LARGEST and sums.data.max() >= LARGEST:
            raise OverflowError
        data, counts = sums.data, total(count).data
    customer = np.repeat(np.arange(start, end, dtype=np.int32), np.diff(sums.indptr))
    return Sums(customer, sums.indices, data, counts)


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
