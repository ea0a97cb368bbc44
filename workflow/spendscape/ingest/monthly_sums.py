"""Judged rows to monthly.parquet: sums by customer, month and class, in order, exact and bounded in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import coo_array

from spendscape.core.months import month_number

Made = TypeVar("Made")

UNITS = 1_000_000
BATCH = 2**18
# Accepted rows of a bucket of customers, and the most buckets (a file each).
BUCKET, MOST_BUCKETS = 2**21, 400
# What a sum of millionths may be.
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


def write_monthly(
    connection: duckdb.DuckDBPyConnection,
    numbers: Sequence[int],
    count: str,
    classes: Sequence[str],
    chosen: Mapping[str | None, str | None],
    path: str,
    ledger: Mapping[str, Any],
    work: str,
    threads: int,
) -> dict[str, int]:
    """Write the sums by customer, month and class; return the customers read and accepted.

    The accepted rows go to files of neighbouring customers first, so that each can be summed in
    memory and all sums come in order.

    Parameters
    ----------
    count : SQL: the transactions of a row
    chosen : the class of each category, as it stands in the files
    work : a folder for these files

    Raises
    ------
    OverflowError
        A sum beyond 64 bits of millionths.
    RuntimeError
        The sums differ from what the ledger accepted.
    """
    first, months = _span(ledger)
    total = ledger["total"]["accepted"]
    codes = {name: code for code, name in enumerate(sorted(classes))}
    table = pa.table(
        {
            "category": pa.array([raw for raw, own in chosen.items() if own], pa.string()),
            "code": pa.array([codes[own] for own in chosen.values() if own], pa.int32()),
        }
    )
    connection.register("mapping", table)
    # Nothing here depends on the order of the rows.
    connection.execute("SET preserve_insertion_order = false")
    names = stream(connection, "SELECT DISTINCT name, code FROM numbered ORDER BY code")
    customers = pa.concat_arrays([chunk for batch in names for chunk in batch["name"].chunks])
    size = -(-len(customers) // min(MOST_BUCKETS, 1 + total["rows"] // BUCKET))
    accepted = " UNION ALL ".join(
        f"""
        SELECT numbered.code::INTEGER AS customer,
            ((month - {first}) * {len(codes)} + mapping.code)::INTEGER AS cell,
            amount, {count}::INTEGER AS transactions
        FROM rows_{number} JOIN numbered USING (customer) JOIN mapping USING (category)
        WHERE reason IS NULL"""
        for number in numbers
    )
    buckets = _scattered(stream(connection, accepted), size, Path(work), threads)
    connection.execute("RESET preserve_insertion_order")

    day, code = (values.ravel() for values in np.mgrid[:months, : len(codes)].astype(np.int32))
    days = (day + first).astype("datetime64[M]").astype("datetime64[D]")
    class_names = pa.array(sorted(classes), pa.string())

    def made(start: int, path: Path) -> tuple[Sums, Any]:
        sums = _sums(size, len(day), start, path)
        columns = [
            pa.DictionaryArray.from_arrays(sums.customer, customers.slice(start, size)),
            pa.array(days[sums.cell]),
            pa.DictionaryArray.from_arrays(code[sums.cell], class_names),
            pa.array(sums.amount / UNITS),
            pa.array(sums.transactions),
        ]
        return sums, pa.record_batch(columns, schema=MONTHLY)

    rows = money = present = 0
    plain = {"compression": "zstd", "store_schema": False}
    # Dictionaries of amounts would be given up, after much work.
    dictionaries = [name for name in MONTHLY.names if name != "amount"]
    with pq.ParquetWriter(path, MONTHLY, use_dictionary=dictionaries, **plain) as writer:
        for sums, batch in _ahead(made, buckets, threads):
            rows += int(sums.transactions.sum())
            # In two parts, because a million sums of large money do not fit in 64 bits.
            money += (int((sums.amount >> 20).sum()) << 20) + int((sums.amount & (2**20 - 1)).sum())
            present += int(np.count_nonzero(np.diff(sums.customer, prepend=-1)))
            writer.write_batch(batch, BATCH)
    if rows != total["rows"] or Decimal(money) / UNITS != Decimal(total["amount"]):
        raise RuntimeError(
            f"monthly sums hold {rows} rows and {Decimal(money) / UNITS}, the ledger accepted {total}"
        )
    return {"read": len(customers), "accepted": present}


class Sums(NamedTuple):
    """The sums of a bucket, in the order of customers and cells.

    Attributes
    ----------
    customer : [K], counted from the first of the bucket
    cell : [K], month and class
    amount : [K], millionths
    transactions : [K]
    """

    customer: NDArray[np.int32]
    cell: NDArray[np.int32]
    amount: NDArray[np.int64]
    transactions: NDArray[np.int32]


def _scattered(
    batches: Iterable[Any], size: int, work: Path, threads: int
) -> list[tuple[int, Path]]:
    """Write rows to a file per `size` customers; return the first customer and path of each."""

    def sorted_rows(batch: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
        columns = {name: batch[name] for name in ROW.names or ()}
        columns["amount"] = _units(columns["amount"])
        bucket = (columns["customer"].to_numpy() // size).astype(np.uint16)
        # A stable sort of 16 bits is a radix sort.
        order = np.argsort(bucket, kind="stable")
        rows = np.empty(len(batch), ROW)
        for name, column in columns.items():
            rows[name] = column.to_numpy()[order]
        return rows, np.cumsum(np.bincount(bucket))

    made: dict[int, Any] = {}
    with ExitStack() as stack:
        for rows, ends in _ahead(sorted_rows, ((batch,) for batch in batches), threads):
            for number, end in enumerate(ends):
                start = ends[number - 1] if number else 0
                if start < end:
                    if number not in made:
                        path = work / f"bucket_{number}"
                        made[number] = stack.enter_context(path.open("wb"))
                    made[number].write(rows[start:end].data)
    return [(number * size, Path(made[number].name)) for number in sorted(made)]


def _units(amount: Any) -> Any:
    """Decimals with the six places of `AMOUNT` as whole numbers, [N]; a product would be slow."""
    whole = [chunk.view(pa.decimal128(38, 0)) for chunk in amount.chunks]
    try:
        return pa.chunked_array(whole, pa.decimal128(38, 0)).cast(pa.int64())
    except pa.ArrowInvalid:
        raise OverflowError from None


def _sums(size: int, cells: int, start: int, path: Path) -> Sums:
    """The sums of a bucket's file, which is removed."""
    rows = np.fromfile(path, ROW)
    path.unlink()
    places = (rows["customer"] - start, rows["cell"])

    def summed(values: NDArray[Any]) -> Any:
        return coo_array((values, places), shape=(size, cells)).tocsr()

    amount, count = rows["amount"], rows["transactions"]
    money = np.abs(amount.astype(np.float64)).sum()
    if money < EXACT:  # one sorting of the rows for both sums
        sums = summed(amount + 1j * count)
        data, counts = sums.data.real.astype(np.int64), sums.data.imag.astype(np.int32)
    else:
        sums = summed(amount)
        if money >= LARGEST and sums.data.max() >= LARGEST:
            raise OverflowError
        data, counts = sums.data, summed(count).data
    customer = np.repeat(np.arange(size, dtype=np.int32), np.diff(sums.indptr))
    return Sums(customer, sums.indices, data, counts)


def _span(ledger: Mapping[str, Any]) -> tuple[int, int]:
    """The number of the first month, and how many there are."""
    first = month_number(ledger["first_month"])
    return first, month_number(ledger["last_month"]) - first + 1


def stream(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[Any]:
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


def _ahead(
    make: Callable[..., Made], items: Iterable[tuple[Any, ...]], threads: int
) -> Iterator[Made]:
    """What is made of the items, in their order, `threads` of them at once."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(make, *item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
