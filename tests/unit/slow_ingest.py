"""The verdict on each row of a CSV file in plain Python, slowly, to hold ingest against; and messy files."""

import csv
import datetime
import random
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from ingest_runs import READING, RULES

from spendscape.core.text import SPACE
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.columns import Reading

# Line, verdict, customer, date, class and amount.
Verdict = tuple[int, str, str | None, datetime.date | None, str | None, Decimal | None]


def slow_amount(text: str) -> Decimal | None:
    """The amount of a text, None where it is none."""
    digits = r"(\d+|\d{1,3}([£$€, ]\d{2,3})*[£$€, ]\d{3})?"
    pattern = rf"[£$€, ]*(?P<minus>[-+(]?)[£$€, ]*(?P<number>{digits}(\.\d*)?)[£$€, ]*(?P<end>[-)]?)[£$€, ]*"
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+", text, re.ASCII):
        value = Decimal(text)
        return None if abs(value) >= 10**12 else value.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    found = re.fullmatch(pattern, text, re.ASCII)
    if not found or found["minus"] + found["end"] not in ("", "-", "+", "()"):
        return None
    number = re.sub("[£$€, ]", "", found["number"])
    if number in ("", "."):
        return None
    value = Decimal(number).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return (
        None
        if value >= 10**12
        else -value
        if "-" in found["minus"] + found["end"] or found["end"] == ")"
        else value
    )


def slow_reader(
    text: str, reading: Reading = READING, rules: ClassRules = RULES
) -> Iterator[Verdict]:
    """The verdict on each row of a CSV file without line breaks in fields: (line, verdict, ...)."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    header = next(csv.reader([lines[0]]))
    columns = reading.columns
    places = [
        header.index(str(name))
        for name in (columns.customer, columns.date, columns.category, columns.amount)
    ]
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        try:
            fields = next(csv.reader([line], strict=True))
        except csv.Error:
            fields = []
        while len(fields) > len(header) and not fields[-1]:
            fields.pop()
        if len(fields) != len(header):
            yield number, "malformed_row", None, None, None, None
            continue
        customer, day, category, money = (fields[place].strip(SPACE) for place in places)
        amount = None if money in reading.missing_amounts else slow_amount(money)
        try:
            date = (
                datetime.date.fromisoformat(day[:10])
                if len(day) in (10, 19) and day[4:5] == "-"
                else None
            )
        except ValueError:
            date = None
        own = category if category in (rules.taxonomy or ()) else rules.class_map.get(category)
        if not customer:
            verdict = "no_customer"
        elif date is None:
            verdict = "bad_date"
        elif not 1970 <= date.year <= 2099:
            verdict = "date_out_of_range"
        elif money in reading.missing_amounts:
            verdict = "missing_amount"
        elif amount is None:
            verdict = "bad_amount"
        elif category in rules.excluded_categories:
            verdict = "excluded_category"
        else:
            verdict = "accepted" if own else "unmapped_category"
        yield number, verdict, customer, date, own, amount


def messy(rng: random.Random, rows: int, broken: bool) -> str:
    """A messy CSV file; with `broken`, some lines are not even rows."""
    customers = ["ann", " bob ", '"o\'hara, s"', '"q""t"', "zoë", "", "<script>", "x" * 300]
    days = [
        "2023-01-31", "2023-02-28", "2024-02-29", "2023-02-29", "31.01.2023", "2023-03-01 23:59:59",
        "2023-03-01T00:00:00", "", "2999-01-01", "1815-06-18", "infinity", "2023-1-5", "2023/01/05",
    ]  # fmt: skip
    kinds = [
        "food",
        "groceries",
        "pubs",
        '"kino, theatre"',
        "rent",
        "salary",
        "mystery",
        "",
        " food",
    ]
    money = [
        "12.30", "-4.99", "£26050.00", '"£26,050.00"', "$-25.00", "(2966.97)", '"(1,000)"', "N/A", "",
        "0", ".5", "7.", '"1.234,50"', '"1,23"', "NaN", "inf", "1e300", "--1", "(5", "5)", "0.1", "£", "+3",
        '"12,34,567.89"', "999999999999.9999", "1000000000000", "0.00005", "0.0000005", "ten",
    ]  # fmt: skip
    lines = ["note,payer,day,kind,money"]
    for _ in range(rows):
        # Half of the fields are the first, so that many rows pass.
        fields = [
            rng.choice([pool[0], rng.choice(pool)]) for pool in (customers, days, kinds, money)
        ]
        line = ",".join(["", *fields])
        if broken and rng.random() < 0.1:
            line = rng.choice(
                [line + ",1", line.rpartition(",")[0], "a,b", f'"x"y{line}', f"{line}1,234", ""]
            )
        lines.append(line)
    return rng.choice(["", "\ufeff", "\ufeff\ufeff"]) + "\n".join(lines) + "\n"
