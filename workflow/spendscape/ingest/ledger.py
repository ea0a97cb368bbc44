"""The account of rows and money by verdict and reason, which must add up."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.core.months import month_name
from spendscape.core.text import short
from spendscape.ingest.classes import ClassRules, class_named_for
from spendscape.ingest.survey import EXCLUDED, QUARANTINED, Survey, readable, what_to_check


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
        f"{counted(total['read']['rows'], 'row')} read = {_with_reasons(total, 'accepted')}"
        f" + {_with_reasons(total, 'quarantined')} + {_with_reasons(total, 'excluded')}; "
        f"{counted(customers['accepted'], 'customer')}, "
        f"{counted(len(ledger['classes']), 'class', 'classes')}, "
        f"{ledger['first_month']} to {ledger['last_month']}"
    )
    if differing := ledger.get("differing_repeats"):
        line += (
            f"; {counted(differing, 'row')} with the transaction id of an earlier, different row"
        )
    if same := ledger.get("files_that_are_one"):
        line += f"; {counted(len(same), 'file')} read under several names"
    if alike := ledger.get("classes_that_look_alike"):
        shown = ", ".join(" and ".join(map(short, group)) for group in alike[:3])
        line += f"; classes that look alike: {shown}{', …' if alike[3:] else ''}"
    without = customers["read"] - customers["accepted"]
    have = "has" if without == 1 else "have"
    return line + (f"; {counted(without, 'customer')} {have} no accepted row" if without else "")


def accepted_money(ledger: Mapping[str, Any]) -> dict[str, Decimal]:
    """The sum of the accepted amounts of each category."""
    return {
        entry["category"]: Decimal(entry["amount"] or 0)
        for entry in ledger["categories"]
        if entry["class"] is not None
    }


def _verdict(part: Survey, mapping: Mapping[str, str | None], rules: ClassRules) -> tuple[str, str]:
    """The verdict and its reason."""
    if part.reason is None:
        if mapping[str(part.category)] is not None:
            return "accepted", ""
        listed = class_named_for(str(part.category), rules) is None
        return "excluded", "excluded_category" if listed else "unmapped_category"
    return "quarantined" if part.reason in QUARANTINED else "excluded", part.reason


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


def reasons_text(
    account: Mapping[str, Any], verdicts: Sequence[str] = ("quarantined", "excluded")
) -> str:
    """The reasons of these verdicts and their rows as text, '' where there is none."""
    reasons = [item for own in verdicts for item in account[own].get("reasons", {}).items()]
    return ", ".join(f"{reason} {entry['rows']:,}" for reason, entry in reasons)


def refuse_nothing(total: Mapping[str, Any]) -> NoReturn:
    """Say why no row was accepted, by the reason of most of them.

    Parameters
    ----------
    total : the account of all files

    Raises
    ------
    DataError
        Always; it begins with the keys of the config that decide about that reason.
    """
    reasons = {
        name: entry["rows"]
        for verdict in ("quarantined", "excluded")
        for name, entry in total[verdict]["reasons"].items()
    }
    if not reasons:
        raise DataError("ingest.files: the files have no rows, so that none was accepted")
    keys = what_to_check(max(reasons, key=lambda name: reasons[name]))
    raise DataError(
        f"{keys}: {counted(total['read']['rows'], 'row')} {'was' if total['read']['rows'] == 1 else 'were'} read and none was accepted; {reasons_text(total)}"
    )


def _with_reasons(account: Mapping[str, Any], verdict: str) -> str:
    """The rows of a verdict, and behind them its reasons in brackets."""
    reasons = reasons_text(account, (verdict,))
    return f"{account[verdict]['rows']:,} {verdict}" + (f" ({reasons})" if reasons else "")
