"""Random exports: any dialect, way of writing, names, order and extra columns, with what each column means.

They hold `inspect` against overfitting to the exports that it was written with.
"""

import csv
import io
import random
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st
from trial_exports import CODES, Entry, Truth, entries, party, people, running

DATES = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d %b %Y", "%d.%m.%y", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M"]  # fmt: skip
EXTRAS = [
    "balance",
    "ytd",
    "member",
    "party",
    "status",
    "memo",
    "valued",
    "transaction",
    "currency",
    "card",
    "city",
    "merchant",
    "clock",
    "fee",
]
IDS = ["C{}", "{}", "NL10INGB00{}", "4111-XXXX-{}", "user_{}@x"]  # fmt: skip
NAMES = {
    "english": {"customer": "Customer ID", "date": "Booking date", "category": "Category", "amount": "Amount",
                "credit": "Credit", "debit": "Debit", "direction": "Dr/Cr", "balance": "Balance", "ytd": "Year to date",
                "member": "is_member", "party": "Counterparty", "status": "Status", "memo": "Description",
                "valued": "Value date", "transaction": "Transaction ID", "currency": "Currency", "card": "Card number",
                "city": "City", "merchant": "Merchant ID", "clock": "Time", "fee": "Fee"},
    "german": {"customer": "Kundennummer", "date": "Buchungstag", "category": "Kategorie", "amount": "Betrag",
               "credit": "Haben", "debit": "Soll", "direction": "Soll/Haben", "balance": "Saldo", "ytd": "Kumuliert",
               "member": "Mitglied", "party": "Empfänger", "status": "Status", "memo": "Verwendungszweck",
               "valued": "Wertstellung", "transaction": "Referenz", "currency": "Währung", "card": "Karte",
               "city": "Ort", "merchant": "Händlernummer", "clock": "Uhrzeit", "fee": "Gebühr"},
}  # fmt: skip
OWN_WORDS = [f"{word} {kind}" for word in ("home", "work", "kids", "travel", "garden") for kind in ("food", "goods", "rent", "fees", "fun", "care", "repairs", "books")]  # fmt: skip


@dataclass(frozen=True)
class Form:
    """How an export is written."""

    seed: int
    delimiter: str
    quoted: bool
    encoding: str
    crlf: bool
    preamble: int
    footer: bool
    trailing: bool
    names: str
    date: str
    decimal: str
    thousands: bool
    symbol: str
    sign: str
    categories: str
    customers: int
    ids: str
    extras: frozenset[str]


@dataclass
class Drawn:
    """A written export: its file, its truth, and the name of the column that has each role."""

    path: Path
    columns: dict[str, str]
    truth: Truth = field(default_factory=lambda: defaultdict(Decimal))


FORMS = st.builds(
    Form,
    seed=st.integers(0, 10**6),
    delimiter=st.sampled_from(",;\t|"),
    quoted=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    crlf=st.booleans(),
    preamble=st.integers(0, 4),
    footer=st.booleans(),
    trailing=st.booleans(),
    names=st.sampled_from(["english", "german", "none"]),
    date=st.sampled_from(DATES),
    decimal=st.sampled_from(".,"),
    thousands=st.booleans(),
    symbol=st.sampled_from(["", "€", " EUR", "$"]),
    sign=st.sampled_from(["positive", "negative", "direction", "two", "marks"]),
    categories=st.sampled_from(["codes", "few", "many"]),
    customers=st.integers(8, 60),
    ids=st.sampled_from(IDS),
    extras=st.frozensets(st.sampled_from(EXTRAS)),
)


def write(form: Form, folder: Path) -> Drawn:
    """Write an export of this form."""
    rng = random.Random(form.seed)
    kinds = {"codes": CODES, "few": OWN_WORDS[::4], "many": OWN_WORDS}[form.categories]
    # With some ten postings a month of all customers, a month of each is seldom empty.
    rows = entries(form.seed, people(form.seed, form.ids, form.customers), kinds, refunds=0.05)
    order = [*_core(form), *sorted(form.extras)]
    rng.shuffle(order)
    labels = NAMES.get(form.names) or {own: f"f{rng.randrange(1000):03d}{own[0]}x" for own in NAMES["english"]}  # fmt: skip
    names = {own: f"c{k}" if form.names == "none" else labels[own] for k, own in enumerate(order)}
    made = Drawn(folder / "export.csv", names)
    cities = {entry.customer: f"Town {_number(entry.customer) % 13}" for entry in rows}
    so_far: dict[tuple[str, int], int] = defaultdict(int)
    lines = [[names[own] for own in order]]
    for entry, after in zip(rows, running(rows, 10_000_000), strict=True):
        so_far[entry.customer, entry.day.year] += entry.cents
        pending = "status" in form.extras and entry.number % 31 == 0
        if not pending:
            made.truth[entry.customer, f"{entry.day:%Y-%m}", entry.category] += Decimal(entry.cents) / 100  # fmt: skip
        own = _amounts(form, entry) | {
            "customer": entry.customer,
            "date": entry.day.strftime(form.date),
            "category": entry.category,
            "balance": _money(form, after),
            "ytd": _money(form, so_far[entry.customer, entry.day.year]),
            "member": "yes" if _number(entry.customer) % 7 else "no",
            "party": party(entry),
            "status": "pending" if pending else "booked",
            "memo": f"card {entry.number % 97} at {party(entry)}, thank you",
            "valued": entry.day.strftime(form.date),
            "transaction": f"T{entry.number * 7919 % 1_000_003:07d}",
            "currency": "EUR",
            "card": f"{entry.customer}{entry.number % 2}",
            "city": cities[entry.customer],
            "merchant": f"{_number(entry.category) % 90 + 10}{entry.cents % 9:03d}",
            "clock": f"{entry.number % 24:02d}:{entry.cents % 60:02d}",
            "fee": _money(form, 25 if entry.number % 17 == 0 else 0),
        }
        lines.append([own[name] for name in order])
    made.path.write_bytes(_text(form, lines).encode(form.encoding, "replace"))
    return made


def _number(text: str) -> int:
    """A number that stands for a text."""
    return zlib.crc32(text.encode())


def _core(form: Form) -> list[str]:
    """The columns without which there is no export."""
    money = {"two": ["debit", "credit"], "direction": ["amount", "direction"]}.get(form.sign, ["amount"])  # fmt: skip
    return ["customer", "date", "category", *money]


def _amounts(form: Form, entry: Entry) -> dict[str, str]:
    """The fields of an entry's money."""
    spent, size = entry.cents > 0, abs(entry.cents)
    if form.sign == "two":
        return {"debit": _money(form, size) if spent else "", "credit": "" if spent else _money(form, size)}  # fmt: skip
    if form.sign == "direction":
        return {"amount": _money(form, size), "direction": "D" if spent else "C"}
    if form.sign == "marks":
        return {"amount": _money(form, size).replace(" EUR", "") + (" DR" if spent else " CR")}
    return {"amount": _money(form, -entry.cents if form.sign == "negative" else entry.cents)}


def _money(form: Form, cents: int) -> str:
    """An amount."""
    text = f"{abs(cents) / 100:,.2f}".replace(".", "D")
    text = text.replace(",", {".": ",", ",": "."}[form.decimal] if form.thousands else "")
    text = text.replace("D", form.decimal)
    text = text + form.symbol if form.symbol.startswith(" ") else form.symbol + text
    return ("-" if cents < 0 else "") + text


def _text(form: Form, lines: Sequence[Sequence[str]]) -> str:
    """The lines as text, with what stands before and after them."""
    out = io.StringIO()
    before = [
        ["Bank of Examples"],
        ["Account statement", "all accounts"],
        [],
        ["Printed", "01.02.2024"],
    ]
    if form.trailing:
        lines = [[*line, ""] for line in lines]
    end = [["Closing balance", "31.12.2023"]] if form.footer else []
    csv.writer(
        out,
        delimiter=form.delimiter,
        quoting=csv.QUOTE_ALL if form.quoted else csv.QUOTE_MINIMAL,
        lineterminator="\r\n" if form.crlf else "\n",
    ).writerows([*before[: form.preamble], *lines, *end])
    return out.getvalue()
