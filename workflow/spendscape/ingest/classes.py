"""How categories become spending classes: by the config, by tables of classes, by their own names."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from spendscape.core.counts import counted
from spendscape.core.errors import DataError, nearest
from spendscape.core.text import short
from spendscape.ingest.class_tables import ClassTable, canonical
from spendscape.ingest.unused import refuse_unused


@dataclass(frozen=True)
class ClassRules:
    """How categories become classes.

    `taxonomy` lists the classes in tensor order; where it is None, the classes are those of `class_map`
    and `class_table`, or else the categories in the data. The other fields are keys of the config's
    section `ingest`. Wherever categories are compared, codes are compared as numbers (`canonical`).
    """

    taxonomy: Sequence[str] | None = None
    class_map: Mapping[str, str] = field(default_factory=dict)
    class_table: ClassTable | None = None
    excluded_categories: Sequence[str] = ()
    unmapped: str = "fail"
    allow_unused: bool = False

    @cached_property
    def own_map(self) -> dict[str, str]:
        """class_map by the canonical form of its categories."""
        return {canonical(category): name for category, name in self.class_map.items()}

    @property
    def named_categories(self) -> list[str]:
        """The categories that the config names and that a row has to have."""
        return [] if self.allow_unused else [*self.class_map, *self.excluded_categories]

    @cached_property
    def excluded(self) -> set[str]:
        """The canonical form of excluded_categories."""
        return {canonical(category) for category in self.excluded_categories}


def taxonomy_classes(path: str, key: str) -> list[str]:
    """The classes of a taxonomy table: its column `class`, in the order of the rows.

    Raises
    ------
    DataError
        The table has no column `class`, no class, or a class twice; `key` is its name in the config.
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
    rows: Mapping[str, int], rules: ClassRules, every: Sequence[str] = ()
) -> tuple[list[str], dict[str, str | None]]:
    """The classes in tensor order, and the class of each category, None where it is excluded.

    Parameters
    ----------
    rows : rows of each category
    every : the categories of all rows, also of those that are left out; the config may name these too

    Raises
    ------
    DataError
        class_map, a table or `unmapped` names a class that the taxonomy does not have; class_map gives a
        code two classes; the config names a category that no row has; or a category has no class
        while `unmapped` is fail.
    """
    takes_all = rules.unmapped not in ("fail", "exclude")
    classes = _classes(rows, rules)
    _check_class_map(rules, classes)
    if not rules.allow_unused:
        _refuse_unused_categories(rows, rules, every)
    by_form = {canonical(name): name for name in classes}
    mapping: dict[str, str | None] = {}
    unmapped = []
    for category in sorted(rows):
        own = class_named_for(category, rules)
        if own == "":
            own = by_form.get(canonical(category), "")
        if own == "":
            unmapped.append(category)
            own = rules.unmapped if takes_all else None
        mapping[category] = own
    if unmapped and rules.unmapped == "fail":
        most = sorted(unmapped, key=lambda category: (-rows[category], category))
        shown = ", ".join(
            f"{short(name)} ({counted(rows[name], 'row')}{nearest(name, classes)})"
            for name in most[:5]
        )
        raise DataError(
            f"ingest.class_map: {len(unmapped)} {'categories have' if len(unmapped) > 1 else 'category has'} "
            f"no class: {shown}{', …' if len(most) > 5 else ''}.\n"
            "Give each a class in class_map, list it in excluded_categories, "
            "name a table in class_tables, or set ingest.unmapped to exclude or to a class that takes them all."
        )
    return classes, mapping


def known_classes(rules: ClassRules) -> list[str] | None:
    """The classes in tensor order, where they are known without the data; None where they are the categories found."""
    return _classes({}, rules) or None


def classes_alike(classes: Sequence[str]) -> list[list[str]]:
    """Classes that differ in capitals, space or marks of punctuation only, as of two ways to write one."""
    found: dict[str, list[str]] = {}
    for name in classes:
        form = unicodedata.normalize("NFKC", name).casefold()
        found.setdefault(re.sub(r"[\W_]+", "", form), []).append(name)
    return [group for form, group in found.items() if form and len(group) > 1]


def class_named_for(category: str, rules: ClassRules) -> str | None:
    """The class that the config gives a category: None where it excludes the category, "" where it gives none."""
    own = canonical(category)
    if own in rules.excluded:
        return None
    if own in rules.own_map:
        return rules.own_map[own]
    return rules.class_table.lookup(category) if rules.class_table else ""


def _classes(rows: Mapping[str, int], rules: ClassRules) -> list[str]:
    """The classes in tensor order. An empty category is no class of its own."""
    last = [rules.unmapped] if rules.unmapped not in ("fail", "exclude") else []
    table = rules.class_table.classes if rules.class_table else set()
    if rules.taxonomy is not None:
        return list(rules.taxonomy)
    if rules.class_map or table:
        return sorted({*table, *rules.class_map.values(), *last})
    found = {canonical(category) for category in rows} - rules.excluded
    return sorted((found - {""}) | set(last if "" in found else []))


def _check_class_map(rules: ClassRules, classes: Sequence[str]) -> None:
    """Refuse classes that there are not, and two classes for one code."""
    named = [(f"ingest.class_map[{key!r}]", value) for key, value in rules.class_map.items()]
    table = sorted(rules.class_table.classes) if rules.class_table else []
    named += [("ingest.class_tables", value) for value in table]
    if rules.unmapped not in ("fail", "exclude"):
        named.append(("ingest.unmapped", rules.unmapped))
    for key, value in named:
        if value not in classes:
            raise DataError(
                f"{key}: {value!r} was given; ingest.taxonomy has no such class"
                f"{nearest(value, classes)}"
            )
    for category, name in rules.class_map.items():
        if rules.own_map[canonical(category)] != name:
            raise DataError(
                f"ingest.class_map[{category!r}]: {name!r} was given; another entry gives the same code "
                f"the class {rules.own_map[canonical(category)]!r}"
            )


def _refuse_unused_categories(
    rows: Mapping[str, int], rules: ClassRules, every: Sequence[str]
) -> None:
    """Refuse entries of class_map and excluded_categories that no row has."""
    counts = Counter[str]()
    for category in every:
        counts[canonical(category)] += 0
    for category, number in rows.items():
        counts[canonical(category)] += number
    for key, given in (
        ("ingest.class_map", list(rules.class_map)),
        ("ingest.excluded_categories", list(rules.excluded_categories)),
    ):
        compared = [canonical(category) for category in given]
        refuse_unused(key, "column of the categories", given, compared, counts)
