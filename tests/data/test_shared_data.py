"""Every folder of ../shared/data goes in with a config overlay alone, up to the tensors."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from spendscape.config.validate import validate
from spendscape.ingest.ingest import ingest
from spendscape.ingest.settings import class_rules, file_names, reading
from spendscape.running.job import namespace
from spendscape.tensors.windows import Window
from spendscape.tensors.write import write_window

ROOT = Path(__file__).parents[2]


def made(name: str, tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The ledger and the window's summary of an example."""
    config = validate(yaml.safe_load((ROOT / f"config/examples/{name}.yaml").read_text()))
    folder = ROOT / config.ingest.folder
    files = sorted(path for pattern in config.ingest.files for path in folder.glob(pattern))
    if not files:
        pytest.skip(f"the folder {config.ingest.folder} is not on this machine")
    given = namespace(config.ingest.model_dump(mode="json"))
    given.folder = str(folder)
    ledger = ingest(
        file_names([str(path) for path in files], given),
        reading(given),
        class_rules(
            given,
            str(ROOT / given.taxonomy) if given.taxonomy else None,
            [str(ROOT / path) for path in given.class_tables],
        ),
        str(tmp_path / "monthly.parquet"),
        str(tmp_path / "quarantine.parquet"),
        str(tmp_path),
        max_quarantined_share=config.ingest.max_quarantined_share,
    )
    summary = write_window(
        str(tmp_path / "monthly.parquet"),
        ledger["classes"],
        Window(**config.tensors.long.model_dump(exclude={"sliding"})),
        (config.tensors.posting_months, config.tensors.coverage),
        "tensors.long",
        str(tmp_path / "spending.parquet"),
        str(tmp_path / "verdicts.parquet"),
    )
    return ledger, summary


@pytest.mark.parametrize(
    ("name", "read", "accepted", "quarantined", "customers", "within"),
    [
        # 1,527 people are in all three years, 1,411 of them with payments, 1,408 with money in each year.
        ("diary", 40_649, 35_002, 132, 3675, 1408),
        ("cards_clients", 45_792, 34_980, 0, 4, 4),
        ("cards_transactions", 30_000, 28_655, 0, 1124, 712),
        ("cards_holder", 19_963, 19_180, 0, 1, 1),
        ("bank", 30_200, 18_318, 0, 354, 198),
        ("office_costs", 68_308, 65_741, 0, 1453, 1004),
    ],
)
def test_an_overlay_is_enough(
    tmp_path: Path,
    name: str,
    read: int,
    accepted: int,
    quarantined: int,
    customers: int,
    within: int,
) -> None:
    ledger, summary = made(name, tmp_path)
    total = ledger["total"]
    found = [total[verdict]["rows"] for verdict in ("read", "accepted", "quarantined")]
    assert found == [read, accepted, quarantined]
    assert ledger["customers"]["read"] == customers
    assert summary["in"] == within
