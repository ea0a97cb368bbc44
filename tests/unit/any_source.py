"""Any rows, in any kind of source, read by any config: what is drawn, and a slow plain reader of the same.

The reader takes cells as they stand in the source (CSV comes back through the csv module), knows nothing
of DuckDB, and counts money in Decimal.
"""

import csv
import datetime
import io
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
from hypothesis import strategies as st
from workbooks import write_ods, write_xlsx

from spendscape.core.text import SPACE
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Columns, Reading

# A cell as it stands in a source: text, or a number or a day where the source has types.
Cell: TypeAlias = str | Decimal | datetime.date | None
Row: TypeAlias = dict[str, Cell]

COLUMNS = ("note", "payer", "day", "kind", "detail", "money", "back", "side", "flag", "id")
CLASSES = ["food", "rent", "fun"]
EPOCH = datetime.date(1899, 12, 30)
TEXT, TYPED = ("csv", "txt"), ("parquet", "typed.parquet", "arrow", "xlsx", "ods", "sqlite")


@dataclass
class Drawn:
    """Rows by source, and the config that reads them.

    Attributes
    ----------
    sources : kind and rows, in order
    """

    sources: list[tuple[str, list[Row]]]
    reading: Reading
    rules: ClassRules
    shards: int
    files: dict[str, Any] = field(default_factory=dict)


@dataclass
class Account:
    """What the slow reader found: rows by verdict, sums, where quarantined rows are, and unused values by key."""

    verdicts: Counter[str] = field(default_factory=Counter)
    sums: dict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    transactions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    quarantine: list[tuple[str, int, str]] = field(default_factory=list)
    read: Decimal = Decimal(0)
    unused: dict[str, list[str]] = field(default_factory=dict)
    without_class: list[str] = field(default_factory=list)


AMOUNTS = st.one_of(
    st.decimals(-99999, 99999, places=2),
    st.decimals(0, 9, places=6),
    st.integers(-3000, 3000).map(Decimal),
)
TRAPS = ["ten", "", "N/A", "-", "--1", "(5", "1.2.3", "NaN", "1_000", "£", "5 CR x"]


@st.composite
def drawn(draw: st.DrawFn, kinds: Sequence[str]) -> Drawn:
    """Rows and a config; sources of some of the kinds."""
    decimal = draw(st.sampled_from([".", ","]))
    ignores = draw(st.sampled_from(["£$€ ", "", "€ " + (".," if decimal == "." else ".")[-1]]))
    marks = draw(st.sampled_from([False] * 4 + [True]))
    columns = Columns(
        "payer",
        "day",
        draw(st.sampled_from(["kind", ["detail", "kind"]])),
        "money",
        credit=draw(st.sampled_from([None, None, None, "back"])),
        direction=draw(st.sampled_from([None, "side"])),
        transaction=draw(st.sampled_from([None, None, "id"])),
    )
    some = st.lists(
        st.sampled_from(["a", "b", "", "a", "b", "A"]), min_size=1, max_size=2, unique=True
    )
    reading = Reading(
        columns=columns,
        decimal=decimal,
        amount_ignores=ignores,
        date_format=draw(st.sampled_from([None, "%d.%m.%Y", "%y%m%d", "spreadsheet"])),
        missing_amounts=draw(st.lists(st.sampled_from(["", "N/A", "-"]), unique=True)),
        spend_is=draw(st.sampled_from(["positive", "negative"])),
        credit_values=draw(st.lists(st.sampled_from(["C", "R", "C", "nobody has it"]), min_size=1, max_size=2, unique=True)) if columns.direction else (),
        debit_values=draw(st.sampled_from([["D"], ["D", ""]])) if columns.direction else (),
        credit_marks=["CR"] if marks else (),
        debit_marks=["DR"] if marks else (),
        first_month="2000-01",
        keep={"flag": draw(some)} if draw(st.booleans()) else {},
        drop={"note": draw(some)} if draw(st.booleans()) else {},
        delimiter=draw(st.sampled_from([",", ";", "\t"])),
        skip_lines=draw(st.integers(0, 2)),
    )  # fmt: skip
    rules = ClassRules(
        taxonomy=draw(st.sampled_from([CLASSES, None])),
        class_map=draw(st.dictionaries(st.sampled_from(["groceries", "pubs", "5411"]), st.sampled_from(CLASSES), min_size=1)),
        excluded_categories=draw(st.lists(st.sampled_from(["salary", "transfer", "0042"]), unique=True)),
        unmapped=draw(st.sampled_from(["exclude", "fun", "exclude", "fun", "fail"])),
        allow_unused=draw(st.sampled_from([True, True, False])),
    )  # fmt: skip
    if rules.taxonomy is None and rules.unmapped == "fun" and "fun" not in rules.class_map.values():
        rules = ClassRules(**{**vars(rules), "taxonomy": CLASSES})
    rows = st.lists(_row(reading), min_size=draw(st.sampled_from([0, 5, 9])), max_size=14)
    sources = [
        (kind, draw(rows))
        for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))
    ]
    return Drawn(sources, reading, rules, draw(st.integers(1, 3)))


def _cells(*cells: Cell) -> st.SearchStrategy[Cell]:
    """One of some cells."""
    return st.sampled_from(cells)


@st.composite
def _row(draw: st.DrawFn, reading: Reading) -> Row:
    """A row, in which most cells can be read."""
    day: Cell = draw(
        st.one_of(
            st.dates(datetime.date(2010, 1, 1), datetime.date(2011, 3, 1)),
            st.dates(datetime.date(2010, 1, 1), datetime.date(2010, 2, 1)),
            _cells(datetime.date(1990, 5, 6), "never", ""),
        )
    )
    often = st.sampled_from([False, False, False, True])

    def money() -> Cell:
        if draw(often):
            return draw(st.sampled_from(TRAPS))
        value = draw(AMOUNTS)
        return value if draw(st.booleans()) else _written(draw, value, reading)

    return {
        # The note keeps a row of a sheet from being blank.
        "note": draw(_cells("a", "b", "x, y", 'q"q', "zoë")),
        "payer": draw(_cells("ann", " bob ", "zoë", "7", Decimal(7), "")),
        "day": day,
        "kind": draw(_cells("food", "rent ", "groceries", "salary", "mystery", "5411", Decimal(5411), "0042", "")),
        "detail": draw(_cells("", " ", "pubs", "fun")),
        "money": money(),
        "back": money() if draw(often) else "",
        "side": draw(_cells("C", "D", "R", "")),
        "flag": draw(_cells("a", "b", " a ", "")),
        "id": draw(_cells("1", "2", "3", "", Decimal(2))),
    }  # fmt: skip


def _written(draw: st.DrawFn, value: Decimal, reading: Reading) -> str:
    """An amount as a bank may write it."""
    plain = f"{abs(value):f}".replace(".", reading.decimal)
    whole, mark, rest = plain.partition(reading.decimal)
    between = [c for c in reading.amount_ignores if c in " .,"]
    if between and len(whole) > 3 and draw(st.booleans()):
        whole = f"{whole[:-3]}{between[0]}{whole[-3:]}"
    number = whole + mark + rest
    ways = [f"-{number}", f"({number})", f"{number}-", f" \u2212{number} "] if value < 0 else [number, f"+{number}", f" {number}\u00a0"]  # fmt: skip
    ways += [f"{number} CR", f"{number}DR", f"-{number} CR"]
    if "€" in reading.amount_ignores:
        ways += [f"€{number}", f"{number} €" if " " in reading.amount_ignores else f"{number}€"]
    return draw(st.sampled_from(ways))


def as_text(cell: Cell, column: str, reading: Reading) -> str:
    """A cell in a source that has texts only."""
    if isinstance(cell, datetime.date):
        pattern = reading.date_format or "%Y-%m-%d"
        return str((cell - EPOCH).days) if pattern == "spreadsheet" else cell.strftime(pattern)
    if isinstance(cell, Decimal):
        text = f"{cell:f}"
        return text.replace(".", reading.decimal) if column in ("money", "back") else text
    return cell or ""


def write(kind: str, path: Path, rows: Sequence[Row], reading: Reading) -> list[tuple[int, Row]]:
    """Write a source; return its rows as they stand there, each with its number."""
    texts = [{c: as_text(row[c], c, reading) for c in COLUMNS} for row in rows]
    before = ["a line before"] * reading.skip_lines
    if kind in ("csv", "txt"):
        with path.open("w", newline="", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in before)
            writer = csv.DictWriter(file, COLUMNS, delimiter=reading.delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(texts)
        text = "".join(path.read_text().splitlines(keepends=True)[len(before) :])
        found = csv.DictReader(io.StringIO(text, newline=""), delimiter=reading.delimiter)
        return list(enumerate(found, start=1))
    if kind in ("parquet", "arrow"):
        table = pa.table({c: pa.array([row[c] for row in texts], pa.string()) for c in COLUMNS})
        if kind == "arrow":
            pyarrow.feather.write_feather(table, path)
        else:
            pq.write_table(table, path, row_group_size=3)
        return [(k, dict(row)) for k, row in enumerate(texts, start=1)]
    if kind == "typed.parquet":
        return _write_typed(path, rows, texts)
    if kind in ("xlsx", "ods"):
        cells: list[list[Any]] = [[line] for line in before] + [list(COLUMNS)]
        cells += [[float(c) if isinstance(c, Decimal) else c for c in row.values()] for row in rows]
        (write_xlsx if kind == "xlsx" else write_ods)(path, {"the rows": cells})
        return list(enumerate(rows, start=1))
    # Days are texts in SQLite.
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE rows ({', '.join(COLUMNS)})")
        for row in rows:
            values = [as_text(c, k, reading) if isinstance(c, datetime.date) else float(c) if isinstance(c, Decimal) else c for k, c in row.items()]  # fmt: skip
            connection.execute(f"INSERT INTO rows VALUES ({', '.join('?' * len(COLUMNS))})", values)
    connection.close()
    return [
        (k, row | {"day": as_text(row["day"], "day", reading)}) for k, row in enumerate(rows, 1)
    ]


def _write_typed(
    path: Path, rows: Sequence[Row], texts: Sequence[Mapping[str, str]]
) -> list[tuple[int, Row]]:
    """Parquet whose columns have types; a cell of another type is none there."""
    kinds: dict[str, tuple[type, pa.DataType]] = {
        "day": (datetime.date, pa.date32()),
        "money": (Decimal, pa.decimal128(18, 6)),
        "back": (Decimal, pa.float64()),
    }
    kept: list[Row] = []
    for row, text in zip(rows, texts, strict=True):
        own: Row = dict(text)
        for column, (kind, _) in kinds.items():
            own[column] = row[column] if isinstance(row[column], kind) else None
        kept.append(own)
    arrays = {
        c: pa.array([float(v) if c == "back" and v is not None else v for v in (row[c] for row in kept)], kinds.get(c, (str, pa.string()))[1])  # type: ignore[arg-type]
        for c in COLUMNS
    }  # fmt: skip
    pq.write_table(pa.table(arrays), path, row_group_size=3)
    return list(enumerate(kept, start=1))


def slow_account(
    sources: Mapping[str, Sequence[tuple[int, Row]]], reading: Reading, rules: ClassRules
) -> Account:
    """Every row's verdict, one by one."""
    account = Account()
    own = reading.columns
    seen: dict[str, set[str]] = defaultdict(set)
    categories: set[str] = set()
    ids: set[tuple[Any, ...]] = set()
    for name, rows in sources.items():
        for number, row in rows:
            for column in ("side", "flag", "note"):
                seen[column].add(slow_text(row[column]))
            category = slow_category(row, own.category)
            categories.add(code(category))
            day, amount = slow_day(row["day"], reading), slow_spent(row, reading)
            customer = slow_text(row["payer"])
            month = day.strftime("%Y-%m") if day else ""
            if amount is not None:
                account.read += amount
            verdict = _reason(row, customer, month, amount, reading)
            if not verdict and own.transaction and slow_text(row["id"]):
                own_id = (customer, slow_text(row["id"]), month, category, amount)
                verdict = "repeated_transaction" if own_id in ids else ""
                ids.add(own_id)
            if not verdict:
                wanted = _class(category, rules)
                if wanted == "":
                    account.without_class.append(category)
                verdict = "accepted" if wanted else ("excluded_category" if wanted is None else "unmapped_category")  # fmt: skip
                if wanted and amount is not None:
                    account.sums[customer, month, wanted] += amount
                    account.transactions[customer, month, wanted] += 1
            account.verdicts[verdict] += 1
            if verdict in (
                "no_customer",
                "bad_date",
                "date_out_of_range",
                "no_direction",
                "bad_amount",
            ):
                account.quarantine.append((name, number, verdict))
    listed = {"ingest.credit_values": ("side", reading.credit_values)} if own.direction else {}
    listed |= {f"ingest.keep[{c!r}]": (c, v) for c, v in reading.keep.items()}
    listed |= {f"ingest.drop[{c!r}]": (c, v) for c, v in reading.drop.items()}
    account.unused = {k: [v for v in values if v not in seen[c]] for k, (c, values) in listed.items()}  # fmt: skip
    for key, given in (("class_map", rules.class_map), ("excluded_categories", rules.excluded_categories)):  # fmt: skip
        account.unused[f"ingest.{key}"] = [v for v in given if code(v) not in categories]
    account.unused = {key: values for key, values in account.unused.items() if values}
    return account


def code(category: str) -> str:
    """Codes are one category however they are written."""
    return str(int(category)) if category.isdecimal() else category


def slow_text(cell: Cell) -> str:
    """A cell as the text that is compared."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return str(int(cell)) if cell == cell.to_integral_value() else f"{cell.normalize():f}"
    return str(cell).strip(SPACE)


def slow_category(row: Row, columns: str | Sequence[str]) -> str:
    """The first of the columns that is not empty."""
    names = [columns] if isinstance(columns, str) else columns
    return next((text for name in names if (text := slow_text(row[name]))), "")


def slow_day(cell: Cell, reading: Reading) -> datetime.date | None:
    """The day of a cell."""
    if cell is None or isinstance(cell, datetime.date):
        return cell
    text = slow_text(cell)
    try:
        if reading.date_format == "spreadsheet":
            return EPOCH + datetime.timedelta(days=int(text))
        return datetime.datetime.strptime(text, reading.date_format or "%Y-%m-%d").date()
    except ValueError:
        return None


def slow_spent(row: Row, reading: Reading) -> Decimal | None:
    """What a row spent, None where it cannot be read."""
    turn = -1 if reading.spend_is == "negative" else 1
    money = slow_amount(row["money"], reading)
    spent = None if money is None else turn * money
    if reading.columns.direction and spent is not None:
        side = slow_text(row["side"])
        spent = -spent if side in reading.credit_values else spent if side in reading.debit_values else None  # fmt: skip
    if reading.columns.credit is None:
        return spent
    empty = {c: slow_text(row[c]) in (*reading.missing_amounts, "") for c in ("money", "back")}
    back = slow_amount(row["back"], reading)
    if empty["back"]:
        return spent
    if back is None or (spent is None and not empty["money"]):
        return None
    return -back if empty["money"] or spent is None else spent - back


def slow_amount(cell: Cell, reading: Reading) -> Decimal | None:
    """The amount of a cell, with its own sign."""
    if cell is None:
        return None
    if isinstance(cell, Decimal):
        return cell.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    text = str(cell).strip(SPACE).replace("\u2212", "-")
    for mark, sign in [(m, -1) for m in reading.credit_marks] + [(m, 1) for m in reading.debit_marks]:  # fmt: skip
        if text.upper().endswith(mark):
            rest = text[: -len(mark)].strip(SPACE)
            if any(c in rest for c in "-+()"):
                return None
            value = _number(rest, reading)
            # What the mark says is what is meant, whatever sign spending has.
            turn = -1 if reading.spend_is == "negative" else 1
            return None if value is None else sign * turn * value
    sign = 1
    text = text.strip(reading.amount_ignores) if reading.amount_ignores else text
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1]
    elif text.startswith(("-", "+")):
        sign, text = (-1 if text[0] == "-" else 1), text[1:]
    elif text.endswith("-"):
        sign, text = -1, text[:-1]
    value = _number(text, reading)
    return None if value is None else sign * value


def _number(text: str, reading: Reading) -> Decimal | None:
    """A number without a sign."""
    text = text.strip(reading.amount_ignores) if reading.amount_ignores else text
    whole, _, rest = text.partition(reading.decimal)
    for mark in reading.amount_ignores:
        whole = whole.replace(mark, " ")
    head, *groups = whole.split(" ")
    sound = all(part.isascii() and part.isdecimal() for part in (head, *groups) if part or groups)
    if not sound or (rest and not (rest.isascii() and rest.isdecimal())) or not (whole or rest):
        return None
    if groups and (len(groups[-1]) != 3 or len(head) > 3 or any(len(g) not in (2, 3) for g in groups)):  # fmt: skip
        return None
    value = Decimal(f"{head}{''.join(groups)}.{rest or 0}")
    return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _reason(row: Row, customer: str, month: str, amount: Decimal | None, reading: Reading) -> str:
    """Why a row is not accepted, '' where its category decides."""
    for column, values in reading.keep.items():
        if slow_text(row[column]) not in values:
            return f"filter {column}"
    for column, values in reading.drop.items():
        if slow_text(row[column]) in values:
            return f"filter {column}"
    if not customer:
        return "no_customer"
    if not month:
        return "bad_date"
    if not reading.first_month <= month <= reading.last_month:
        return "date_out_of_range"
    fields = ["money", *(["back"] if reading.columns.credit else [])]
    if all(slow_text(row[name]) in reading.missing_amounts for name in fields):
        return "missing_amount"
    if reading.columns.direction:
        side = slow_text(row["side"])
        if side not in (*reading.credit_values, *reading.debit_values):
            return "no_direction"
    return "bad_amount" if amount is None else ""


def _class(category: str, rules: ClassRules) -> str | None:
    """The class of a category: None where it is excluded, '' where it has none."""
    own = code(category)
    if own in {code(name) for name in rules.excluded_categories}:
        return None
    by_code = {code(name): wanted for name, wanted in rules.class_map.items()}
    classes = rules.taxonomy or list(rules.class_map.values())
    wanted = by_code.get(own) or (own if own in classes else "")
    return wanted or ("" if rules.unmapped in ("exclude", "fail") else rules.unmapped)
