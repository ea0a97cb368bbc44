"""Simulated transactions as banks export them: CSV with quirks, and broken rows that are known.

Quirks are harmless, and a reader is expected to cope with them: a byte-order mark, CRLF, quotes, space
around fields, a time after the date, currency signs, thousands separators, negatives in brackets. A
broken row is one that no reader can accept; its reason is one of those for which ingest puts rows
aside.
"""

from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import pyarrow as pa

Fields = list[str]
HEADER = [
    "transaction_id", "customer_id", "booked", "class", "amount", "currency", "merchant_category_code",
]  # fmt: skip
CUSTOMER, BOOKED, CLASS, AMOUNT = range(1, 5)
# Becomes the byte FF when it is written, which is not UTF-8.
BAD_BYTE = "\udcff"


def _set(place: int, *values: str) -> list[Callable[[Fields], Fields]]:
    """Ways to break a row: another text in one field."""
    return [lambda row, value=value: [*row[:place], value, *row[place + 1 :]] for value in values]  # type: ignore[misc]


BREAKS: dict[str, list[Callable[[Fields], Fields]]] = {
    "malformed_row": [lambda row: row[:-1], lambda row: row[:2], lambda row: [*row, "x"]],
    "bad_encoding": _set(CLASS, f"caf{BAD_BYTE}"),
    "no_customer": _set(CUSTOMER, "", "  "),
    "bad_date": _set(BOOKED, "", "2023-02-30", "31.12.2023", "yesterday"),
    "date_out_of_range": _set(BOOKED, "1067-05-01", "2999-12-31"),
    "bad_amount": _set(AMOUNT, "", "N/A", "12.3.4", "1,2,3", "£"),
}


def write(
    transactions: pa.Table,
    file: BinaryIO,
    share: float,
    seed: tuple[int, ...],
    crlf: bool = False,
    mark: bool = False,
) -> pa.Table:
    """Write transactions as CSV, a share of them broken; return what is broken.

    Parameters
    ----------
    transactions : the columns `HEADER`, as `transactions.transactions` gives them
    file : open for bytes
    share : of the rows, how many are broken
    seed : of everything random
    crlf, mark : whether lines end with CRLF, and whether the file begins with a byte-order mark

    Returns
    -------
    The columns line (the header is line 1) and reason, a row for each broken row.
    """
    rng = np.random.default_rng(seed)
    rows = len(transactions)
    broken = rng.random(rows) < share
    kind = rng.integers(0, len(BREAKS), rows)
    way = rng.integers(0, 2**31, rows)
    quirk = rng.integers(0, 2**31, rows)
    end = "\r\n" if crlf else "\n"
    file.write(("\ufeff" if mark else "").encode() + (",".join(HEADER) + end).encode())
    reasons, lines = list(BREAKS), []
    columns = [transactions[name].to_pylist() for name in HEADER]
    for place, values in enumerate(zip(*columns, strict=True)):
        row = ["" if value is None else str(value) for value in values]
        row = _quirks(row, values[AMOUNT], int(quirk[place]))
        if broken[place]:
            reason = reasons[kind[place]]
            row = BREAKS[reason][way[place] % len(BREAKS[reason])](row)
            lines.append((place + 2, reason))
        text = ",".join(
            f'"{cell}"' if "," in cell or quirk[place] % 7 == 0 else cell for cell in row
        )
        file.write((text + end).encode(errors="surrogateescape"))
    return pa.table(
        {
            "line": pa.array([line for line, _ in lines], pa.int64()),
            "reason": pa.array([reason for _, reason in lines], pa.string()),
        }
    )


def _quirks(fields: Fields, amount: float, number: int) -> Fields:
    """A row's fields with the quirks that a random number chooses."""
    cents = f"{abs(amount):,.2f}"
    plain = cents.replace(",", "")
    positive = [plain, f"£{cents}", f" {plain} ", cents, f"£{plain}"]
    negative = [f"-{plain}", f"(£{cents})", f"£-{plain}", f"({plain})", f"-£{cents}"]
    shown = (negative if amount < 0 else positive)[number % 5]
    number, booked = number // 5, fields[BOOKED]
    if number % 3 == 0:
        booked += "T09:30:00" if number % 2 else " 00:00:00"
    customer = f" {fields[CUSTOMER]} " if number % 11 == 0 else fields[CUSTOMER]
    return [fields[0], customer, booked, fields[CLASS], shown, *fields[AMOUNT + 1 :]]
