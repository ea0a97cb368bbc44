"""The ids of customers and transactions, also where software has changed them.

A column of whole numbers with gaps is written as 7.0, 007 loses its zeros, and of long numbers spreadsheets leave 1.23E+11.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.core.pseudonyms import pseudonyms
from spendscape.ingest.columns import Reading
from spendscape.ingest.sql import clean

NUMBER = r"^0*([0-9]+)(\.0*)?$"
CUT_ID = r"[0-9]([.,][0-9]+)?[Ee]\+[0-9]{2,}"


def name_customers(
    connection: duckdb.DuckDBPyConnection,
    numbers: Sequence[int],
    reading: Reading,
    key: bytes | None,
) -> None:
    """Make the table `numbered`: customer as in the files, its name, and the name's place in their order.

    An id such as 7.0 or 007 also has the name that 7 has, as `whole`.

    Raises
    ------
    DataError
        These rows have ids that are changed so that customers may be mistaken for others (ingest.equal_ids).
    """
    connection.execute("CREATE TABLE customers (customer VARCHAR)")
    for k in numbers:
        connection.execute(
            f"INSERT INTO customers SELECT DISTINCT customer FROM rows_{k} WHERE customer IS NOT NULL"
        )
    connection.execute(
        f"""CREATE TABLE named AS SELECT *, {whole_form("name")} AS whole
        FROM (SELECT DISTINCT customer, {compared("customer", reading)} AS name FROM customers)"""
    )
    if reading.equal_ids != "keep":
        refuse_cut_ids(connection)
    if key is not None:
        found = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM named UNION SELECT whole FROM named WHERE whole IS NOT NULL"
            ).fetchall()
        ]
        schema = pa.schema({"name": pa.string(), "hash": pa.string()})
        connection.register("hashed", pa.table([found, pseudonyms(found, key)], schema=schema))
        connection.execute(
            """CREATE OR REPLACE TABLE named AS SELECT customer, own.hash AS name, other.hash AS whole
            FROM named JOIN hashed own USING (name) LEFT JOIN hashed other ON other.name = named.whole"""
        )
    if reading.equal_ids == "refuse":
        refuse_equal_ids(connection, "SELECT name, whole FROM named")
    connection.execute(
        "CREATE TABLE numbered AS SELECT *, dense_rank() OVER (ORDER BY name) - 1 AS code FROM named"
    )


def compared(role: str, reading: Reading) -> str:
    """SQL: an id as it is compared with others, without space and maybe with 7 instead of 7.0 or 007.

    An id of a transaction decides only about rows that are equal in all else, so that these are one
    unless the config keeps both.

    Parameters
    ----------
    role : customer or transaction
    """
    own = clean(role)
    joins = ("join",) if role == "customer" else ("join", "refuse")
    if reading.equal_ids not in joins:
        return own
    return rf"regexp_replace({own}, '{NUMBER}', '\1')"


def whole_form(name: str) -> str:
    """SQL: 7 of a name such as 7.0 or 007; NULL of any other."""
    return f"nullif(nullif(regexp_extract({name}, '{NUMBER}', 1), ''), {name})"


def refuse_cut_ids(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse customers in the table `named` whose ids a spreadsheet has cut.

    Raises
    ------
    DataError
        There are some, and several customers may have become one.
    """
    [[ids]] = connection.execute(
        f"SELECT count(DISTINCT name) FROM named WHERE regexp_full_match(name, '{CUT_ID}')"
    ).fetchall()
    if ids:
        raise DataError(
            f"ingest.columns.customer: {counted(ids, 'id')} {'are' if ids > 1 else 'is'} of the form 1.23E+11, which "
            "is what a spreadsheet leaves of a long number; several customers may be one.\n"
            "Export the column as text, or set ingest.equal_ids to keep if these are the ids."
        )


def refuse_equal_ids(connection: duckdb.DuckDBPyConnection, ids: str) -> None:
    """Refuse customers whose ids are one number, such as 7 and 7.0 or 007.

    Parameters
    ----------
    ids : a select of name and whole, the name of the same number as 7 if the name is one such as 7.0 or 007

    Raises
    ------
    DataError
        There are some.
    """
    [[both]] = connection.execute(
        f"""WITH ids AS ({ids}), named AS (SELECT DISTINCT name, coalesce(whole, name) AS number FROM ids)
        SELECT count(*) FROM (FROM named SELECT number GROUP BY number HAVING count(*) > 1)"""
    ).fetchall()
    if both:
        raise DataError(
            f"ingest.equal_ids: 'refuse' was given; {counted(both, 'customer')} {'have' if both > 1 else 'has'} an id "
            "such as 7 in some rows and such as 7.0 or 007 in others.\n"
            "Give join to make one customer of those with one number, or keep to leave them as they are."
        )
