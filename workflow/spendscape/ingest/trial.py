"""A proposal tried on the files: what it reads, what that still needs to run, and the account in words."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from spendscape.core.counts import counted
from spendscape.core.errors import nearest
from spendscape.ingest.class_tables import ClassTable
from spendscape.ingest.classes import ClassRules
from spendscape.ingest.ingest import ingest
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.ledger import summary
from spendscape.ingest.settings import reading

# A class of their own, so that the trial goes through and the categories without one can be listed.
UNMAPPED = "(no class)"
# Where this share of the rows has a class, the classes are those of the taxonomy.
KNOWN = 0.9
# A larger share of rows that cannot be read means that the proposal is wrong.
MOST_BROKEN = 0.2
SHOWN = 30


def try_classes(
    files: Mapping[str, str],
    given: Mapping[str, Any],
    classes: Sequence[str],
    table: ClassTable,
    work: Path,
) -> dict[str, Any]:
    """The ledger of the settings with the classes of the taxonomy, and a class of their own for other categories.

    Raises
    ------
    DataError
        The files cannot be read with these settings.
    """
    rules = ClassRules(
        [*classes, UNMAPPED],
        class_table=table if given["class_tables"] else None,
        excluded_categories=given["excluded_categories"],
        unmapped=UNMAPPED,
        allow_unused=True,
    )
    return _run(files, given, rules, work, 1.0)


def try_as_it_stands(
    files: Mapping[str, str],
    given: Mapping[str, Any],
    classes: Sequence[str],
    table: ClassTable,
    work: Path,
) -> dict[str, Any]:
    """The ledger of the settings as a run would make it, and monthly.parquet in `work`.

    Raises
    ------
    DataError
        A run would stop with this message.
    """
    rules = ClassRules(
        classes if given["taxonomy"] else None,
        class_map=given["class_map"],
        class_table=table if given["class_tables"] else None,
        excluded_categories=given["excluded_categories"],
        unmapped=given["unmapped"],
    )
    return _run(files, given, rules, work, given["max_quarantined_share"])


def _run(
    files: Mapping[str, str],
    given: Mapping[str, Any],
    rules: ClassRules,
    work: Path,
    quarantined: float,
) -> dict[str, Any]:
    """Ingest the files."""
    monthly, quarantine = str(work / "monthly.parquet"), str(work / "quarantine.parquet")
    scratch = work / "scratch"
    scratch.mkdir(exist_ok=True)
    return ingest(
        files,
        reading(given),
        rules,
        monthly,
        quarantine,
        str(scratch),
        max_quarantined_share=quarantined,
    )


def complete(made: Proposal, ledger: Mapping[str, Any], classes: Sequence[str]) -> None:
    """Propose what else the settings need to run: the classes, and how many rows may be put aside."""
    _propose_classes(made, ledger, classes)
    total = ledger["total"]
    rows, bad = total["read"]["rows"], total["quarantined"]["rows"]
    share = bad / max(1, rows)
    why = ", ".join(
        f"{reason} {part['rows']:,}" for reason, part in total["quarantined"]["reasons"].items()
    )
    if share > MOST_BROKEN:
        made.doubts.append(f"{share:.0%} of the rows cannot be read ({why}), so a key is wrong")
    elif share > 0.01:
        made.set(
            "max_quarantined_share", math.ceil(share * 100 + 0.5) / 100, f"{why} cannot be read"
        )
        made.doubts.append(
            f"{counted(bad, 'row')} ({share:.1%}) cannot be read ({why}); a run lists them in its ingest/quarantine.parquet"
        )


def _propose_classes(made: Proposal, ledger: Mapping[str, Any], classes: Sequence[str]) -> None:
    """Propose the classes of the taxonomy where nearly all rows have one, or else those that the categories are."""
    rows = {item["category"]: item["rows"] for item in ledger["categories"] if item["class"]}
    unknown = {i["category"]: i["rows"] for i in ledger["categories"] if i["class"] == UNMAPPED}
    plain = {name.casefold().replace("_", " "): name for name in classes}
    alike = {
        category: plain[form]
        for category in unknown
        if (form := category.casefold().replace("_", " ")) in plain
    }
    rest = {category: n for category, n in unknown.items() if category not in alike}
    without = sum(rest.values())
    if without <= (1 - KNOWN) * sum(rows.values()):
        if alike:
            made.set("class_map", alike, "written as a class but for capitals, spaces and _")
        if rest:
            made.set("unmapped", "exclude", "rows of categories without a class are left out")
            made.doubts.append(
                f"{counted(len(rest), 'category', 'categories')} ({counted(without, 'row')}) without a class: "
                f"{'' if made.hidden else 'listed below and '}left out. Give each a class in class_map"
            )
        return
    made.section.pop("class_tables", None)
    made.set(
        "taxonomy",
        None,
        "few categories are classes of the taxonomy, so each is a class of its own",
    )
    if "" in rest:
        made.set("unmapped", "exclude", "rows without a category are left out")
        made.doubts.append(f"{counted(rest[''], 'row')} without a category: left out")
    made.doubts.append(
        f"the {len(rows) - ('' in rest)} categories are the classes; to merge them give class_map, and give "
        "traits.coefficients a table of these classes"
    )
    if alike:
        shown = yaml.safe_dump(alike, default_flow_style=True, allow_unicode=True, width=10**6)
        made.doubts.append(
            "for the classes of the taxonomy, and the coefficients that come with it, take taxonomy away and give "
            f"class_map: {shown.strip()} and a class for each of the other "
            f"{counted(len(rest), 'category', 'categories')}"
        )


def config_text(made: Proposal, first: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """A proposal as the text of a config file, each key with its reason.

    Parameters
    ----------
    first, last : other sections and keys, which stand before and after the section ingest
    """
    lines: list[str] = []

    def add(key: str, value: Any, name: str, depth: int) -> None:
        indent = "  " * depth
        if isinstance(value, dict) and name in ("ingest", "ingest.columns", "tensors"):
            lines.append(f"{indent}{key}:")
            for part, own in value.items():
                add(part, own, f"{name}.{part}", depth + 1)
            return
        shown = yaml.safe_dump(
            {key: value}, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
        )
        reason = made.reasons.get(name.removeprefix("ingest."))
        lines.append(indent + shown.strip()[1:-1] + (f"  # {reason}" if reason else ""))

    for key, value in (dict(first) | {"ingest": made.section} | dict(last)).items():
        add(key, value, key, 0)
    doubts = [f"# In doubt: {doubt}" for doubt in made.doubts]
    return "\n".join([*doubts, *lines]) + "\n"


def account(
    ledger: Mapping[str, Any],
    classes: Sequence[str],
    tried: Mapping[str, Any],
    taxonomy: bool,
    where: str,
    hidden: str = "",
) -> str:
    """The ledger in words: what was read, what is quarantined, and which categories have no class.

    Parameters
    ----------
    tried : the ledger with the class of its own for categories without one
    taxonomy : whether the classes are those of the taxonomy
    where : what it was tried on
    hidden : why categories are not listed, '' where they are
    """
    lines = ["", f"Tried on {where}:", summary(ledger)]
    for name, entry in ledger["files"].items():
        if entry["quarantined"]["rows"]:
            why = entry["quarantined"]["reasons"].items()
            shown = ", ".join(f"{reason} {part['rows']:,}" for reason, part in why)
            lines.append(f"{name}: quarantined {shown}")
    mapped = {item["category"] for item in ledger["categories"] if taxonomy and item["class"]}
    unmapped = [
        item
        for item in tried["categories"]
        if item["class"] == UNMAPPED and item["category"] not in mapped
    ]
    if unmapped and taxonomy:
        rows = sum(item["rows"] for item in unmapped)
        lines += [
            f"{counted(len(unmapped), 'category', 'categories')} ({counted(rows, 'row')}) "
            f"{'have' if unmapped[1:] else 'has'} no class. Give each a class in class_map, list it in",
            "excluded_categories, or name a table in class_tables:",
        ]
    elif unmapped:
        lines.append("Rows of each class:")
    if unmapped and hidden:
        count = counted(len(unmapped), "value")
        return "\n".join([*lines, f"  {count}, which are not shown: {hidden}"])
    for item in sorted(unmapped, key=lambda c: -c["rows"])[:SHOWN]:
        near = nearest(item["category"].lower(), classes)
        lines.append(f"  {item['category'][:60]!r}: {counted(item['rows'], 'row')}{near}")
    if len(unmapped) > SHOWN:
        lines.append("  …")
    return "\n".join(lines)


def comment(text: str) -> str:
    """Text as comments of a YAML file."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.split("\n"))
