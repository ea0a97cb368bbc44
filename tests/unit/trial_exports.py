"""Ten exports as banks write them, simulated, each after a public bug report of an importer, with the right sums.

Every export has what its report is about, and more that is odd in the same way. The rows are drawn, so
that no person stands behind them. The truth is what a reader who knows the bank's format would add up.
"""

import csv
import datetime
import io
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

Truth = dict[tuple[str, str, str], Decimal]


@dataclass(frozen=True)
class Entry:
    """A drawn posting: `cents` are above 0 for spending, below 0 for a refund or an income."""

    customer: str
    day: datetime.date
    category: str
    cents: int
    number: int

    @property
    def income(self) -> bool:
        return self.category in INCOME


@dataclass
class Export:
    """An export and its truth.

    Attributes
    ----------
    report : the public report that it is made after
    odd : what is odd about it
    files : what was written
    truth : money by customer, month (2024-01) and category
    other_columns : columns that hold nothing that counts and must not be taken for the amount
    """

    report: str
    odd: str
    files: list[Path] = field(default_factory=list)
    truth: Truth = field(default_factory=lambda: defaultdict(Decimal))
    other_columns: tuple[str, ...] = ()

    def count(self, entry: Entry) -> None:
        """Add an entry to the truth; incomes are no spending."""
        if not entry.income:
            key = (entry.customer, f"{entry.day:%Y-%m}", entry.category)
            self.truth[key] += Decimal(entry.cents) / 100


INCOME = {"Salary", "Gehalt", "salaris", "Top-up"}
WORDS = ["Groceries", "Restaurants", "Rent", "Rail", "Fuel", "Clothing", "Pharmacy", "Cinema", "Books", "Insurance"]  # fmt: skip
GERMAN = ["Lebensmittel", "Miete", "Bahn", "Kleidung", "Bücher", "Versicherung", "Tanken", "Möbel", "Apotheke"]  # fmt: skip
CODES = ["5411", "5812", "4111", "5541", "5651", "5912", "7832", "5942", "6300", "4900", "5732", "7997"]  # fmt: skip
SURNAMES = ["Meier", "Jansen", "O'Neil", "Peña", "Kowalski", "Dubois", "Rossi", "Smith"]


def entries(
    seed: int,
    customers: Sequence[str],
    categories: Sequence[str],
    years: int = 2,
    monthly: int = 3,
    refunds: float = 0.04,
    income: str | None = None,
) -> list[Entry]:
    """Postings of some customers by day, of whom each has its own taste; 2022 is the first year."""
    rng = random.Random(seed)
    made: list[tuple[datetime.date, str, str, int]] = []
    for customer in customers:
        weights = [rng.expovariate(1) for _ in categories]
        for month in range(12 * years):
            year, number = 2022 + month // 12, month % 12 + 1
            for _ in range(rng.randint(monthly - 1, monthly + 1)):
                cents = max(1, int(rng.lognormvariate(7.6, 1.1)))
                cents = -cents if rng.random() < refunds else cents
                day = datetime.date(year, number, rng.randint(1, 28))
                made.append((day, customer, rng.choices(categories, weights)[0], cents))
            if income and rng.random() < 0.8:
                day = datetime.date(year, number, 27)
                made.append((day, customer, income, -rng.randint(150_000, 400_000)))
    made.sort(key=lambda row: row[0])
    return [Entry(who, day, kind, cents, k) for k, (day, who, kind, cents) in enumerate(made)]


def people(seed: int, pattern: str, count: int = 40) -> list[str]:
    """Ids, each once."""
    rng = random.Random(seed)
    return [pattern.format(number) for number in rng.sample(range(10**7, 10**8), count)]


def party(entry: Entry) -> str:
    """Who was paid or paid: many values that are no category."""
    rng = random.Random(f"{entry.category}{entry.cents % 23}")
    return f"{rng.choice(SURNAMES)} {entry.category[:3]} {rng.randrange(60)}"


def text_of(rows: Sequence[Sequence[str]], delimiter: str, quoted: bool = False) -> str:
    """Rows as CSV, with quotes around every field or only where they are needed."""
    out = io.StringIO()
    csv.writer(
        out,
        delimiter=delimiter,
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
        lineterminator="\n",
    ).writerows(rows)
    return out.getvalue()


def money(cents: int, decimal: str = ".", thousands: str = "") -> str:
    """An amount with two decimals."""
    text = f"{abs(cents) / 100:,.2f}".replace(",", "T").replace(".", decimal)
    return ("-" if cents < 0 else "") + text.replace("T", thousands)


def running(rows: Sequence[Entry], start: int = 500_000) -> Iterator[int]:
    """The balance of each row's customer after it."""
    balance: dict[str, int] = defaultdict(lambda: start)
    for entry in rows:
        balance[entry.customer] -= entry.cents
        yield balance[entry.customer]


def ing(folder: Path) -> Export:
    """Af and Bij beside an amount without a sign."""
    made = Export(
        "actualbudget/actual#805, beancount/beangulp#119",
        "direction Af/Bij beside an amount without a sign, decimal commas below a thousand, dates 20220131, "
        "balance after each row, salary among refunds",
        other_columns=("Resulting balance",),
    )
    rows = entries(1, people(1, "NL10INGB00{}"), WORDS, income="salaris")
    lines = [
        ["Date", "Name / Description", "Account", "Counterparty", "Code", "Debit/credit", "Amount (EUR)",
         "Transaction type", "Notifications", "Resulting balance", "Tag"]
    ]  # fmt: skip
    for entry, after in zip(rows, running(rows), strict=True):
        made.count(entry)
        kind = random.Random(entry.number).choice(["BA", "IC", "GT"])
        lines.append(
            [f"{entry.day:%Y%m%d}", party(entry), entry.customer, f"NL{entry.cents % 97}RABO{entry.number:010d}",
             kind, "Af" if entry.cents > 0 else "Bij", money(abs(entry.cents), ","),
             {"BA": "Payment terminal", "IC": "SEPA direct debit", "GT": "Online Banking"}[kind],
             f"Name: {party(entry)} Date: {entry.day:%d-%m-%Y}", money(after, ","), entry.category]
        )  # fmt: skip
    made.files = [folder / "export.csv"]
    made.files[0].write_text(text_of(lines, ";", True), encoding="utf-8")
    return made


def dkb(folder: Path) -> Export:
    """A preamble with a quoted line break, one file for each account, and pending rows."""
    made = Export(
        "aniav/ynab-csv#76, siddhantgoel/beancount-dkb#190, bank2ynab/bank2ynab#12",
        "a file for each account, a preamble with a quoted line break, cp1252, trailing semicolons, "
        "spending negative with thousands points and €, pending rows, incomes among refunds",
        other_columns=("Gläubiger-ID",),
    )
    rows = entries(2, people(2, "DE0412{}", 24), GERMAN, monthly=5, income="Gehalt")
    head = ["Buchungsdatum", "Wertstellung", "Status", "Zahlungsempfänger*in", "Verwendungszweck", "Umsatztyp",
            "Betrag (€)", "Gläubiger-ID", "Kategorie", ""]  # fmt: skip
    by_customer: dict[str, list[Entry]] = defaultdict(list)
    for entry in rows:
        by_customer[entry.customer].append(entry)
    for customer, own in by_customer.items():
        lines = [
            ["Girokonto", customer, ""],
            ["Zeitraum:\nvom 01.01.2022 bis 31.12.2023", ""],
            ["Kontostand vom 31.12.2023:", "1.234,56 €", ""],
        ]
        body = []
        for entry in own:
            pending = entry.number % 41 == 0
            if not pending:
                made.count(entry)
            body.append(
                [f"{entry.day:%d.%m.%y}", f"{entry.day:%d.%m.%y}", "Vorgemerkt" if pending else "Gebucht",
                 party(entry), f"Einkauf bei {party(entry)}", "Eingang" if entry.cents < 0 else "Ausgang",
                 money(-entry.cents, ",", ".") + " €", f"DE98ZZZ{entry.cents % 7:011d}", entry.category, ""]
            )  # fmt: skip
        text = text_of([*lines, [""], head, *body[::-1]], ";", True)
        path = folder / f"Umsatzliste_Girokonto_{customer}.csv"
        path.write_bytes(text.encode("cp1252"))
        made.files.append(path)
    return made


def deutsche(folder: Path) -> Export:
    """Debits and credits in columns of their own, and a closing line."""
    made = Export(
        "nicolettas-muggelbude/RechnungsFee#247, howeyc/ledger#30, OCA/bank-statement-import#296",
        "Soll (negative) and Haben in two columns, days and months without a leading zero, lines before the header, "
        "a closing line with fewer fields, a byte-order mark, a semicolon after the last column name only",
    )
    rows = entries(3, people(3, "{}"), GERMAN, refunds=0.06)
    lines = [["Buchungstag", "Wert", "Begünstigter / Auftraggeber", "Verwendungszweck", "Kundennummer", "Kategorie",
              "Soll", "Haben", "Währung", ""]]  # fmt: skip
    for entry in rows:
        made.count(entry)
        spent = entry.cents > 0
        day = f"{entry.day.day}.{entry.day.month}.{entry.day.year}"
        lines.append(
            [day, day, party(entry), "Kartenzahlung", entry.customer, entry.category,
             money(-entry.cents, ",", ".") if spent else "", "" if spent else money(-entry.cents, ",", "."), "EUR"]
        )  # fmt: skip
    before = "Umsätze Girokonto;;;Zeitraum: 2022 bis 2023\nLetzter Kontostand;;;;5.000,00;EUR\n"
    after = "Kontostand;31.12.2023;;;4.321,00;EUR\n"
    made.files = [folder / "Kontoumsaetze.csv"]
    made.files[0].write_text("\ufeff" + before + text_of(lines, ";") + after, encoding="utf-8")
    return made


def debit_credit(folder: Path) -> Export:
    """American debits and credits with a running balance and a line of totals."""
    made = Export(
        "firefly-iii/firefly-iii#931, firefly-iii/firefly-iii#3271, elizaOS/eliza#22263",
        "Amount Debit and Amount Credit, both positive, $ and thousands commas, a running balance, month before day, "
        "CRLF, a line of totals with as many fields",
        other_columns=("Running Bal.",),
    )
    rows = entries(4, people(4, "XXXX{}"), WORDS, refunds=0.05)
    lines = [["Posted Date", "Account Number", "Description", "Amount Debit", "Amount Credit", "Running Bal.", "Category"]]  # fmt: skip
    for entry, after in zip(rows, running(rows, 100_000_000), strict=True):
        made.count(entry)
        shown = "$" + money(abs(entry.cents), ".", ",")
        lines.append(
            [f"{entry.day:%m/%d/%Y}", entry.customer, party(entry), shown if entry.cents > 0 else "",
             "" if entry.cents > 0 else shown, "$" + money(after, ".", ","), entry.category]
        )  # fmt: skip
    total = sum(entry.cents for entry in rows)
    lines.append(["Totals", "", "", "$" + money(total, ".", ","), "", "", ""])
    made.files = [folder / "stmt.csv"]
    made.files[0].write_bytes(text_of(lines, ",").replace("\n", "\r\n").encode())
    return made


def soll_haben(folder: Path) -> Export:
    """No column names, and H or S behind the amount."""
    made = Export(
        "firefly-iii/firefly-iii#2835, aniav/ynab-csv#65",
        "no line of column names, H and S for credit and debit, two dates, thousands points and decimal commas",
    )
    rows = entries(5, people(5, "IBAN1234{}"), GERMAN, refunds=0.06)
    lines = []
    for entry in rows:
        made.count(entry)
        valued = entry.day + datetime.timedelta(days=entry.number % 3)
        lines.append(
            [f"{entry.day:%d.%m.%Y}", f"{valued:%d.%m.%Y}", party(entry), "", entry.customer, "", "GENODEF1XXX",
             entry.category, "", "EUR", money(abs(entry.cents), ",", "."), "S" if entry.cents > 0 else "H"]
        )  # fmt: skip
    made.files = [folder / "umsaetze.csv"]
    made.files[0].write_text(text_of(lines, ";", True), encoding="utf-8")
    return made


def states(folder: Path) -> Export:
    """Rows that were reverted or are pending."""
    made = Export(
        "ledger123/runmyaccounts#402, aniav/ynab-csv#94, plaintextaccounting/hledger#2282",
        "a state COMPLETED, REVERTED or PENDING, pending rows without a completed date, a fee column, moments, "
        "spending negative, top-ups among refunds",
        other_columns=("Fee", "Balance"),
    )
    rows = entries(6, people(6, "u{}"), WORDS, income="Top-up")
    lines = [["Type", "Product", "User", "Started Date", "Completed Date", "Description", "Amount", "Fee", "Currency",
              "State", "Balance", "Category"]]  # fmt: skip
    for entry, after in zip(rows, running(rows), strict=True):
        state = {0: "REVERTED", 1: "PENDING"}.get(entry.number % 37, "COMPLETED")
        if state == "COMPLETED":
            made.count(entry)
        moment = f"{entry.day} {8 + entry.number % 12:02d}:{entry.number % 60:02d}:17"
        lines.append(
            ["TOPUP" if entry.income else "CARD_PAYMENT", "Current", entry.customer, moment,
             moment if state == "COMPLETED" else "", party(entry), money(-entry.cents),
             "0.50" if entry.number % 29 == 0 else "0.00", "GBP", state,
             money(after) if state == "COMPLETED" else "", entry.category]
        )  # fmt: skip
    made.files = [folder / "account-statement.csv"]
    made.files[0].write_text(text_of(lines, ","), encoding="utf-8")
    return made


def utf16(folder: Path) -> Export:
    """UTF-16 with tabs and whole amounts."""
    made = Export(
        "actualbudget/actual#6327, BigAndini/ers#808",
        "UTF-16, tabs, CRLF, dates 2022.01.31, amounts without decimals and with spaces for thousands, Merchant "
        "Category Codes, card and account numbers, a file for each year",
    )
    rows = entries(7, people(7, "1177{}"), CODES, years=3)
    for year in (2022, 2023, 2024):
        lines = [
            [
                "Könyvelés dátuma",
                "Számlaszám",
                "Kártyaszám",
                "Partner",
                "MCC",
                "Összeg",
                "Devizanem",
            ]
        ]
        for entry in rows:
            if entry.day.year == year:
                cents = entry.cents * 100
                made.count(Entry(entry.customer, entry.day, entry.category, cents, 0))
                shown = money(-cents, ".", " ")[:-3]
                lines.append(
                    [f"{entry.day:%Y.%m.%d}", entry.customer, f"{entry.customer}-{entry.number % 2}", party(entry),
                     entry.category, shown, "HUF"]
                )  # fmt: skip
        path = folder / f"{year}.csv"
        path.write_bytes(text_of(lines, "\t").replace("\n", "\r\n").encode("utf-16"))
        made.files.append(path)
    return made


def marks(folder: Path) -> Export:
    """CR behind an amount."""
    made = Export(
        "rustledger/rustledger#1475, frappe/erpnext#58817, buckets/application#573",
        "CR behind the few credits and DR behind the debits, dates such as 01 NOV 2022, thousands commas, "
        "card numbers in place of ids, reference numbers",
    )
    rows = entries(8, people(8, "4111-XXXX-{}"), WORDS, refunds=0.05)
    lines = [["Card No", "Date", "Transaction Details", "Ref No", "Category", "Amount (Rs.)"]]
    for entry in rows:
        made.count(entry)
        shown = money(abs(entry.cents), ".", ",") + (" DR" if entry.cents > 0 else " CR")
        reference = f"{entry.number * 7919 % 1_000_003:012d}"
        lines.append(
            [entry.customer, f"{entry.day:%d %b %Y}".upper(), party(entry), reference, entry.category, shown]
        )  # fmt: skip
    made.files = [folder / "card.csv"]
    made.files[0].write_text(text_of(lines, ","), encoding="utf-8")
    return made


def ledgers(folder: Path) -> Export:
    """Quarterly ledgers with a column of the year to date."""
    made = Export(
        "plaintextaccounting/hledger#267, Athenodoros/TopHat#5",
        "sixteen quarterly ledgers, amount and year to date, is_member and party of each member, quarters for dates, "
        "columns in another order in some files",
        other_columns=("year_to_date",),
    )
    rng = random.Random(9)
    categories = ["Accommodation", "Office", "Staffing", "Travel", "Contingency", "Hospitality"]
    members = people(9, "P{}", 70)
    parties = {who: rng.choice(["Blue", "Green", "Red", "Independent"]) for who in members}
    so_far: dict[tuple[str, int, str], int] = defaultdict(int)
    for year in (2021, 2022, 2023, 2024):
        for quarter in (1, 2, 3, 4):
            head = ["member", "party", "is_member", "quarter", "heading", "amount", "year_to_date"]
            order = list(range(len(head)))
            if quarter == 3:
                order = order[::-1]
            lines = []
            for who in members:
                for category in categories:
                    cents = int(rng.lognormvariate(11, 1)) if rng.random() < 0.9 else 0
                    so_far[who, year, category] += cents
                    day = datetime.date(year, quarter * 3, 1)
                    made.count(Entry(who, day, category, cents, 0))
                    lines.append(
                        [who, parties[who], "yes" if members.index(who) % 12 else "no", f"{year}-Q{quarter}", category,
                         money(cents, ".", ","), money(so_far[who, year, category], ".", ",")]
                    )  # fmt: skip
            path = folder / f"ledger_{year}_q{quarter}.csv"
            shuffled = [[line[k] for k in order] for line in [head, *lines]]
            path.write_text(text_of(shuffled, ","), encoding="utf-8")
            made.files.append(path)
    return made


def two_categories(folder: Path) -> Export:
    """The user's category is mostly empty; the bank's own is the rest. Two exports overlap."""
    made = Export(
        "buckets/application#1036, moneymanagerex/moneymanagerex#6771, firefly-iii/firefly-iii#2353",
        "the category in two columns of which the first is mostly empty, memos with quoted line breaks and delimiters, "
        "two exports that overlap and repeat transaction ids, equal purchases with ids of their own",
    )
    rows = entries(10, people(10, "K-{}"), WORDS, refunds=0.0)
    own = {"Groceries": "Weekly shop", "Rail": "Commute"}
    lines = []
    for entry in rows:
        label = own.get(entry.category, "") if entry.number % 3 == 0 else ""
        made.count(Entry(entry.customer, entry.day, label or entry.category, entry.cents, 0))
        lines.append(
            [f"T{entry.number * 31337 % 999_983:08d}", f"{entry.day:%d/%m/%Y}", entry.customer, money(entry.cents),
             label, entry.category, f"{party(entry)}\nref {entry.number % 5}; card" if entry.number % 4 else ""]
        )  # fmt: skip
    head = [
        "Transaction ID",
        "Booked",
        "Account holder",
        "Value",
        "My category",
        "Bank category",
        "Memo",
    ]
    cut = len(lines) // 2
    for name, part in (("a.csv", lines[: cut + 150]), ("b.csv", lines[cut:])):
        made.files.append(folder / name)
        made.files[-1].write_text(text_of([head, *part], ","), encoding="utf-8")
    return made


EXPORTS: dict[str, Callable[[Path], Export]] = {
    own.__name__: own
    for own in (ing, dkb, deutsche, debit_credit, soll_haben, states, utf16, marks, ledgers, two_categories)
}  # fmt: skip
