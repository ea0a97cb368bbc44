"""Rows of a database, by a driver of ADBC (Arrow Database Connectivity).

The columns that ingest needs are selected out of the query or the table, and come as Arrow batches.
The password comes from the environment and is in no message.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa

from spendscape.core.errors import DataError
from spendscape.ingest.columns import Reading, roles
from spendscape.ingest.optional import optional
from spendscape.ingest.sql import identifier, literal
from spendscape.ingest.tables import NUMBER, Table
from spendscape.ingest.typed_columns import LARGEST_WHOLE, is_id, large_ids

# A driver's own package, where it is not adbc_driver_ and its name.
PACKAGE = "adbc_driver_{}.dbapi"


@dataclass(frozen=True)
class Database:
    """A database, and what is read of it; the fields are keys of the config.

    `order` are the columns by which rows are numbered; without any they are numbered as they come.
    """

    driver: str
    uri: str
    query: str | None = None
    table: str | None = None
    order: Sequence[str] = ()
    as_of: str | None = None
    password_variable: str = "SPENDSCAPE_PASSWORD"
    options: Mapping[str, str] = field(default_factory=dict)


def database_table(own: Database, reading: Reading) -> Table:
    """A query or a table of a database as a source of rows."""
    origin = {
        "kind": "database",
        "driver": own.driver,
        "table": own.table,
        "query": own.query,
        "numbered_by": list(own.order) or "as the database sent them",
        "as_of": own.as_of,
    }
    origin = {key: value for key, value in origin.items() if value is not None}
    return Table(
        own.table or "query",
        origin,
        lambda: _opened(own, reading),
        lambda error: _told(own, error, quoted=False),
    )


@dataclass
class _Rows:
    """An open query."""

    cursor: Any
    own: Database
    reading: Reading
    schema: pa.Schema

    @property
    def names(self) -> Sequence[str]:
        return list(self.schema.names)

    def read(self, columns: Sequence[str]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        own = self.own
        sql = [self._selected(name) for name in columns]
        try:
            if own.driver == "sqlite":
                self._refuse_large_ids(columns)
            self.cursor.execute(f"SELECT {', '.join(sql)} FROM {_inner(own)}{_order(own)}")
            reader = self.cursor.fetch_record_batch()
        except Exception as error:
            raise _told(own, error, quoted=True) from None
        fields = [
            pa.field(name, kind.type, metadata=NUMBER if _is_number(self._kind(name)) else None)
            for name, kind in zip(columns, reader.schema, strict=True)
        ]
        return pa.schema(fields), iter(reader)

    def _selected(self, name: str) -> str:
        """SQL of a column: as text where its type is one that the driver does not know.

        Nor does it know numbers of any number of digits, and a server writes their text in an eighth of the
        driver's time.
        """
        column = identifier(name)
        if self.own.driver == "sqlite":
            return f"{_sqlite_text(column, name in self._columns_of('amount', 'credit'), self.reading.decimal)} AS {column}"
        if isinstance(self._kind(name).type, pa.BaseExtensionType):
            return f"CAST({column} AS text) AS {column}"
        return column

    def _kind(self, name: str) -> pa.Field:
        return self.schema.field(self.schema.names.index(name))

    def _columns_of(self, *wanted: str) -> list[str]:
        return [name for role, name in roles(self.reading).items() if role in wanted]

    def _refuse_large_ids(self, columns: Sequence[str]) -> None:
        """Refuse numbers that may stand for several ids, which the text of SQLite does not show."""
        limit = LARGEST_WHOLE["DOUBLE"]
        for role, name in roles(self.reading).items():
            if is_id(role) and name in columns:
                column = identifier(name)
                self.cursor.execute(
                    f"SELECT count(*) FROM {_inner(self.own)} WHERE typeof({column}) = 'real' AND abs({column}) >= {limit}"
                )
                [rows] = self.cursor.fetchone()
                if rows:
                    raise large_ids(role, self.own.table or "query", rows, limit)


@contextmanager
def _opened(own: Database, reading: Reading) -> Iterator[_Rows]:
    """The query, ready to be read.

    Raises
    ------
    DataError
        The driver is not there, or the database does not answer, or does not know the table.
    """
    try:
        connection = _connect(own)
    except DataError:
        raise
    except Exception as error:
        raise _told(own, error, quoted=True) from None
    with closing(connection), closing(connection.cursor()) as cursor:
        try:
            schema = _schema(own, cursor)
        except Exception as error:
            raise _told(own, error, quoted=True) from None
        yield _Rows(cursor, own, reading, schema)


def driver_of(name: str) -> tuple[Any, Any]:
    """The driver manager, and a driver's package in Python; None where only the manager knows the driver.

    Raises
    ------
    DataError
        A package that is needed is not installed.
    """
    key = "ingest.connection.driver"
    manager = optional("adbc_driver_manager.dbapi", key, name, "database")
    try:
        return manager, optional(PACKAGE.format(name), key, name, "database")
    except DataError:
        if name in ("postgresql", "sqlite"):
            raise
        return manager, None


def _connect(own: Database) -> Any:
    """A connection; of a driver without a package in Python by the driver manager."""
    manager, driver = driver_of(own.driver)
    password = os.environ.get(own.password_variable)
    options = dict(own.options)
    uri = own.uri
    if own.driver == "sqlite" and _is_missing_file(uri):
        # SQLite would make an empty database of that name.
        raise DataError(f"ingest.connection.uri: {uri!r} was given; there is no such file")
    if password and own.driver == "postgresql":
        uri = _with_password(uri, password)
    elif password:
        options["password"] = password
    if driver is None:
        return manager.connect(
            driver=own.driver, db_kwargs={"uri": uri, **options}, autocommit=True
        )
    if own.driver in ("duckdb", "sqlite"):
        return driver.connect(uri, autocommit=True)
    return driver.connect(uri, db_kwargs=options, autocommit=True)


def _is_missing_file(uri: str) -> bool:
    """Whether an address of SQLite names a file, plainly or as file:…, that is not there."""
    path = unquote(uri.removeprefix("file:").partition("?")[0]) if uri.startswith("file:") else uri
    path = re.sub("^//(localhost)?(?=/)", "", path)
    return path not in ("", ":memory:") and "mode=memory" not in uri and not os.path.exists(path)


def _schema(own: Database, cursor: Any) -> pa.Schema:
    """The columns of the query, without its rows."""
    if own.driver == "postgresql":
        return cursor.adbc_execute_schema(f"SELECT * FROM {_inner(own)}")
    cursor.execute(f"SELECT * FROM {_inner(own)} LIMIT 0")
    with cursor.fetch_record_batch() as reader:
        return reader.schema


def _inner(own: Database) -> str:
    """SQL: what rows are selected from."""
    if own.table is not None:
        return f"{'.'.join(identifier(part) for part in own.table.split('.'))} AS asked"
    # On lines of its own, because it may end with a comment.
    return f"(\n{str(own.query).strip().rstrip(';')}\n) AS asked"


def _order(own: Database) -> str:
    """SQL: the order of the rows, by the columns as they are there, not as they are selected."""
    columns = ", ".join(f"asked.{identifier(name)}" for name in own.order)
    return f" ORDER BY {columns}" if columns else ""


def _is_number(kind: pa.Field) -> bool:
    """Whether a field's text is a number of any number of digits, as PostgreSQL's numeric is."""
    return getattr(kind.type, "type_name", None) == "numeric"


def _sqlite_text(column: str, amount: bool, decimal: str) -> str:
    """SQL: a column of SQLite, in which each row has a type of its own, as text.

    The driver takes the type of a column from its first rows, so that all have to be of one type.
    Whole numbers have no decimals. An amount has the decimal mark that the config gives to texts.
    """
    whole = f"{column} = CAST({column} AS INTEGER) AND abs({column}) < 9e18"
    number = f"printf('%!.6f', {column})" if amount else f"printf('%!.17g', {column})"
    if decimal != "." and amount:
        number = f"replace({number}, '.', {literal(decimal)})"
    return f"""CASE typeof({column}) WHEN 'null' THEN ''
        WHEN 'real' THEN CASE WHEN {whole} THEN CAST(CAST({column} AS INTEGER) AS TEXT) ELSE {number} END
        ELSE CAST({column} AS TEXT) END"""


def _with_password(uri: str, password: str) -> str:
    """A connection string of PostgreSQL, as an address or as key = value, with a password."""
    if "://" in uri:
        return f"{uri}{'&' if '?' in uri else '?'}password={quote(password, safe='')}"
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    return f"{uri} password='{escaped}'"


def _told(own: Database, error: Exception, quoted: bool) -> DataError:
    """A driver's fault in words.

    Parameters
    ----------
    quoted : whether its message may have quotes: not once rows are read, of which they may be values
    """
    message = str(error).partition("\n")[0].strip()
    message = message if quoted else re.split("[\"']", message)[0].strip()
    password = os.environ.get(own.password_variable)
    for secret in (password, quote(password, safe="") if password else None):
        message = message.replace(secret, "***") if secret else message
    key = "ingest.table" if own.table is not None else "ingest.query"
    return DataError(f"{key}: the database cannot be read by {own.driver!r}; {message}")
