"""How categories become spending classes: by the config, by tables of classes, by their own names."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spendscape.core.errors import DataError, nearest
from spendscape.core.text import short
from spendscape.ingest.class_tables import ClassTable


@dataclass(frozen=True)
class ClassRules:
    """How categories become classes.

    `taxonomy` lists the classes in tensor order; where it is None, the classes are those of `class_map`
    and `class_table`, or else the categories in the data. The other fields are keys of the config's
    section `ingest`.
    """

    taxonomy: Sequence[str] | None = None
    class_map: Mapping[str, str] = field(default_factory=dict)
    class_table: ClassTable | None = None
    excluded_categories: Sequence[str] = ()
    unmapped: str = "fail"


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
    rows: Mapping[str, int], rules: ClassRules
) -> tuple[list[str], dict[str, str | None]]:
    """The classes in tensor order, and the class of each category, None where it is excluded.

    Parameters
    ----------
    rows : rows of each category

    Raises
    ------
    DataError
        class_map, a table or `unmapped` names a class that the taxonomy does not have; or a category has
        no class while `unmapped` is fail.
    """
    takes_all = rules.unmapped not in ("fail", "exclude")
    table = sorted(rules.class_table.classes) if rules.class_table else []
    if rules.taxonomy is not None:
        classes = list(rules.taxonomy)
    elif rules.class_map or table:
        last = [rules.unmapped] if takes_all else []
        classes = sorted({*table, *rules.class_map.values(), *last})
    else:
        classes = sorted(set(rows) - set(rules.excluded_categories))
    named = [(f"ingest.class_map[{key!r}]", value) for key, value in rules.class_map.items()]
    named += [("ingest.class_tables", value) for value in table]
    for key, value in [*named, *([("ingest.unmapped", rules.unmapped)] if takes_all else [])]:
        if value not in classes:
            raise DataError(
                f"{key}: {value!r} was given; ingest.taxonomy has no such class"
                f"{nearest(value, classes)}"
            )
    mapping: dict[str, str | None] = {}
    unmapped = []
    for category in sorted(rows):
        own = class_named_for(category, rules)
        if own == "" and category in classes:
            own = category
        if own == "":
            unmapped.append(category)
            own = rules.unmapped if takes_all else None
        mapping[category] = own
    if unmapped and rules.unmapped == "fail":
        most = sorted(unmapped, key=lambda category: (-rows[category], category))
        shown = ", ".join(
            f"{short(name)} ({rows[name]:,} rows{nearest(name, classes)})" for name in most[:5]
        )
        raise DataError(
            f"ingest.class_map: {len(unmapped)} {'categories have' if len(unmapped) > 1 else 'category has'} "
            f"no class: {shown}{', …' if len(most) > 5 else ''}.\n"
            "Give each a class in class_map, list it in excluded_categories, "
            "name a table in class_tables, or set ingest.unmapped to exclude or to a class that takes them all."
        )
    return classes, mapping


def class_named_for(category: str, rules: ClassRules) -> str | None:
    """The class that the config gives a category: None where it excludes the category, "" where it gives none."""
    if category in rules.excluded_categories:
        return None
    if category in rules.class_map:
        return rules.class_map[category]
    return rules.class_table.lookup(category) if rules.class_table else ""
