"""What `spendscape inspect` proposes for an export, and the sums that a run with it makes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml
from trial_exports import Truth

from spendscape.cli import TAXONOMY
from spendscape.commands.inspect import CODES, inspect
from spendscape.config.validate import validate
from spendscape.ingest.class_tables import canonical, read_class_table
from spendscape.ingest.classes import ClassRules, taxonomy_classes
from spendscape.ingest.ingest import ingest
from spendscape.ingest.settings import reading
from spendscape.tensors.windows import Window
from spendscape.tensors.write import write_window

CODE_FILE = TAXONOMY / "merchant_category_codes.csv"


def proposed(files: Sequence[Path]) -> tuple[dict[str, Any], str]:
    """The proposed config and the whole text."""
    text = inspect(files, TAXONOMY / "classes.csv", CODE_FILE)
    return yaml.safe_load(text), text


def sums(config: Mapping[str, Any], work: Path) -> tuple[Truth, dict[str, Any]]:
    """Money by customer, month and class as a run with this config alone adds it up, up to the tensors; the ledger."""
    given = validate(config)
    section = given.ingest.model_dump()
    folder = Path(section["folder"])
    files = {
        str(path.relative_to(folder)): str(path)
        for pattern in section["files"]
        for path in sorted(folder.glob(pattern))
    }
    rules = ClassRules(
        taxonomy_classes(str(TAXONOMY / "classes.csv"), "") if section["taxonomy"] else None,
        class_map=section["class_map"],
        class_table=read_class_table(str(CODE_FILE), CODES) if section["class_tables"] else None,
        excluded_categories=section["excluded_categories"],
        unmapped=section["unmapped"],
    )
    work.mkdir()
    monthly = str(work / "monthly.parquet")
    ledger = ingest(
        files,
        reading(section),
        rules,
        monthly,
        str(work / "quarantine.parquet"),
        str(work),
        max_quarantined_share=section["max_quarantined_share"],
    )
    for name, window in (("long", given.tensors.long), ("recent", given.tensors.recent)):
        if window is not None:
            own = Window(window.steps, window.months_per_step, window.end)
            paths = [str(work / f"{name}-{part}.parquet") for part in ("spending", "verdicts")]
            write_window(monthly, ledger["classes"], own, (given.tensors.posting_months, given.tensors.coverage), f"tensors.{name}", *paths)  # fmt: skip
    found = {
        (row["customer_id"], f"{row['month']:%Y-%m}", row["class"]): round(Decimal(str(row["amount"])), 2)
        for row in pq.read_table(monthly).to_pylist()
    }  # fmt: skip
    return found, ledger


def expected(truth: Truth, config: Mapping[str, Any]) -> Truth:
    """The truth by class: that of the code, of the class map, or the category itself."""
    section = config["ingest"]
    table = read_class_table(str(CODE_FILE), CODES) if section.get("class_tables") else None
    made: Truth = {}
    for (customer, month, category), money in truth.items():
        own = section.get("class_map", {}).get(category) or (
            table.lookup(category) if table else ""
        )
        key = (customer, month, own or canonical(category))
        made[key] = made.get(key, Decimal(0)) + money
    return made


def differences(found: Truth, right: Truth) -> list[tuple[str, str, str]]:
    """The customers, months and classes whose sums are not the same."""
    return sorted(
        key for key in found.keys() | right.keys() if found.get(key, 0) != right.get(key, 0)
    )
