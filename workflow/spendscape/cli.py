"""The command line: `spendscape inspect FILE…` proposes the config that reads an export, and tries it."""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from spendscape.config.ingest import Ingest
from spendscape.config.validate import validate
from spendscape.core.errors import DataError, nearest
from spendscape.ingest.class_tables import combine, read_class_table
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.ingest import ingest
from spendscape.ingest.ledger import ClassRules, summary, taxonomy_classes
from spendscape.ingest.propose_config import Proposal, propose

ROOT = Path(__file__).resolve().parents[2]
UNMAPPED = "(no class)"
CODES = "config/taxonomy/merchant_category_codes.csv"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="spendscape", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser(
        "inspect", help="propose the config that reads an export, and show what it would do"
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--taxonomy", type=Path, default=ROOT / Ingest().taxonomy)  # type: ignore[operator]
    options = parser.parse_args(arguments)
    try:
        print(inspect(options.files, options.taxonomy))
    except (DataError, FileNotFoundError) as error:
        print(f"spendscape inspect: {error}", file=sys.stderr)
        return 1
    return 0


def inspect(paths: list[Path], taxonomy: Path) -> str:
    """The proposal as a config file, with its reasons and what it would do as comments."""
    folder = Path(paths[0]).parent
    files = {
        str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path): str(path)
        for path in paths
    }
    classes = taxonomy_classes(str(taxonomy), "--taxonomy")
    table = (
        combine([read_class_table(str(ROOT / CODES), CODES)]) if (ROOT / CODES).is_file() else None
    )

    def known_share(fields: Iterable[str]) -> float:
        known = [f in classes or (table is not None and table.lookup(f) != "") for f in fields]
        return sum(known) / max(1, len(known))

    made = propose(files, known_share, [CODES])
    made.section = {"folder": str(folder), "files": list(files)} | made.section
    text = _config(made)
    given = validate({"source": "files", "ingest": made.section}).ingest
    # A class of their own, so that the trial goes through and they can be listed.
    rules = ClassRules(
        [*classes, UNMAPPED], class_table=table if given.class_tables else None, unmapped=UNMAPPED
    )
    values = {k: v for k, v in given.model_dump().items() if k in Reading.__dataclass_fields__}
    reading = Reading(**values | {"columns": Columns(**values["columns"]), "rates": ()})
    with tempfile.TemporaryDirectory() as work:
        try:
            ledger = ingest(
                files, reading, rules, f"{work}/monthly.parquet", f"{work}/quarantine.parquet",
                work, max_quarantined_share=1.0,
            )  # fmt: skip
        except DataError as error:
            return text + _comment(f"\nTried, and refused:\n{error}")
    return text + _comment(_account(ledger, classes))


def _config(made: Proposal) -> str:
    """The section as YAML, each key with its reason."""
    lines = ["source: files", "ingest:"]

    def add(key: str, value: Any, name: str, depth: int) -> None:
        room = "  " * depth
        if isinstance(value, dict) and key == "columns":
            lines.append(f"{room}{key}:")
            for part, own in value.items():
                add(part, own, f"columns.{part}", depth + 1)
            return
        shown = yaml.safe_dump(
            {key: value}, default_flow_style=True, allow_unicode=True, width=10**6
        )
        reason = made.reasons.get(name)
        lines.append(room + shown.strip()[1:-1] + (f"  # {reason}" if reason else ""))

    for key, value in made.section.items():
        add(key, value, key, 1)
    doubts = [f"# In doubt: {doubt}" for doubt in made.doubts]
    return "\n".join([*doubts, *lines]) + "\n"


def _account(ledger: dict[str, Any], classes: list[str]) -> str:
    """What the proposal would do."""
    shown = summary(ledger | {"classes": classes})
    lines = ["", "Tried on these files:", shown]
    for name, entry in ledger["files"].items():
        if entry["quarantined"]["rows"]:
            why = entry["quarantined"]["reasons"].items()
            shown = ", ".join(f"{reason} {part['rows']:,}" for reason, part in why)
            lines.append(f"{name}: quarantined {shown}")
    unmapped = [item for item in ledger["categories"] if item["class"] == UNMAPPED]
    if unmapped:
        rows = sum(item["rows"] for item in unmapped)
        lines += [
            f"{len(unmapped)} categories ({rows:,} rows) have no class. Give each a class in class_map, list it in",
            "excluded_categories, or name a table in class_tables:",
        ]
        for item in sorted(unmapped, key=lambda c: -c["rows"])[:30]:
            near = nearest(item["category"].lower(), classes)
            lines.append(f"  {item['category'][:60]!r}: {item['rows']:,} rows{near}")
    return "\n".join(lines)


def _comment(text: str) -> str:
    """Text as comments of a YAML file."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.split("\n"))


if __name__ == "__main__":
    sys.exit(main())
