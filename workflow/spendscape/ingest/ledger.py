"""The verdict on every row, and the account of rows and money that must add up."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from spendscape.core.errors import DataError, nearest
from spendscape.core.months import month_name
from spendscape.ingest.class_tables import ClassTable

# Reasons in the order in which they are looked for.
QUARANTINED = (
    "malformed_row",
    "bad_encoding",
    "no_customer",
    "bad_date",
    "date_out_of_range",
    "bad_amount",
    "no_rate",
)
# Beside these, one for each filter of the config: "filter " and its column.
EXCLUDED = ("missing_amount", "repeated_transaction", "excluded_category", "unmapped_category")


@dataclass(frozen=True)
class ClassRules:
    """How categories become classes.

    `taxonomy` lists the classes in tensor order, None takes them from `class_map` and the table, or
    from the data. The other fields are keys of the config's section `ingest`.
    """

    taxonomy: Sequence[str] | None = None
    class_map: Mapping[str, str] = field(default_factory=dict)
    class_table: ClassTable | None = None
    excluded_categories: Sequence[str] = ()
    unmapped: str = "fail"


@dataclass(frozen=True)
class Survey:
    """Rows of one file with one category and one reason.

    `raw` is the category as it stands in the file, `category` without space around it; both are
    None where a reason comes before it. No reason: nothing is wrong with the rows. `readable` counts
    the amounts that can be read, `amount` is their exact sum; `first` and `last` number the months.
    """

    raw: str | None
    category: str | None
    reason: str | None
    rows: int
    readable: int
    amount: Decimal
    first: int | None
    last: int | None


def taxonomy_classes(path: str, key: str) -> list[str]:
    """The classes of a taxonomy table: its column `class`, in the order of the rows.

    Raises
    ------
    DataError
        No such column, no class, or a class twice; `key` names the table in the config.
    """
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        if "class" not in (rows.fieldnames or []):
            found = ", ".join(rows.fieldnames or []) or "none"
            raise DataError(f"{key}: {path} has the columns {found}; expected a column class")
        classes = [row["class"] or "" for row in rows]
    twice = [name for name, count in Counter(classes).items() if count > 1 or not name]
    if twice or not classes:
        fault = f"class {twice[0]!r} more than once or empty" if twice else "no class"
        raise DataError(f"{key}: {path} has {fault}; expected each class once")
    return classes


def assign_classes(
    rows: Mapping[str, int], rules: ClassRules
) -> tuple[list[str], dict[str, str | None]]:
    """The classes in tensor order, and each category's class or None where it is excluded.

    Parameters
    ----------
    rows : rows of each category

    Raises
    ------
    DataError
        class_map or unmapped names a class that the taxonomy does not have; a category without a
        class while `unmapped` is fail.
    """
    takes_all = rules.unmapped not in ("fail", "exclude")
    table = sorted(rules.class_table.classes) if rules.class_table else []
    if rules.taxonomy is not None:
        classes = list(rules.taxonomy)
    elif rules.class_map or table:
        last = [rules.unmapped] if takes_all else []
        classes = sorted({*table, *rules.class_map.values(), *last})
    else:
        classes = sorted(set(rows) - set(rules.excluded_categories))
    named = [(f"ingest.class_map[{key!r}]", value) for key, value in rules.class_map.items()]
    named += [("ingest.class_tables", value) for value in table]
    for key, value in [*named, *([("ingest.unmapped", rules.unmapped)] if takes_all else [])]:
        if value not in classes:
            raise DataError(
                f"{key}: {value!r} was given; ingest.taxonomy has no such class"
                f"{nearest(value, classes)}"
            )
    mapping: dict[str, str | None] = {}
    unmapped = []
    for category in sorted(rows):
        own = _named_class(category, rules)
        if own == "" and category in classes:
            own = category
        if own == "":
            unmapped.append(category)
            own = rules.unmapped if takes_all else None
        mapping[category] = own
    if unmapped and rules.unmapped == "fail":
        most = sorted(unmapped, key=lambda category: (-rows[category], category))
        shown = ", ".join(
            f"{short(name)} ({rows[name]:,} rows{nearest(name, classes)})" for name in most[:5]
        )
        raise DataError(
            f"ingest.class_map: {len(unmapped)} {'categories have' if len(unmapped) > 1 else 'category has'} "
            f"no class: {shown}{', …' if len(most) > 5 else ''}.\n"
            "Give each a class in class_map, list it in excluded_categories, "
            "name a table in class_tables, or set ingest.unmapped to exclude or to a class that takes them all."
        )
    return classes, mapping


def make_ledger(
    surveys: Mapping[str, Sequence[Survey]],
    mapping: Mapping[str, str | None],
    rules: ClassRules,
) -> dict[str, Any]:
    """Rows and money by verdict and reason, per file and in total, and the categories' classes.

    Raises
    ------
    RuntimeError
        read ≠ accepted + quarantined + excluded, which no input may bring about.
    """
    verdicts: dict[str, list[tuple[str, str, Survey]]] = {}
    for name, parts in surveys.items():
        verdicts[name] = [(*_verdict(part, mapping, rules), part) for part in parts]
    everything = [item for items in verdicts.values() for item in items]
    accepted = [part for verdict, _, part in everything if verdict == "accepted"]
    by_category: dict[str, list[Survey]] = {}
    for part in readable(surveys):
        by_category.setdefault(str(part.category), []).append(part)
    first = min((part.first for part in accepted if part.first is not None), default=None)
    last = max((part.last for part in accepted if part.last is not None), default=None)
    return {
        "money": "exact decimals as text, spending positive; null where no amount could be read",
        "total": _account(everything),
        "files": {name: _account(items) for name, items in verdicts.items()},
        "categories": [
            {"category": category, "class": mapping[category], **_entry(parts)}
            for category, parts in sorted(by_category.items())
        ],
        "first_month": None if first is None else month_name(first),
        "last_month": None if last is None else month_name(last),
    }


def summary(ledger: Mapping[str, Any]) -> str:
    """The ledger in one line."""
    total, customers = ledger["total"], ledger["customers"]
    line = (
        f"{total['read']['rows']:,} rows read = {total['accepted']['rows']:,} accepted"
        f" + {total['quarantined']['rows']:,} quarantined + {total['excluded']['rows']:,} excluded"
        f"{reasons_text(total, ' (', ')')}; "
        f"{customers['accepted']:,} customers, {len(ledger['classes'])} classes, "
        f"{ledger['first_month']} to {ledger['last_month']}"
    )
    without = customers["read"] - customers["accepted"]
    return line + (f"; {without:,} customers have no accepted row" if without else "")


def _verdict(part: Survey, mapping: Mapping[str, str | None], rules: ClassRules) -> tuple[str, str]:
    """The verdict and its reason."""
    if part.reason is None:
        if mapping[str(part.category)] is not None:
            return "accepted", ""
        listed = _named_class(str(part.category), rules) is None
        return "excluded", "excluded_category" if listed else "unmapped_category"
    return "quarantined" if part.reason in QUARANTINED else "excluded", part.reason


def _named_class(category: str, rules: ClassRules) -> str | None:
    """The class that the config names for a category: None where it excludes it, "" where it does not name it."""
    if category in rules.excluded_categories:
        return None
    if category in rules.class_map:
        return rules.class_map[category]
    return rules.class_table.lookup(category) if rules.class_table else ""


def _account(items: Sequence[tuple[str, str, Survey]]) -> dict[str, Any]:
    """One account of the ledger."""
    account: dict[str, Any] = {"read": _entry([part for _, _, part in items])}
    filters = sorted({reason for _, reason, _ in items if reason.startswith("filter ")})
    for verdict, reasons in (
        ("accepted", ()),
        ("quarantined", QUARANTINED),
        ("excluded", (*filters, *EXCLUDED)),
    ):
        account[verdict] = _entry([part for own, _, part in items if own == verdict])
        if reasons:
            by_reason = {
                reason: _entry([part for _, own, part in items if own == reason])
                for reason in reasons
            }
            account[verdict]["reasons"] = {k: v for k, v in by_reason.items() if v["rows"]}
    verdicts = [account[verdict] for verdict in ("accepted", "quarantined", "excluded")]
    named = [
        account["accepted"],
        *account["quarantined"]["reasons"].values(),
        *account["excluded"]["reasons"].values(),
    ]
    for entries in (verdicts, named):
        money = sum((Decimal(entry["amount"] or 0) for entry in entries), Decimal(0))
        if sum(entry["rows"] for entry in entries) != account["read"]["rows"] or money != Decimal(
            account["read"]["amount"] or 0
        ):
            raise RuntimeError(f"the ledger does not add up: {account}")
    return account


def _entry(parts: Sequence[Survey]) -> dict[str, Any]:
    """Rows and money; the money of rows without a readable amount is None, not 0."""
    money = f"{sum((part.amount for part in parts), Decimal(0)):.6f}"
    readable = sum(part.readable for part in parts)
    rows = sum(part.rows for part in parts)
    amount = re.sub(r"0{1,4}$", "", money) if readable or not rows else None
    return {"rows": rows, "amount": amount}


def readable(surveys: Mapping[str, Sequence[Survey]]) -> list[Survey]:
    """What nothing is wrong with, so that its category decides."""
    return [part for parts in surveys.values() for part in parts if part.reason is None]


def reasons_text(account: Mapping[str, Any], before: str = "", after: str = "") -> str:
    """The reasons of an account and their rows as text, '' where there is none."""
    reasons = account["quarantined"]["reasons"] | account["excluded"]["reasons"]
    text = ", ".join(f"{reason} {entry['rows']:,}" for reason, entry in reasons.items())
    return f"{before}{text}{after}" if text else ""


def short(text: str) -> str:
    """A name from the data, quoted and cut."""
    return repr(text if len(text) <= 60 else text[:59] + "…")
