"""Tables that give categories a class: Merchant Category Codes, single or in ranges, or free text."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spendscape.errors import DataError


@dataclass(frozen=True)
class ClassTable:
    """Categories and their classes; None: the category is excluded.

    Attributes
    ----------
    single : class of each category, codes as four digits
    ranges : first and last code and the class of all between that have no row of their own
    """

    single: Mapping[str, str | None] = field(default_factory=dict)
    ranges: Sequence[tuple[int, int, str | None]] = ()

    @property
    def classes(self) -> set[str]:
        """All classes that are named."""
        found = [*self.single.values(), *(own for _, _, own in self.ranges)]
        return {own for own in found if own is not None}

    def lookup(self, category: str) -> str | None:
        """The class of a category, None where it is excluded, "" where the table does not have it.

        A code may have lost its leading zeros, or have gained the `.0` of a column with gaps.
        """
        if category in self.single:
            return self.single[category]
        code = _code(category)
        if code is None:
            return ""
        if f"{code:04d}" in self.single:
            return self.single[f"{code:04d}"]
        return next((own for first, last, own in self.ranges if first <= code <= last), "")


def read_class_table(path: str, key: str) -> ClassTable:
    """A table with the columns category and class; other columns are for people.

    A category is a text, a code or a range of codes such as 3000-3299; an empty class excludes it.
    Lines that begin with # are comments.

    Raises
    ------
    DataError
        A missing column, an empty or repeated category, ranges that overlap; `key` names the
        table in the config.
    """
    single: dict[str, str | None] = {}
    ranges: list[tuple[int, int, str | None]] = []
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        names = rows.fieldnames or []
        if not {"category", "class"} <= set(names):
            raise DataError(
                f"{key}: {path} has the columns {', '.join(names) or 'none'}; expected category and class"
            )
        for row in rows:
            category, own = (row["category"] or "").strip(), (row["class"] or "").strip() or None
            span = re.fullmatch(r"(\d{3,4})-(\d{3,4})", category)
            if span:
                first, last = int(span[1]), int(span[2])
                if first > last or any(a <= last and first <= b for a, b, _ in ranges):
                    raise DataError(
                        f"{key}: {path} has the range {category}, which ends before it begins or overlaps another"
                    )
                ranges.append((first, last, own))
                continue
            code = _code(category)
            name = category if code is None else f"{code:04d}"
            if name in single:
                raise DataError(f"{key}: {path} has the category {category!r} twice")
            single[name] = own
    return ClassTable(single, ranges)


def combine(tables: Sequence[ClassTable]) -> ClassTable | None:
    """Several tables as one, where later ones win; None of none."""
    if not tables:
        return None
    single: dict[str, str | None] = {}
    ranges: list[tuple[int, int, str | None]] = []
    for table in tables:
        # A later range wins over earlier single codes inside it.
        single = {
            name: own
            for name, own in single.items()
            if not any(first <= (_code(name) or -1) <= last for first, last, _ in table.ranges)
        } | dict(table.single)
        ranges = [*table.ranges, *ranges]
    return ClassTable(single, ranges)


def _code(category: str) -> int | None:
    """The number of a Merchant Category Code, None of another text."""
    found = re.fullmatch(r"(\d{1,4})(\.0)?", category)
    return int(found[1]) if found else None
