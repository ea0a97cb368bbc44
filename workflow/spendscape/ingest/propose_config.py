"""From an export to a config that reads it: what each column seems to hold, and why.

Nothing here decides for the user: every choice comes with its reason, and what could be otherwise is
said. The proposal is tried with `spendscape.ingest.ingest` before it is shown (see `__main__`).
"""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core.errors import DataError
from spendscape.ingest.file_parts import kind_of

SAMPLE_BYTES, SAMPLE_ROWS, SAMPLE_FILES = 2**21, 20_000, 4
DELIMITERS = ",;\t|"
ISO = "ISO"
PATTERNS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%y%m%d")  # fmt: skip
NAMES = {
    "date": r"date|day|booked|posted|time|datum|valuta|fecha|data\b",
    "amount": r"amount|value|money|sum|total|betrag|montant|importe|debit|spend|price",
    "customer": r"customer|client|account_?id|user|payer|member|holder|household|person|card_?id|kunde|konto|^id$",
    "category": r"mcc|categor|class|merchant_?(type|kind|group)|kind|symbol|purpose|^merchant$|kategorie|type",
    "transaction": r"trans|ref|booking_?id|^id$|uuid|entry",
    "currency": r"curr|ccy|währung|devise",
}
CREDITS = {"c", "cr", "credit", "kredit", "haben", "h", "in", "income", "refund"}
DEBITS = {"d", "dr", "debit", "soll", "s", "out", "withdrawal", "payment", "expense"}


@dataclass
class Proposal:
    """A section `ingest` and what speaks for each key of it, by the key's dotted name."""

    section: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def set(self, key: str, value: Any, reason: str) -> None:
        """Propose a value for a key such as columns.date."""
        place = self.section
        *path, last = key.split(".")
        for name in path:
            place = place.setdefault(name, {})
        place[last] = value
        self.reasons[key] = reason


@dataclass
class Sample:
    """The first rows of a file: the column names and their fields as text."""

    columns: dict[str, list[str]]
    settings: dict[str, tuple[Any, str]] = field(default_factory=dict)


def propose(
    files: Mapping[str, str],
    known_share: Callable[[Iterable[str]], float],
    tables: Sequence[str] = (),
) -> Proposal:
    """What the files seem to hold.

    Parameters
    ----------
    files : name and path of each; they are taken to be alike, some of them are looked at
    known_share : the share of some categories that already have a class
    tables : tables of classes that `known_share` knows, named in the proposal where they help

    Raises
    ------
    DataError
        A file that cannot be opened, or without a column for dates, amounts, categories or customers.
    """
    names = list(files)
    looked_at = sorted(
        {len(names) * k // SAMPLE_FILES for k in range(SAMPLE_FILES)} | {len(names) - 1}
    )
    samples = [read_sample(names[k], files[names[k]]) for k in looked_at]
    made = Proposal()
    for key, (value, reason) in samples[0].settings.items():
        made.set(key, value, reason)
    rows: dict[str, list[str]] = {}
    for column in samples[0].columns:
        fields = [text for sample in samples for text in sample.columns.get(column, [])]
        if any(fields):
            rows[column] = fields
    if not rows:
        raise DataError(f"{names[0]}: no rows were found")
    used: set[str] = set()
    _dates(made, rows, used)
    _amounts(made, rows, used)
    _directions(made, rows, used)
    _customers(made, rows, used, list(files))
    _categories(made, rows, used, known_share, tables)
    _others(made, rows, used)
    return made


def read_sample(name: str, path: str) -> Sample:
    """The first rows of a file, with the settings that are needed to read it."""
    kind, compression = kind_of(name)
    if kind != "text":
        try:
            if kind == "parquet":
                batches = pq.ParquetFile(path).iter_batches(SAMPLE_ROWS)
                table = pa.Table.from_batches([next(batches)])
            else:
                with pa.memory_map(path) as file:
                    table = pa.ipc.open_file(file).read_all().slice(0, SAMPLE_ROWS)
        except (pa.ArrowException, OSError, StopIteration):
            raise DataError(f"{name} cannot be read as {kind}, or has no rows") from None
        columns = {
            column: ["" if value is None else str(value) for value in table[column].to_pylist()]
            for column in table.column_names
        }
        return Sample(columns)
    try:
        with pa.input_stream(path, compression=compression) as stream:
            data = stream.read(SAMPLE_BYTES)
    except (pa.ArrowException, OSError):
        raise DataError(f"{name} cannot be decompressed as {compression}") from None
    encoding = _encoding(data)
    whole = len(data) < SAMPLE_BYTES
    text = data.decode(encoding, "ignore").lstrip("\ufeff")
    lines = text.splitlines()[: SAMPLE_ROWS + 100]
    lines = lines if whole else lines[:-1]
    settings: dict[str, tuple[Any, str]] = {}
    if encoding != "utf-8":
        settings["encoding"] = (encoding, "the text is no UTF-8")
    delimiter, width, skip = _delimiter(name, lines)
    if delimiter != ",":
        settings["delimiter"] = (delimiter, f"it gives {width} fields in nearly all lines")
    if skip:
        settings["skip_lines"] = (skip, "the lines before have other fields")
    parsed = list(csv.reader(io.StringIO("\n".join(lines[skip:])), delimiter=delimiter))
    header = [text.strip() for text in parsed[0]]
    if any(re.search(r"\d{3}|^$", text) for text in header) or len(set(header)) < len(header):
        header = [f"column_{k + 1}" for k in range(width)]
        settings["column_names"] = (header, "no line has column names; rename as you like")
    else:
        parsed = parsed[1:]
    rows = [row for row in islice(parsed, SAMPLE_ROWS) if len(row) == len(header)]
    return Sample({column: [row[k].strip() for row in rows] for k, column in enumerate(header)}, settings)  # fmt: skip


def date_format(fields: Sequence[str]) -> tuple[str | None, float, list[str]]:
    """The format that reads the most of some fields, its share, and other formats that read as many."""
    some = [text for text in fields if text][:2000]
    if not some:
        return None, 0.0, []
    shares = {}
    for pattern in (ISO, *PATTERNS):
        shares[pattern] = sum(_is_date(text, pattern) for text in some) / len(some)
    shares["quarter"] = _share(some, r"\d{4}[-/ ]?[Qq][1-4]|[Qq][1-4][-/ ]?\d{4}")
    shares["financial_year"] = _share(some, r"([Ff][Yy] ?)?(19|20)\d{2}[-/](\d{2}|\d{4})")
    serial = [float(t) for t in some if re.fullmatch(r"\d{5}(\.\d+)?", t)]
    inside = sum(20_000 < value < 60_000 for value in serial)
    shares["spreadsheet"] = inside / len(some)
    best = max(shares, key=lambda key: shares[key])
    return best, shares[best], [k for k, v in shares.items() if v == shares[best] and k != best]


def _dates(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """columns.date and date_format."""
    parts = [
        next((name for name in rows if re.fullmatch(pattern, name, re.IGNORECASE)), None)
        for pattern in ("year|jahr", "month|monat", "day|tag")
    ]
    found = {name: date_format(fields) for name, fields in rows.items()}
    score = {
        name: share + 0.2 * _named("date", name)
        for name, (_, share, _) in found.items()
        if share > 0.8
    }
    if parts[0] and parts[1] and all((rows[p][0] or "x").isdigit() for p in parts if p):
        chosen = [part for part in parts if part]
        made.set("columns.date", chosen, "year and month have columns of their own")
        used.update(chosen)
        return
    if not score:
        raise DataError(
            f"no column looks like a date; the columns are {', '.join(map(repr, rows))}. "
            "Give columns.date and date_format by hand"
        )
    name = max(score, key=lambda key: score[key])
    pattern, share, others = found[name]
    used.add(name)
    made.set("columns.date", name, f"{share:.0%} of its fields are dates")
    if pattern != ISO:
        made.set("date_format", pattern, f"it reads {share:.0%} of {name!r}")
    if others:
        made.doubts.append(
            f"{name!r} could as well be {' or '.join(others)}: look at a date you know"
        )
    also = [other for other in score if other != name]
    if also:
        made.doubts.append(
            f"{', '.join(map(repr, also))} hold dates too; the booking date is wanted"
        )


def _amounts(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """columns.amount, decimal, amount_ignores, missing_amounts, spend_is."""
    best, chosen = 0.0, ""
    for name, fields in rows.items():
        if name in used:
            continue
        some = [text for text in fields if text]
        share = max(_share(some, _money(mark)) for mark in ".,")
        cents = _share(some, r".*[.,]\d{1,2}\D*")
        score = share * (0.5 + 0.5 * cents) + 0.6 * _named("amount", name)
        if share > 0.6 and score > best:
            best, chosen = score, name
    if not chosen:
        raise DataError(
            f"no column looks like amounts; the columns are {', '.join(map(repr, rows))}. "
            "Give columns.amount by hand"
        )
    used.add(chosen)
    fields = rows[chosen]
    some = [text for text in fields if text]
    points, commas = (_share(some, _money(mark)) for mark in ".,")
    made.set("columns.amount", chosen, f"{max(points, commas):.0%} of its fields are amounts")
    if commas > points:
        made.set("decimal", ",", "as in 1.234,50")
        made.set("amount_ignores", "£$€. ", "thousands may be set off by points")
    missing = [t for t in dict.fromkeys(fields) if t in ("", "N/A", "NA", "n/a", "-", "null")]
    if missing:
        made.set("missing_amounts", missing, "fields without an amount; check that they mean none")
    negative = _share(some, r"[^\d]*[-(].*|.*-")
    if negative > 0.5:
        made.set("spend_is", "negative", f"{negative:.0%} of the amounts have a minus")
    elif negative:
        made.doubts.append(f"{negative:.1%} of {chosen!r} have a minus: taken for refunds")


def _directions(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """columns.direction and credit_values."""
    for name, fields in rows.items():
        values = {text.lower(): text for text in dict.fromkeys(fields) if text}
        if (
            name not in used
            and 1 < len(values) <= 6
            and set(values) & CREDITS
            and set(values) & DEBITS
        ):
            credits = [text for low, text in values.items() if low in CREDITS]
            used.add(name)
            made.set("drop", {name: credits}, "money that came in")
            made.doubts.append(
                f"{name!r} tells credits ({', '.join(credits)}) from debits; they are left out as income. "
                "Where they are refunds give columns.direction and credit_values instead of drop"
            )
            return


def _customers(
    made: Proposal, rows: Mapping[str, list[str]], used: set[str], files: Sequence[str]
) -> None:
    """columns.customer, or from_name."""
    score = {}
    for name, fields in rows.items():
        distinct = len(set(fields))
        if name in used or "" in set(fields) or not _named("customer", name):
            continue
        repeated = 1 - distinct / len(fields)
        score[name] = repeated + 0.3 * bool(
            re.search("customer|client|account|payer|user", name, re.I)
        )
    if score and max(score.values()) > 0.2:
        name = max(score, key=lambda key: score[key])
        used.add(name)
        made.set(
            "columns.customer", name, f"{len(set(rows[name])):,} values in {len(rows[name]):,} rows"
        )
        return
    stems = [os.path.basename(name) for name in files]
    start, end = _common(stems), _common([stem[::-1] for stem in stems])[::-1]
    if len(stems) == 1:
        start, end = "", "." + stems[0].partition(".")[2]
    start = re.sub(r"[A-Za-z0-9]+$", "", start) if len(stems) > 1 else start
    made.set("from_name", f"{re.escape(start)}(?P<customer>.+){re.escape(end)}$", "no column looks like a customer's id: one file a customer")  # fmt: skip
    made.set("columns.customer", "customer", "the part of the file's name that differs")


def _categories(
    made: Proposal,
    rows: Mapping[str, list[str]],
    used: set[str],
    known_share: Callable[[Iterable[str]], float],
    tables: Sequence[str],
) -> None:
    """columns.category and class_tables."""
    score = {}
    for name, fields in rows.items():
        distinct = set(fields)
        if name in used or not 1 < len(distinct) <= max(400, len(fields) // 20):
            continue
        score[name] = known_share(fields) + 0.5 * _named("category", name) - len(distinct) / 10_000
    if not score:
        raise DataError(
            f"no column looks like categories; the columns are {', '.join(map(repr, rows))}. "
            "Give columns.category by hand"
        )
    name = max(score, key=lambda key: score[key])
    used.add(name)
    share = known_share(rows[name])
    made.set(
        "columns.category",
        name,
        f"{len(set(rows[name])):,} values, {share:.0%} of rows have a class already",
    )
    codes = _share([t for t in rows[name] if t], r"\d{3,4}(\.0)?")
    if codes > 0.9 and share > 0.5:
        made.set("class_tables", list(tables), "the values are Merchant Category Codes")


def _others(made: Proposal, rows: Mapping[str, list[str]], used: set[str]) -> None:
    """columns.transaction and columns.currency."""
    for name, fields in rows.items():
        if name in used:
            continue
        if len(set(fields)) == len(fields) > 1 and _named("transaction", name) and all(fields):
            made.set(
                "columns.transaction",
                name,
                "no value twice; a second row with one would be a repeat",
            )
            used.add(name)
            break
    for name, fields in rows.items():
        codes = Counter(text for text in fields if text)
        if name not in used and codes and _named("currency", name) and all(re.fullmatch("[A-Za-z]{3}", c) for c in codes):  # fmt: skip
            made.set("columns.currency", name, f"values {', '.join(islice(codes, 5))}")
            made.set(
                "currency",
                codes.most_common(1)[0][0].upper(),
                "the most frequent one; others need ingest.rates",
            )
            return


def _encoding(data: bytes) -> str:
    """UTF-16 by its mark, UTF-8 if it is, otherwise cp1252, in which nearly any text can be read."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        data[:-4].decode() if len(data) == SAMPLE_BYTES else data.decode()
    except UnicodeDecodeError as error:
        if error.start < len(data) - 8:
            return "cp1252"
    return "utf-8"


def _delimiter(name: str, lines: Sequence[str]) -> tuple[str, int, int]:
    """What separates the fields, how many there are, and how many lines come before."""
    best = (0.0, ",", 0, 0)
    for mark in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines[:500], delimiter=mark)]
        width, count = Counter(w for w in widths if w).most_common(1)[0] if any(widths) else (0, 0)
        if width > 1:
            best = max(best, (count / len(widths) + width / 1000, mark, width, widths.index(width)))
    if not best[2]:
        raise DataError(f"{name}: no delimiter of {' '.join(map(repr, DELIMITERS))} gives columns")
    return best[1:]


def _common(texts: Sequence[str]) -> str:
    """The beginning that all texts share."""
    same = [len(set(letters)) == 1 for letters in zip(*texts, strict=False)]
    return texts[0][: [*same, False].index(False)]


def _money(decimal: str) -> str:
    """A pattern of amounts."""
    other = "," if decimal == "." else "."
    number = rf"(\d+|\d{{1,3}}([{other} ]\d{{2,3}})+)([{decimal}]\d{{1,4}})?"
    return rf"[£$€ ]*[-+(]?[£$€ ]*{number}[£$€ )-]*"


def _is_date(text: str, pattern: str) -> bool:
    """Whether a text is a date of a pattern."""
    if pattern == ISO:
        text, pattern = text[:10], "%Y-%m-%d"
    elif not re.fullmatch(r"[\d./-]+", text) or len(text) != len(
        datetime(2000, 12, 31).strftime(pattern)
    ):
        return False
    try:
        return 1950 <= datetime.strptime(text, pattern).year <= 2100
    except ValueError:
        return False


def _share(fields: Sequence[str], pattern: str) -> float:
    """The share of fields that a pattern fits."""
    fits = re.compile(pattern).fullmatch
    return sum(1 for text in fields if fits(text)) / max(1, len(fields))


def _named(role: str, name: str) -> bool:
    """Whether a column's name says what it holds."""
    return re.search(NAMES[role], name, re.IGNORECASE) is not None
