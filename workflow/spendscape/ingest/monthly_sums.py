"""Judged rows → monthly.parquet: exact sums by customer, month and class, in order, in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int32, Int64, Shaped
from scipy.sparse import coo_array

from spendscape.core.arrays import Array
from spendscape.core.months import month_number

Made = TypeVar("Made")
Bucket = TypeVar("Bucket")
# Customer counted from the bucket's first, cell, millionths and transactions of each row.
Rows: TypeAlias = tuple[Int32[Array, "N"], Int32[Array, "N"], Int64[Array, "N"], Int32[Array, "N"]]

UNITS = 1_000_000
BATCH = 2**18
# Accepted rows in a bucket of customers, and the largest number of buckets; each is a file.
BUCKET, MOST_BUCKETS = 2**21, 400
# A sum of millionths has to stay below this.
LARGEST = 2.0**63
# Below it a sum of whole numbers is exact in floating point.
EXACT = 2.0**53

ROW = np.dtype(
    [("customer", np.int32), ("cell", np.int32), ("amount", np.int64), ("transactions", np.int32)]
)

MONTHLY = pa.schema(
    {
        "customer_id": pa.dictionary(pa.int32(), pa.string()),
        "month": pa.date32(),
        "class": pa.dictionary(pa.int32(), pa.string()),
        "amount": pa.float64(),
        "transactions": pa.int32(),
    }
)


class Sums(NamedTuple):
    """The sums of a bucket of customers, in the order of customers and cells.

    Attributes
    ----------
    customer : counted from the first of the bucket
    cell : month and class
    amount : millionths
    transactions : how many rows were summed
    """

    customer: Int32[Array, "K"]
    cell: Int32[Array, "K"]
    amount: Int64[Array, "K"]
    transactions: Int32[Array, "K"]


@dataclass(frozen=True)
class Cells:
    """The months and classes of the sums: a cell for each pair, month by month.

    Attributes
    ----------
    first : number of the first month
    day : first day of each cell's month
    code : place of each cell's class in `classes`
    classes : all classes, in the order of their names
    """

    first: int
    day: Shaped[Array, "K"]
    code: Int32[Array, "K"]
    classes: Sequence[str]


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
    """Write the sums by customer, month and class; return the customers read and accepted.

    The accepted rows go to files of neighbouring customers first, so that each file can be summed in
    memory and all sums come in order.

    Parameters
    ----------
    numbers : the views of judged rows, rows_k
    count : SQL for the number of transactions in a row
    work : a folder for the files of neighbouring customers
    chosen : the class of each category as it stands in the files, None where it is excluded

    Raises
    ------
    OverflowError
        A sum needs more than 64 bits of millionths.
    RuntimeError
        The sums differ from what the ledger accepted.
    """
    cells = cells_of(ledger, classes)
    codes = {name: code for code, name in enumerate(cells.classes)}
    names = stream(connection, "SELECT DISTINCT name, code FROM numbered ORDER BY code")
    customers = pa.concat_arrays([chunk for batch in names for chunk in batch["name"].chunks])
    size = bucket_size(len(customers), ledger["total"]["accepted"]["rows"])
    buckets = accepted_rows(
        connection,
        numbers,
        count,
        {raw: codes[own] for raw, own in chosen.items() if own},
        (cells.first, len(cells.classes)),
        size,
        work,
        threads,
    )
    return write_sums(path, buckets, rows_of, size, customers, cells, ledger, threads)


def bucket_size(customers: int, rows: int) -> int:
    """How many neighbouring customers are summed at once."""
    return -(-customers // min(MOST_BUCKETS, 1 + rows // BUCKET))


def accepted_rows(
    connection: duckdb.DuckDBPyConnection,
    numbers: Sequence[int],
    count: str,
    codes: Mapping[str | None, int],
    cells: tuple[int, int],
    size: int,
    work: str,
    threads: int,
) -> list[tuple[int, Path]]:
    """The accepted rows in files of neighbouring customers: the first customer of each, and its path.

    Parameters
    ----------
    codes : the code of each category as it stands in the files; rows of other categories are left out
    cells : number of the first month, and codes in a month
    size : customers in a file
    """
    table = {
        "category": pa.array(list(codes), pa.string()),
        "code": pa.array(list(codes.values()), pa.int32()),
    }
    connection.register("mapping", pa.table(table))
    # Nothing here depends on the order of the rows.
    connection.execute("SET preserve_insertion_order = false")
    rows = stream(connection, _accepted(numbers, count, *cells))
    buckets = _scattered(rows, size, Path(work), threads)
    connection.execute("RESET preserve_insertion_order")
    return buckets


def write_sums(
    path: str,
    buckets: Iterable[tuple[int, Bucket]],
    rows: Callable[[int, Bucket], Rows],
    size: int,
    customers: pa.Array,
    cells: Cells,
    ledger: Mapping[str, Any],
    threads: int,
) -> dict[str, int]:
    """Write monthly.parquet; return the customers read and accepted.

    Parameters
    ----------
    buckets : number of the first customer, and whatever `rows` takes to give the bucket's rows
    size : customers in a bucket
    customers : the names of all customers, in order

    Raises
    ------
    OverflowError, RuntimeError
        As `write_monthly`.
    """
    total = ledger["total"]["accepted"]
    found, money, present = _write_buckets(path, buckets, rows, size, customers, cells, threads)
    if found != total["rows"] or money != Decimal(total["amount"]):
        raise RuntimeError(
            f"monthly sums hold {found} rows and {money}, the ledger accepted {total}"
        )
    return {"read": len(customers), "accepted": present}


def cells_of(ledger: Mapping[str, Any], classes: Sequence[str]) -> Cells:
    """The cells from the first to the last month that the ledger accepted."""
    first, last = (month_number(ledger[name]) for name in ("first_month", "last_month"))
    shape = np.mgrid[: last - first + 1, : len(classes)].astype(np.int32)
    month, code = (values.ravel() for values in shape)
    days = (month + first).astype("datetime64[M]").astype("datetime64[D]")
    return Cells(first, days, code, sorted(classes))


def _accepted(numbers: Sequence[int], count: str, first: int, codes: int) -> str:
    """SQL: customer, cell, amount and transactions of the accepted rows."""
    return " UNION ALL ".join(
        f"""
        SELECT numbered.code::INTEGER AS customer,
            ((month - {first}) * {codes} + mapping.code)::INTEGER AS cell,
            amount, {count}::INTEGER AS transactions
        FROM rows_{number} JOIN numbered USING (customer) JOIN mapping USING (category)
        WHERE reason IS NULL"""
        for number in numbers
    )


def _write_buckets(
    path: str,
    buckets: Iterable[tuple[int, Bucket]],
    rows: Callable[[int, Bucket], Rows],
    size: int,
    customers: pa.Array,
    cells: Cells,
    threads: int,
) -> tuple[int, Decimal, int]:
    """Write the sums of all buckets; return their rows, their money and how many customers they have."""
    class_names = pa.array(cells.classes, pa.string())

    def made(start: int, bucket: Bucket) -> tuple[tuple[int, int, int], Any]:
        sums = summed(rows(start, bucket), size, len(cells.day))
        columns = [
            pa.DictionaryArray.from_arrays(sums.customer, customers.slice(start, size)),
            pa.array(cells.day[sums.cell]),
            pa.DictionaryArray.from_arrays(cells.code[sums.cell], class_names),
            pa.array(sums.amount / UNITS),
            pa.array(sums.transactions),
        ]
        # In two parts, because a million sums of large money do not fit in 64 bits.
        money = (int((sums.amount >> 20).sum()) << 20) + int((sums.amount & (2**20 - 1)).sum())
        present = int(np.count_nonzero(np.diff(sums.customer, prepend=-1)))
        counts = int(sums.transactions.sum()), money, present
        return counts, pa.record_batch(columns, schema=MONTHLY)

    totals = [(0, 0, 0)]
    plain = {"compression": "zstd", "store_schema": False, "write_batch_size": 2**14}
    # Those by which readers skip rows; of the others they cost a fifth of the writing.
    plain["write_statistics"] = ["customer_id", "month"]
    # Dictionaries of amounts would be given up, after much work.
    dictionaries = [name for name in MONTHLY.names if name != "amount"]
    with pq.ParquetWriter(path, MONTHLY, use_dictionary=dictionaries, **plain) as writer:
        for counts, batch in ahead(made, buckets, threads):
            totals.append(counts)
            writer.write_batch(batch, BATCH)
    found, money, present = (sum(column) for column in zip(*totals, strict=True))
    return found, Decimal(money) / UNITS, present


def _scattered(
    batches: Iterable[Any], size: int, work: Path, threads: int
) -> list[tuple[int, Path]]:
    """Write the rows of each `size` neighbouring customers to a file; return its first customer and path."""

    def sorted_rows(batch: Any) -> tuple[Shaped[Array, "N"], Int64[Array, "K"]]:
        columns = {name: batch[name] for name in ROW.names or ()}
        columns["amount"] = units(columns["amount"])
        bucket = (columns["customer"].to_numpy() // size).astype(np.uint16)
        # A stable sort of 16 bits is a radix sort.
        order = np.argsort(bucket, kind="stable")
        rows = np.empty(len(batch), ROW)
        for name, column in columns.items():
            rows[name] = column.to_numpy()[order]
        return rows, np.cumsum(np.bincount(bucket))

    made: dict[int, Any] = {}
    with ExitStack() as stack:
        for rows, ends in ahead(sorted_rows, ((batch,) for batch in batches), threads):
            for number, end in enumerate(ends):
                start = ends[number - 1] if number else 0
                if start < end:
                    if number not in made:
                        path = work / f"bucket_{number}"
                        made[number] = stack.enter_context(path.open("wb"))
                    made[number].write(rows[start:end].data)
    return [(number * size, Path(made[number].name)) for number in sorted(made)]


def units(amount: Any) -> Any:
    """Decimals with the six places of `AMOUNT` as whole numbers; multiplying them would be slow."""
    whole = [chunk.view(pa.decimal128(38, 0)) for chunk in amount.chunks]
    try:
        return pa.chunked_array(whole, pa.decimal128(38, 0)).cast(pa.int64())
    except pa.ArrowInvalid:
        raise OverflowError from None


def rows_of(start: int, path: Path) -> Rows:
    """The rows of a bucket's file; the file is removed."""
    rows = np.fromfile(path, ROW)
    path.unlink()
    return rows["customer"] - start, rows["cell"], rows["amount"], rows["transactions"]


def summed(rows: Rows, size: int, cells: int) -> Sums:
    """The sums of a bucket's rows.

    Parameters
    ----------
    size, cells : customers in the bucket, and cells that each of them may have

    Raises
    ------
    OverflowError
        A sum needs more than 64 bits of millionths.
    """
    customers, cell, amount, count = rows
    places = (customers, cell)

    def total(values: Shaped[Array, "N"]) -> Any:
        return coo_array((values, places), shape=(size, cells)).tocsr()

    money = np.abs(amount.astype(np.float64)).sum()
    if money < EXACT:  # one sorting of the rows for both sums
        sums = total(amount + 1j * count)
        data, counts = sums.data.real.astype(np.int64), sums.data.imag.astype(np.int32)
    else:
        sums = total(amount)
        if money >= LARGEST and sums.data.max() >= LARGEST:
            raise OverflowError
        data, counts = sums.data, total(count).data
    customer = np.repeat(np.arange(size, dtype=np.int32), np.diff(sums.indptr))
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
