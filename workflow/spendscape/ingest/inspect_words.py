"""Words by which exports name their columns and some of their values, in the languages of their banks.

A name is a hint only: what a column means shows in what it holds. To teach `inspect` a word, add it here.
"""

import re

# Words before "name" that make it the name of a customer, as in member_name.
OWNERS = ("member", "owner", "account", "holder", "customer", "client", "user", "kunden", "konto")
OTHER_NAME = "".join(f"(?<!{word})(?<!{word}[ _])" for word in OWNERS) + "name"
# Whom a payment went to, or words about it: neither the customer nor the category.
OTHER_PARTY = (
    r"memo\b|\bnotes?\b|\breference\b|\bdetails?\b|\bcomment|payee|description|counter.?party|\bparty\b"
    r"|benefic|empfänger|empfaenger|recipient"
)

# What speaks for a role, and, after it, what speaks against it.
NAMES = {
    "date": (
        r"book|posted|posting|transaction.?date|date|datum|fecha|dato|data\b|day|time|buchung|boek|dátum|valuta",
        r"birth|due|expir|valid|valuta|value.?date|wert|settle|start.?of|since|join|interest|rente",
    ),
    "amount": (
        r"amount|value|money|sum\b|total|betrag|bedrag|montant|importe|importo|spend|spent|price|kwota|összeg|beløp|beløb|belopp|debit|soll|cost",
        r"balance|saldo|running|to.?date|ytd|cumul|kumul|fee|tax|vat|mwst|rate|limit|netto|after|original|foreign|number|count|\bno\b|\bid\b|zip|points",
    ),
    "credit": (
        r"credit|haben|paid.?in|money.?in|funds.?in|inflow|deposit|gutschrift|haber|abono|kredit|\bin\b|received|eingang|crédit|refund",
        r"debit|soll|out|withdraw",
    ),
    "debit": (
        r"debit|soll|paid.?out|money.?out|funds.?out|outflow|withdraw|lastschrift|debe|cargo|\bout\b|ausgang|débit|spent",
        r"credit|haben",
    ),
    "customer": (
        r"customer|client|kunde|klant|user|payer|member\b|holder|owner|inhaber|household|haushalt|person|account|konto|rekening|számla|cuenta|compte|iban|respondent|panel|\bwho\b",
        rf"counter|opposing|merchant|auftraggeber|partner|{OTHER_NAME}|type|party|is_|ref|transact|currency|bank\b|city|state|zip|card|{OTHER_PARTY}",
    ),
    "category": (
        r"mcc|categor|kategor|catégor|class|merchant.?(type|kind|group|categ)|kind|symbol|purpose|^merchant$|tag|label|heading|group|budget|rubri|cost.?type|spending|depart",
        rf"sub.?categ|(?<!merchant)(?<!merchant[ _])type$|customer|account|party|state|status|city|currency|name|card|flag|is_|{OTHER_PARTY}",
    ),
    "transaction": (r"trans|ref|booking.?id|^id$|uuid|entry|receipt|sequence|nummer|\bno\b|number", r"customer|client|account|card|merchant|user"),
    "currency": (r"curr|ccy|währung|devise|valuta|moneda|divisa|deviza", r"amount|rate"),
    "state": (r"stat(e|us)\b|status|booked\??$|settle", r"city|address|merchant|zip"),
    "error": (r"error|fehler|fail|decline|reject", r""),
}  # fmt: skip
CREDITS = {
    "c", "cr", "crdt", "credit", "kredit", "k", "haben", "h", "in", "income", "incoming", "refund", "bij",
    "gutschrift", "eingang", "deposit", "received", "+", "inflow", "credit card refund", "money in", "abono", "haber",
}  # fmt: skip
DEBITS = {
    "d", "dr", "dbit", "debit", "debet", "soll", "s", "out", "outgoing", "withdrawal", "payment", "expense", "af",
    "lastschrift", "belastung", "ausgang", "sent", "-", "outflow", "money out", "cargo", "debe", "purchase",
}  # fmt: skip
# States of a row that is not, or not yet, a payment.
NOT_MADE = re.compile(
    r"pending|reverted|declin|cancel|failed|reject|void|vorgemerkt|storn|pdng|cncl|rjct|schd|scheduled|hold|blocked|expired|annul|geplant|abgelehnt|unsettled|authori[sz]ed",
    re.IGNORECASE,
)
YES = {"1", "true", "yes", "y", "ja", "t", "oui", "si"}
NO = {"0", "false", "no", "n", "nein", "f", "non"}
CODES = {
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "JPY", "CNY", "INR", "AUD",
    "NZD", "CAD", "BRL", "MXN", "ZAR", "TRY", "RUB", "UAH", "ILS", "KRW", "SGD", "HKD", "THB", "ISK", "HKR", "RSD",
}  # fmt: skip
# Words that stand beside an amount.
MONEY_WORDS = CODES | {
    "KR",
    "RS",
    "FT",
    "KČ",
    "KC",
    "ZŁ",
    "ZL",
    "LEI",
    "TL",
    "R",
    "FR",
    "SFR",
    "EURO",
    "DOLLAR",
}


def named(role: str, name: str) -> float:
    """Whether a column's name speaks for a role: 1, or against it: −1, or does neither: 0."""
    speaks_for, against = NAMES[role]
    # ParticularWords and particular_words are words.
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).strip()
    forms = (name, words)
    if against and any(re.search(against, text, re.IGNORECASE) for text in forms):
        return -1.0
    return float(any(re.search(speaks_for, text, re.IGNORECASE) for text in forms))
