"""Repeats of transaction ids, also between files, taken off the kept sums of the files.

A row is a repeat under the same conditions as in `survey.mark_repeats`. The kept sums count every row,
because a file cannot know what is in the others; here the repeats are counted, and taken off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from jaxtyping import Int32, Int64

from spendscape.core.arrays import Array
from spendscape.ingest.buckets import Rows
from spendscape.ingest.columns import Reading
from spendscape.ingest.kept_sums import IDS, Kept
from spendscape.ingest.monthly_sums import units
from spendscape.ingest.sql import literal
from spendscape.ingest.survey import Survey, refuse_differing


@dataclass(frozen=True)
class Repeats:
    """The rows that are repeats, in the order of the customers.

    Attributes
    ----------
    customer : number among all customers
    file, category : number of the file, and of the category among those of its sums
    month : number of the month
    amount : millionths
    counts : of each file and category number: rows, money, first and last month
    differing : rows that differ from the customer's earlier row with the same id, and are kept
    """

    customer: Int32[Array, "K"]
    file: Int32[Array, "K"]
    category: Int32[Array, "K"]
    month: Int32[Array, "K"]
    amount: Int64[Array, "K"]
    counts: Sequence[tuple[int, int, int, Decimal, int, int]]
    differing: int

    def rows(
        self, month: int, start: int, end: int, class_codes: Sequence[Int32[Array, "_"]]
    ) -> Rows:
        """What to add to the sums in a month of the customers start … end - 1: the repeats, negative.

        Parameters
        ----------
        class_codes : for each file the class of its categories, -1 where they are excluded
        """
        low, high = np.searchsorted(self.customer, [start, end])
        own = np.flatnonzero(self.month[low:high] == month) + low
        code = np.full(len(own), -1, np.int32)
        for number in np.unique(self.file[own]):
            here = self.file[own] == number
            code[here] = class_codes[number][self.category[own][here]]
        own, code = own[code >= 0], code[code >= 0]
        return (
            self.customer[own] - np.int32(start),
            code,
            -self.amount[own],
            np.full(len(own), -1, np.int32),
        )

    def told(self, month: int, customers: pa.Array, files: Sequence[str]) -> list[list[Any]]:
        """The repeats of a month, such that no number in them depends on other months.

        Parameters
        ----------
        customers, files : names of all customers and files
        """
        own = np.flatnonzero(self.month == month)
        return [
            customers.take(pa.array(self.customer[own])).to_pylist(),
            [files[number] for number in self.file[own]],
            self.category[own].tolist(),
            self.amount[own].tolist(),
        ]


def find_repeats(
    connection: duckdb.DuckDBPyConnection,
    everything: Sequence[Kept],
    codes: Sequence[Int32[Array, "_"]],
    reading: Reading,
) -> Repeats:
    """Find the rows of all files that repeat an earlier, equal row of the same customer and id.

    Parameters
    ----------
    codes : for each file the numbers of its customers among all

    Raises
    ------
    DataError
        Rows with one id differ, and ingest.differing_repeats refuses them.
    """
    none = np.empty(0, np.int32)
    if reading.columns.transaction is None:
        return Repeats(none, none, none, none, np.empty(0, np.int64), [], 0)
    _doubtful_rows(connection, everything, codes)
    connection.execute(
        """CREATE TABLE same_ids AS SELECT *,
            row_number() OVER (PARTITION BY customer, id ORDER BY file, place) > 1 AS later,
            row_number() OVER (
                PARTITION BY customer, id, month, name, amount ORDER BY file, place) > 1 AS repeated
        FROM doubtful_rows"""
    )
    [[differing]] = connection.execute(
        "SELECT count(*) FROM same_ids WHERE later AND NOT repeated"
    ).fetchall()
    refuse_differing(int(differing), reading)
    counts = connection.execute(
        """SELECT file, category, count(*), sum(amount), min(month), max(month)
        FROM same_ids WHERE repeated GROUP BY file, category ORDER BY file, category"""
    ).fetchall()
    found: Any = connection.sql(
        """SELECT customer, file, category, month, amount FROM same_ids WHERE repeated
        ORDER BY customer, file, place"""
    ).to_arrow_table()
    columns = [found[name].to_numpy() for name in ("customer", "file", "category", "month")]
    amount = units(found["amount"]).to_numpy()
    return Repeats(columns[0], columns[1], columns[2], columns[3], amount, counts, int(differing))


def without_repeats(
    surveys: Mapping[str, Sequence[Survey]], repeats: Repeats
) -> dict[str, list[Survey]]:
    """The surveys with the repeats as rows of their own reason."""
    made = {name: list(items) for name, items in surveys.items()}
    names = list(made)
    accepted = {
        name: [k for k, item in enumerate(items) if item.reason is None]
        for name, items in made.items()
    }
    for file, category, rows, amount, first, last in repeats.counts:
        items = made[names[file]]
        place = accepted[names[file]][category]
        own = items[place]
        items[place] = replace(
            own, rows=own.rows - rows, readable=own.readable - rows, amount=own.amount - amount
        )
        reason = "repeated_transaction"
        items.append(Survey(None, None, reason, rows, rows, amount, first, last))
    return {name: [item for item in items if item.rows] for name, items in made.items()}


def _doubtful_rows(
    connection: duckdb.DuckDBPyConnection,
    everything: Sequence[Kept],
    codes: Sequence[Int32[Array, "_"]],
) -> None:
    """Make the table `doubtful_rows`: rows whose hash is that of another row, with numbers for all files."""
    paths = [literal(str(own.folder / IDS)) for own in everything]
    connection.execute(
        f"""CREATE TABLE doubtful AS SELECT mark FROM read_parquet([{", ".join(paths)}], hive_partitioning = false)
        GROUP BY mark HAVING count(*) > 1"""
    )
    connection.execute(
        """CREATE TABLE doubtful_rows (file INTEGER, place BIGINT, customer INTEGER, id VARCHAR,
            month INTEGER, category INTEGER, name VARCHAR, amount DECIMAL(18, 6))"""
    )
    for number, (own, path) in enumerate(zip(everything, paths, strict=True)):
        raw = [item.category for item in own.surveys if item.reason is None]
        local = {
            "category": pa.array(range(len(raw)), pa.int32()),
            "name": pa.array(raw, pa.string()),
        }
        connection.register("local_names", pa.table(local))
        own_codes = {
            "customer": pa.array(range(len(codes[number])), pa.int32()),
            "code": pa.array(np.asarray(codes[number])),
        }
        connection.register("local_codes", pa.table(own_codes))
        connection.execute(
            f"""INSERT INTO doubtful_rows
            SELECT {number}, place, code, id, month, category, name, amount
            FROM read_parquet({path}, hive_partitioning = false) JOIN local_names USING (category) JOIN local_codes USING (customer)
            WHERE mark IN (FROM doubtful)"""
        )
