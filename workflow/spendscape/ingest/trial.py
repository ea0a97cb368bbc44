"""An export, a config that reads it, and what that config would do: `spendscape inspect`."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from spendscape.core.counts import counted
from spendscape.core.errors import DataError, nearest
from spendscape.ingest.class_tables import ClassTable, read_class_table
from spendscape.ingest.classes import ClassRules, taxonomy_classes
from spendscape.ingest.ingest import ingest
from spendscape.ingest.ledger import summary
from spendscape.ingest.propose_config import Proposal, propose
from spendscape.ingest.settings import reading

# A class of their own, so that the trial goes through and the categories without one can be listed.
UNMAPPED = "(no class)"
# How the proposal names the table of Merchant Category Codes.
CODES = "config/taxonomy/merchant_category_codes.csv"


def inspect(
    paths: Sequence[Path],
    taxonomy: Path,
    codes: Path,
    validated: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> str:
    """A config that reads the files, with its reasons, and what it would do, as comments.

    Parameters
    ----------
    paths : the files of an export, of one form
    taxonomy : table of the classes
    codes : table of Merchant Category Codes and their classes
    validated : gives the section `ingest` of the config with every key, or raises `DataError`

    Raises
    ------
    DataError
        A file that cannot be opened, or without a column for dates, amounts, categories or customers.
    """
    folder = paths[0].parent
    files = {
        str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path): str(path)
        for path in paths
    }
    classes = taxonomy_classes(str(taxonomy), "--taxonomy")
    table = read_class_table(str(codes), CODES)

    def known_share(fields: Iterable[str]) -> float:
        known = [name in classes or table.lookup(name) != "" for name in fields]
        return sum(known) / max(1, len(known))

    made = propose(files, known_share, [CODES])
    made.section = {"folder": str(folder), "files": list(files)} | made.section
    given = validated(made.section)
    return config_text(made) + _comment(_tried(files, given, classes, table))


def config_text(made: Proposal) -> str:
    """A proposal as the text of a config file, each key with its reason."""
    lines = ["source: files", "ingest:"]

    def add(key: str, value: Any, name: str, depth: int) -> None:
        indent = "  " * depth
        if isinstance(value, dict) and key == "columns":
            lines.append(f"{indent}{key}:")
            for part, own in value.items():
                add(part, own, f"columns.{part}", depth + 1)
            return
        shown = yaml.safe_dump(
            {key: value}, default_flow_style=True, allow_unicode=True, width=10**6
        )
        reason = made.reasons.get(name)
        lines.append(indent + shown.strip()[1:-1] + (f"  # {reason}" if reason else ""))

    for key, value in made.section.items():
        add(key, value, key, 1)
    doubts = [f"# In doubt: {doubt}" for doubt in made.doubts]
    return "\n".join([*doubts, *lines]) + "\n"


def _tried(
    files: Mapping[str, str], given: Mapping[str, Any], classes: list[str], table: ClassTable
) -> str:
    """What the settings do with the files."""
    rules = ClassRules(
        [*classes, UNMAPPED],
        class_table=table if given["class_tables"] else None,
        unmapped=UNMAPPED,
    )
    with tempfile.TemporaryDirectory() as work:
        monthly, quarantine = f"{work}/monthly.parquet", f"{work}/quarantine.parquet"
        try:
            ledger = ingest(
                files, reading(given), rules, monthly, quarantine, work, max_quarantined_share=1.0
            )
        except DataError as error:
            return f"\nTried, and refused:\n{error}"
    return _account(ledger, classes)


def _account(ledger: Mapping[str, Any], classes: list[str]) -> str:
    """The ledger in words: what was read, what is quarantined, and which categories have no class."""
    lines = ["", "Tried on these files:", summary({**ledger, "classes": classes})]
    for name, entry in ledger["files"].items():
        if entry["quarantined"]["rows"]:
            why = entry["quarantined"]["reasons"].items()
            shown = ", ".join(f"{reason} {part['rows']:,}" for reason, part in why)
            lines.append(f"{name}: quarantined {shown}")
    unmapped = [item for item in ledger["categories"] if item["class"] == UNMAPPED]
    if unmapped:
        rows = sum(item["rows"] for item in unmapped)
        lines += [
            f"{counted(len(unmapped), 'category', 'categories')} ({counted(rows, 'row')}) "
            f"{'have' if unmapped[1:] else 'has'} no class. Give each a class in class_map, list it in",
            "excluded_categories, or name a table in class_tables:",
        ]
        for item in sorted(unmapped, key=lambda c: -c["rows"])[:30]:
            near = nearest(item["category"].lower(), classes)
            lines.append(f"  {item['category'][:60]!r}: {counted(item['rows'], 'row')}{near}")
    return "\n".join(lines)


def _comment(text: str) -> str:
    """Text as comments of a YAML file."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.split("\n"))
