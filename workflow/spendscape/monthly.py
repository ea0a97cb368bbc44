"""Judged rows to monthly.parquet: sums by customer, month and class, in order, exact and bounded in memory."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spendscape.ledger import month_number
from spendscape.verdicts import AMOUNT

UNITS = 1_000_000
BATCH = 2**18
# Postings that are summed and sorted at once, and in how many parts at most all of them are read.
RANGE, MOST_RANGES = 2**22, 16

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
) -> dict[str, int]:
    """Write the sums by customer, month and class; return the customers read and accepted.

    Parameters
    ----------
    count : SQL: the transactions of a sum
    chosen : the class of each category, as it stands in the files

    Raises
    ------
    RuntimeError
        The sums differ from what the ledger accepted.
    """
    first, months = _span(ledger)
    codes = {name: code for code, name in enumerate(sorted(classes))}
    table = pa.table(
        {
            "category": pa.array([raw for raw, own in chosen.items() if own], pa.string()),
            "code": pa.array([codes[own] for own in chosen.values() if own], pa.int64()),
        }
    )
    connection.register("mapping", table)
    counted = ", transactions" if "transactions" in count else ""
    connection.execute(
        f"CREATE TABLE postings (key BIGINT, amount {AMOUNT}{counted and ', transactions INTEGER'})"
    )
    for number in numbers:
        connection.execute(
            f"""
            INSERT INTO postings SELECT
                (numbered.code * {months} + month - {first}) * {len(codes)} + mapping.code,
                amount{counted}
            FROM rows_{number} JOIN numbered USING (customer) JOIN mapping USING (category)
            WHERE reason IS NULL"""
        )
    names = stream(connection, "SELECT DISTINCT name, code FROM numbered ORDER BY code")
    customers = pa.concat_arrays([chunk for batch in names for chunk in batch["name"].chunks])
    class_names = pa.array(sorted(classes), pa.string())
    days = (np.arange(months) + first - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
    sums = _sums(connection, count, len(customers), months * len(codes))
    rows = money = accepted = 0
    last = -1
    with pq.ParquetWriter(path, MONTHLY, compression="zstd", store_schema=False) as writer:
        for batch in _ahead(sums):
            key, amount, transactions = (column.to_numpy() for column in batch.columns)
            rows += int(transactions.sum())
            # In two parts, because a million sums of large money do not fit in 64 bits.
            money += (int((amount >> 20).sum()) << 20) + int((amount & (2**20 - 1)).sum())
            key, code = _parted(key, len(codes))
            customer, month = _parted(key, months)
            accepted += int((np.diff(customer, prepend=last) != 0).sum())
            low, last = int(customer[0]), int(customer[-1])
            own = customers.slice(low, last - low + 1)
            columns = [
                pa.DictionaryArray.from_arrays((customer - low).astype(np.int32), own),
                pa.array(days[month]),
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


def _sums(
    connection: duckdb.DuckDBPyConnection, count: str, customers: int, width: int
) -> Iterator[Any]:
    """The sums of the postings by key, in the order of the keys.

    One range of customers after the other, so that no sum has to wait on disk for its order.

    Parameters
    ----------
    width : keys of a customer
    """
    [[rows]] = connection.execute("SELECT count(*) FROM postings").fetchall()
    parts = min(MOST_RANGES, 1 + rows // RANGE)
    bounds = [customers * k // parts * width for k in range(parts + 1)]
    for low, high in pairwise(bounds):
        yield from stream(
            connection,
            f"""
            SELECT key, (sum(amount) * {UNITS})::BIGINT AS amount, {count}::INTEGER AS transactions
            FROM postings WHERE key >= {low} AND key < {high} GROUP BY key ORDER BY key""",
        )


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


def _parted(key: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Quotient and rest. Exact below 2^45, and several times as fast as with whole numbers."""
    whole = (key / size).astype(np.int64)
    return whole, key - whole * size


def _ahead(items: Iterator[Any]) -> Iterator[Any]:
    """The items, where the next one is made while the last one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, None)
        while (item := following.result()) is not None:
            following = pool.submit(next, items, None)
            yield item
