"""The guard warns of what became slower, and of nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.guard import PAIRS, RECORDED, told

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("now", "warns"), [(1.0, False), (1.29, False), (1.31, True), (0.1, False)]
)
def test_only_a_ratio_far_above_the_recorded_one_is_warned_of(now: float, warns: bool) -> None:
    (line,) = told({"ingest": now}, {"ingest": 1.0})
    assert line.startswith("WARNING") == warns


def test_a_ratio_that_was_never_recorded_is_warned_of() -> None:
    (line,) = told({"ingest": 1.0}, {})
    assert line.startswith("WARNING") and "--record" in line


def test_every_pair_is_recorded() -> None:
    assert set(json.loads(RECORDED.read_text())["ratios"]) == set(PAIRS)


def test_a_lowered_record_makes_a_real_measurement_warn(tmp_path: Path) -> None:
    record = json.loads(RECORDED.read_text())
    record["ratios"]["fixed_points"] /= 10
    lowered = tmp_path / "ratios.json"
    lowered.write_text(json.dumps(record))
    command = [sys.executable, str(ROOT / "benchmarks/guard.py"), "fixed_points"]
    done = subprocess.run(
        [*command, "--recorded", str(lowered)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("WARNING: fixed_points")
    assert json.loads(lowered.read_text()) == record
