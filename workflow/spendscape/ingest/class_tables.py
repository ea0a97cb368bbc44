"""Tables that give categories a class. A category is a code, a range of codes, or any text."""

import csv
import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from spendscape.core.errors import DataError
from spendscape.core.text import plain

# Software writes a column of whole numbers that has gaps as 5812.0. What has more digits counts as text:
# no standard has such codes, and Python refuses to read very long numbers.
_CODE = re.compile(r"([0-9]{1,18})(?:\.0*)?")
_RANGE = re.compile(r"([0-9]{1,18})\s*[-–]\s*([0-9]{1,18})")
# In a table of codes, 3000-x, 30O0-3350 and -3350 are mistaken ranges; elsewhere texts such as 7-Eleven are not.
_BROKEN_RANGE = re.compile(r"[0-9]+\s*[-–].*|[0-9]\w*\s*[-–]\s*[0-9]*|[-–]\s*[0-9]+")


class CodeRange(NamedTuple):
    """The codes first … last, both included, and their class or None where they are excluded."""

    first: int
    last: int
    name: str | None


@dataclass(frozen=True)
class ClassTable:
    """Categories and their classes; None: the category is excluded.

    Attributes
    ----------
    single : class of each category, written as `canonical` writes it
    ranges : codes without a row of their own, disjoint and ascending
    """

    single: Mapping[str, str | None] = field(default_factory=dict)
    ranges: Sequence[CodeRange] = ()

    @property
    def classes(self) -> set[str]:
        """All classes that are named."""
        found = [*self.single.values(), *(item.name for item in self.ranges)]
        return {own for own in found if own is not None}

    def lookup(self, category: str) -> str | None:
        """The class of a category, None where it is excluded, "" where the table does not have it.

        The category's own row goes before a range. Codes are compared as numbers, because they may have
        lost leading zeros, or gained the `.0` of a column with gaps. Other texts are compared as texts.
        """
        own = canonical(category)
        if own in self.single:
            return self.single[own]
        if _CODE.fullmatch(own):
            place = bisect_right(self.ranges, int(own), key=lambda item: item.first)
            if place and int(own) <= self.ranges[place - 1].last:
                return self.ranges[place - 1].name
        return ""


def codes_by_class(table: ClassTable) -> dict[str, list[str]]:
    """The codes that lead to each class, four digits or more as the card schemes write them, ascending.

    Texts that are no codes are left out.
    """
    found: dict[str, list[int]] = {}
    for category, name in table.single.items():
        if name is not None and _CODE.fullmatch(category):
            found.setdefault(name, []).append(int(category))
    for first, last, name in table.ranges:
        if name is not None:
            own = (code for code in range(first, last + 1) if str(code) not in table.single)
            found.setdefault(name, []).extend(own)
    return {name: [f"{code:04d}" for code in sorted(codes)] for name, codes in found.items()}


def canonical(category: str) -> str:
    """A category without space around it; where it is a code, also without leading zeros and decimals."""
    text = plain(category)
    code = _CODE.fullmatch(text)
    return str(int(code[1])) if code else text


def read_class_table(path: str, key: str) -> ClassTable:
    """A CSV file with the columns `category` and `class`; others, such as a label, are not read.

    A category is a text, a code, or a range of codes such as 3000-3350, which stands for the codes in it
    that have no row of their own. In a table with codes, what looks like a mistaken range is refused.
    An empty category stands for rows without a category; an empty class excludes the rows. Lines that
    begin with # are comments.

    Parameters
    ----------
    key : names the table in the config, for the messages

    Raises
    ------
    DataError
        The file cannot be read, lacks one of the columns or has no row; a row has too many or too few
        fields; a category has two rows; a range is mistaken, or overlaps another one.
    """
    single: dict[str, str | None] = {}
    lines: dict[str, int] = {}
    ranges: list[tuple[CodeRange, int]] = []
    broken: list[tuple[str, str]] = []
    for line, category, name in _rows(path, key):
        where = f"{key}: {path}, line {line}"
        ends = _RANGE.fullmatch(category)
        if ends:
            first, last = int(ends[1]), int(ends[2])
            if first > last:
                raise DataError(f"{where}: the range {first}-{last} ends before it begins")
            ranges.append((CodeRange(first, last, name), line))
            continue
        own = canonical(category)
        if own in lines:
            raise DataError(
                f"{where}: category {category[:60]!r} is also in line {lines[own]}; "
                "expected each category once"
            )
        single[own], lines[own] = name, line
        if _BROKEN_RANGE.fullmatch(own):
            broken.append((where, category))
    if broken and (ranges or any(_CODE.fullmatch(category) for category in single)):
        where, category = broken[0]
        raise DataError(
            f"{where}: {category[:60]!r} is no range of codes; expected two numbers, as in 3000-3350"
        )
    if not single and not ranges:
        raise DataError(f"{key}: {path} has no rows; expected a category and its class in each")
    ranges.sort(key=lambda item: item[0].first)
    for (one, line), (other, other_line) in pairwise(ranges):
        if other.first <= one.last:
            raise DataError(
                f"{key}: {path}, line {max(line, other_line)}: its range overlaps that of line "
                f"{min(line, other_line)}: {one.first}-{one.last} and {other.first}-{other.last}"
            )
    return ClassTable(single, tuple(item for item, _ in ranges))


def combine(tables: Sequence[ClassTable]) -> ClassTable | None:
    """Several tables as one; later ones win, also with a range. None where there is no table."""
    return reduce(_over, tables) if tables else None


def _over(earlier: ClassTable, later: ClassTable) -> ClassTable:
    """The later table, and of the earlier one what the later does not have."""
    kept = {key: name for key, name in earlier.single.items() if later.lookup(key) == ""}
    left = [part for item in earlier.ranges for part in _without(item, later.ranges)]
    ranges = sorted([*left, *later.ranges], key=lambda item: item.first)
    return ClassTable({**kept, **later.single}, tuple(ranges))


def _without(item: CodeRange, others: Iterable[CodeRange]) -> Iterator[CodeRange]:
    """What is left of a range outside the others, which are disjoint and ascending."""
    first = item.first
    for other in others:
        if other.first <= item.last and other.last >= first:
            if first < other.first:
                yield CodeRange(first, other.first - 1, item.name)
            first = other.last + 1
    if first <= item.last:
        yield CodeRange(first, item.last, item.name)


def _rows(path: str, key: str) -> Iterator[tuple[int, str, str | None]]:
    """Line number, category and class of each row."""
    try:
        text = Path(path).read_text(encoding="utf-8").lstrip("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        fault = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "cannot be read"
        raise DataError(f"{key}: {path} {fault}; expected a CSV file") from None
    # The reader counts an empty line and skips it, so that line numbers stay those of the file.
    reader = csv.reader(
        ("\n" if line.startswith("#") else line for line in io.StringIO(text)),
        strict=True,
    )
    header: list[str] = []
    try:
        for row in reader:
            where = f"{key}: {path}, line {reader.line_num}"
            if not row:
                continue
            fields = [plain(text) for text in row]
            if not header:
                header = fields
                for column in ("category", "class"):
                    if header.count(column) != 1:
                        raise DataError(
                            f"{where}: has the columns {', '.join(header)[:200]}; "
                            "expected category and class, separated by commas"
                        )
                continue
            if len(fields) != len(header):
                raise DataError(
                    f"{where}: has {len(fields)} fields; expected {len(header)}, as in the header "
                    "(a text with a comma stands in quotes)"
                )
            entry = dict(zip(header, fields, strict=True))
            yield reader.line_num, entry["category"], entry["class"] or None
    except csv.Error as error:
        raise DataError(
            f"{key}: {path}, line {reader.line_num}: is no row of a CSV file ({error})"
        ) from None
