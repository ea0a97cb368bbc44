"""Ten exports after public bug reports: the proposed config runs without an edit, and its sums are right."""

from pathlib import Path

import pytest
from inspected import differences, expected, proposed, sums
from trial_exports import EXPORTS


@pytest.mark.parametrize("name", EXPORTS)
def test_the_proposed_config_gives_the_right_sums(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    made = EXPORTS[name](folder)
    (folder / "README.md").write_text("not a part of the export")
    config, text = proposed(made.files)
    assert len(config["ingest"]["files"]) == 1, "a pattern stands for the files"
    found, ledger = sums(config, tmp_path / "work")
    right = expected(made.truth, config)
    assert right and not differences(found, right)
    assert ledger["total"]["quarantined"]["rows"] <= 1
    for column in made.other_columns:
        assert f"{column!r} adds up" in text or column not in str(config)


def test_what_is_said_of_an_export(tmp_path: Path) -> None:
    """A filter that its user decides on, quarters, and that no party or customer is named."""
    made = EXPORTS["ledgers"](tmp_path)
    config, text = proposed(made.files)
    assert (
        "'is_member' says yes or no of customers" in text and "keep: {is_member: ['yes']}" in text
    )
    assert config["tensors"]["posting_months"] == 3
    assert config["tensors"]["long"] == {"steps": 6, "months_per_step": 6, "end": "latest"}
    assert "6 steps of 6 months 70, 3 months 70" in text
    customers = {customer for customer, _, _ in made.truth}
    assert not [who for who in customers if who in text] and "Independent" not in text
