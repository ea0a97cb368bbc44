"""The config of reading raw files."""

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationInfo, field_validator, model_validator

from spendscape.config.section import Month, Positive, Section, Share

# A mark after an amount: with a digit or a sign it would be a part of the number.
Mark = Annotated[
    str, Field(pattern=r"^[^0-9+\-()\u2212\s]([^0-9+\-()\u2212]*[^0-9+\-()\u2212\s])?$")
]


AMOUNT_IGNORES = "£$€, "


class Columns(Section):
    """Which column of a file holds what."""

    customer: str = Field("customer_id", description="column with the customer's id")
    date: str | Annotated[list[str], Field(min_length=2, max_length=3)] = Field(
        "booked",
        description="column with the booking date, or the columns with year, month and perhaps day",
    )
    category: str | Annotated[list[str], Field(min_length=2)] = Field(
        "class",
        description="column with the bank's category, mapped to a class by class_map; of several columns, such as [k_symbol, operation], the first that is not empty counts",
    )
    amount: str = Field(
        "amount", description="column with the amount, or with the debits if credits have their own"
    )
    credit: str | None = Field(
        None, description="column with money that came back, where it has one of its own"
    )
    direction: str | None = Field(
        None,
        description="column that tells debits from credits, see credit_values and debit_values",
    )
    currency: str | None = Field(
        None, description="column with the currency; null: all amounts have the same"
    )
    transaction: str | None = Field(
        None,
        description="column with the transaction's id: a customer's second row with the same id is excluded; null: repeats are purchases",
    )


class Connection(Section):
    """Where a database or the catalog of Iceberg tables is."""

    driver: str = Field(
        "postgresql",
        description="database: postgresql, sqlite, duckdb, or the name of any other ADBC driver that is installed",
        min_length=1,
    )
    uri: str | None = Field(
        None,
        description="address without a password: postgresql://reader@host/bank; sqlite: the file; iceberg: the SQL catalog's, as SQLAlchemy writes it",
    )
    password_variable: str = Field(
        "SPENDSCAPE_PASSWORD",
        description="environment variable with the password, where one is needed; it is never written",
        min_length=1,
    )
    options: dict[str, str] = Field(
        {},
        description="options of the driver, of Delta's storage, or of the catalog: warehouse, and its name, by which it was written (spendscape if not given); no secrets",
    )

    @field_validator("uri")
    @classmethod
    def no_password(cls, value: str | None) -> str | None:
        if value is not None and re.search(r"//[^/@:]*:[^@]*@|password\s*=", value, re.IGNORECASE):
            # Without the value, for the message goes to the terminal and to logs.
            raise ValueError("it holds a password; expected none, see password_variable")
        return value

    @field_validator("options")
    @classmethod
    def no_secrets(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if re.search("password|secret|token|access.?key", name, re.IGNORECASE):
                raise ValueError(
                    f"{name} holds a secret; expected none, see password_variable and the environment"
                )
        return value


class Ingest(Section):
    """How raw rows are read: of files, or of a database or a lake table (for simulated data it is set by the simulator)."""

    folder: str = Field(".", description="folder that the file patterns start from")
    files: list[str] = Field(
        [],
        description="file names or patterns such as *.csv or 20*/part-*.parquet; .csv, .txt, .tsv (also with .gz, .zst, .bz2), .parquet, .pq, .arrow, .feather, .ipc, .xlsx, .xls, .xlsb, .xlsm, .ods",
    )
    query: str | None = Field(
        None, description="database: the SQL query whose rows are read; or give table"
    )
    table: str | None = Field(
        None,
        description="database: table or view, such as bank.postings; delta: the table's folder or address; iceberg: namespace.table",
    )
    order: list[str] = Field(
        [],
        description="database: columns by which its rows are numbered, for the quarantine; empty: as the database sends them",
    )
    as_of: str | None = Field(
        None,
        description="database: any text, such as the day of its last load; a change reads it again",
    )
    version: int | None = Field(
        None, description="delta: the version that is read; iceberg: the id of the snapshot", ge=0
    )
    connection: Connection = Field(
        Connection(), description="where a database or the catalog of Iceberg tables is"
    )
    allow_copies: bool = Field(
        False,
        description="whether one file may be read under several names, as a link or as a copy with the same bytes; false: it is refused, as its rows would count twice",
    )
    format: Literal["text", "parquet", "arrow", "spreadsheet"] | None = Field(
        None, description="what the files are, whatever their names end in; null: by the end"
    )
    sheets: list[str] = Field(
        [], description="workbooks: the sheets that are read; empty: every sheet that has a cell"
    )
    from_name: str | None = Field(
        None,
        description="columns that a file's name holds: a regular expression with named groups, such as client_(?P<customer_id>.+)[.]csv; folders such as year=2024 need none",
    )
    columns: Columns = Field(Columns(), description="which column holds what")
    encoding: str = Field("utf-8", description="text: its encoding, such as cp1252 or utf-16")
    skip_lines: int = Field(0, description="text: lines before the column names", ge=0)
    column_names: list[str] = Field(
        [], description="text: the column names, where no line of the files has them"
    )
    delimiter: str = Field(
        ",", description="text: what separates the fields", min_length=1, max_length=1
    )
    quote: str = Field(
        '"', description="text: what stands around a field, empty for nothing", max_length=1
    )
    date_format: str | None = Field(
        None,
        description="dates that are text: a strptime pattern (%y%m%d), spreadsheet (serial days), quarter (2024-Q3) or financial_year (2010-11); null: ISO, 2024-12-31, a time after it is ignored",
    )
    time_zone: str | None = Field(
        None,
        description="time zone of the days, such as Europe/Berlin: moments that have an offset or a time zone of their own are brought there; null: the day as it is written, with its own offset",
    )
    financial_year_ends: int = Field(
        12,
        description="month in which a financial year ends; its rows are booked there",
        ge=1,
        le=12,
    )
    first_month: Month = Field(
        "1970-01", description="a date before this month is an error: its row is quarantined"
    )
    last_month: Month = Field(
        "2099-12", description="a date after this month is an error: its row is quarantined"
    )
    decimal: Literal[".", ","] = Field(".", description="the decimal mark of amounts that are text")
    amount_ignores: str = Field(
        AMOUNT_IGNORES,
        validate_default=True,
        description="characters in amounts that mean nothing: currency signs, and thousands separators between groups of digits; the default leaves out the comma where decimal is one",
    )
    missing_amounts: list[str] = Field(
        [],
        description="amounts that mean 'nothing was spent', '' for an empty one; such rows are excluded and counted",
    )
    spend_is: Literal["positive", "negative"] = Field(
        "positive", description="the sign that spending has in the files"
    )
    credit_values: list[str] = Field(
        [], description="values of columns.direction that mean money came back; its sign is turned"
    )
    debit_values: list[str] = Field(
        [],
        description="values of columns.direction that mean money was spent ('' is an empty field), rows with any other are quarantined; empty: the one value beside credit_values, several are refused",
    )
    credit_marks: list[Mark] = Field(
        [],
        description="marks after an amount that mean money came back, such as CR; an amount with a mark has no sign",
    )
    debit_marks: list[Mark] = Field(
        [], description="marks after an amount that mean money was spent, such as DR"
    )
    equal_ids: Literal["refuse", "join", "keep"] = Field(
        "refuse",
        description="customers whose ids are one number, such as 7 and, as text, 7.0 or 007: refuse the files, join these customers, or keep each",
    )
    differing_repeats: Literal["keep", "refuse"] = Field(
        "keep",
        description="rows of a customer with one transaction id that differ in month, category or amount: keep all and count them in the ledger, or refuse the files",
    )
    keep: dict[str, list[str]] = Field(
        {},
        description="column: values; rows with any other value are excluded and counted ('' is an empty field)",
    )
    drop: dict[str, list[str]] = Field(
        {}, description="column: values; rows with one of them are excluded and counted"
    )
    currency: str | None = Field(
        None, description="currency of the results, needed with columns.currency"
    )
    rates: str | None = Field(
        None,
        description="table with the columns currency, rate (worth of one unit in ingest.currency) and perhaps month (2024-12); null: other currencies are refused",
    )
    taxonomy: str | None = Field(
        "config/taxonomy/classes.csv",
        description="table whose column class lists the spending classes; null: the classes of class_map, or those found",
    )
    class_tables: list[str] = Field(
        [],
        description="tables with the columns category and class, such as config/taxonomy/merchant_category_codes.csv; an empty class excludes, later tables win, class_map wins over all",
    )
    class_map: dict[str, str] = Field(
        {},
        description="category in the files: class; a category that is a class already needs no entry",
    )
    excluded_categories: list[str] = Field(
        [], description="categories that are no spending (income, transfers); excluded and counted"
    )
    unmapped: str = Field(
        "fail",
        description="a category without a class: fail, exclude, or the name of a class that takes it",
        min_length=1,
    )
    allow_unused: bool = Field(
        False,
        description="whether values in keep, drop, credit_values, class_map and excluded_categories may be absent from the files; false: such a value is refused, as it is most often misspelt",
    )
    max_quarantined_share: Share = Field(
        0.01, description="the run stops when a larger share of the rows cannot be read"
    )
    keep_sums: bool | None = Field(
        None,
        description="whether the sums of each file are kept below the results, so that a later run reads only files that are new or changed; null: where there are several files and one job",
    )
    history: str | None = Field(
        None,
        description="results folder of a run that kept its sums: its files count as if they stood before files here, and are not read; for a new month alone",
        min_length=1,
    )
    shards: Positive = Field(
        1,
        description="jobs that share the reading, large files are cut; 1: one job, the fastest on one machine",
    )

    @field_validator("from_name")
    @classmethod
    def pattern(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groupindex
            except re.error as error:
                raise ValueError(
                    f"{value!r} was given; it is no regular expression ({error})"
                ) from None
            if not groups:
                raise ValueError(
                    f"{value!r} was given; expected a named group such as (?P<customer_id>.+)"
                )
        return value

    @field_validator("files")
    @classmethod
    def each_once(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @field_validator("time_zone")
    @classmethod
    def zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (ValueError, OSError, ZoneInfoNotFoundError):
                raise ValueError(
                    f"{value!r} was given; expected a time zone such as Europe/Berlin"
                ) from None
        return value

    @model_validator(mode="after")
    def in_pairs(self) -> "Ingest":
        if (self.columns.direction is None) != (not self.credit_values):
            raise ValueError(
                "columns.direction and credit_values need each other; give both or none"
            )
        if self.debit_values and self.columns.direction is None:
            raise ValueError("debit_values need columns.direction and credit_values")
        if (self.columns.currency is None) != (self.currency is None):
            raise ValueError("columns.currency and currency need each other; give both or none")
        if self.rates is not None and self.currency is None:
            raise ValueError("rates need currency and columns.currency")
        both = set(self.credit_values) & set(self.debit_values)
        both |= {mark.upper() for mark in self.credit_marks} & {m.upper() for m in self.debit_marks}
        if both:
            raise ValueError(
                f"{', '.join(map(repr, sorted(both)))} was given as a credit and as a debit "
                "(credit_values and debit_values, credit_marks and debit_marks); give it once"
            )
        return self

    @field_validator("amount_ignores")
    @classmethod
    def no_number(cls, value: str, info: ValidationInfo) -> str:
        """A part of a number cannot be ignored: without it the number would be another one."""
        decimal = info.data.get("decimal", ".")
        if value == AMOUNT_IGNORES:
            # A config that is merged with the default one has the default as if it were given.
            value = value.replace(decimal, "")
        meant = sorted(set(value) & set("0123456789+-()\u2212" + decimal))
        if meant:
            raise ValueError(
                f"{value!r} was given; {' '.join(meant)} is part of a number and cannot be ignored"
            )
        return value

    @model_validator(mode="after")
    def classes_agree(self) -> "Ingest":
        excluded = {name.strip() for name in self.excluded_categories}
        twice = [name for name in self.class_map if name.strip() in excluded]
        if twice:
            raise ValueError(
                f"{', '.join(map(repr, twice))} was given a class in class_map, and in excluded_categories; "
                "give it once"
            )
        return self

    @model_validator(mode="after")
    def columns_of_their_own(self) -> "Ingest":
        """No column can be two of these: an amount that is its own credit would be 0 in every row."""
        own = self.columns
        dates = [own.date] if isinstance(own.date, str) else own.date
        categories = [own.category] if isinstance(own.category, str) else own.category
        named: list[tuple[str, str | None]] = [("customer", own.customer)]
        named += [("date", name) for name in dates]
        named += [("category", name) for name in categories]
        named += [("amount", own.amount), ("credit", own.credit), ("transaction", own.transaction)]
        seen: dict[str, str] = {}
        for key, name in named:
            if name is not None and seen.setdefault(name, key) != key:
                raise ValueError(
                    f"columns.{key}: {name!r} was given, which is columns.{seen[name]} as well; "
                    "expected a column of its own"
                )
        return self

    @model_validator(mode="after")
    def rest_has_a_class(self) -> "Ingest":
        if self.unmapped in ("fail", "exclude") or self.taxonomy is not None:
            return self
        if not self.class_map and not self.class_tables:
            raise ValueError(
                f"unmapped: {self.unmapped!r} was given with taxonomy: null and neither class_map nor class_tables, "
                "so that every category is a class of its own; expected fail, or exclude for rows without a category"
            )
        return self

    @model_validator(mode="after")
    def sums_of_one_job(self) -> "Ingest":
        for key, given in (("keep_sums", self.keep_sums), ("history", self.history)):
            if given and self.shards > 1:
                raise ValueError(
                    f"{key} was given with shards: {self.shards}; expected shards: 1, because sums are kept by file"
                )
        if self.history and self.keep_sums is False:
            raise ValueError("history needs keep_sums: true or null")
        return self

    @model_validator(mode="after")
    def months_in_order(self) -> "Ingest":
        if self.first_month > self.last_month:
            raise ValueError(
                f"first_month is {self.first_month}, after last_month {self.last_month}"
            )
        return self
