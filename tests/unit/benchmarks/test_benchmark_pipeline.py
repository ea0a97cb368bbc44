"""Parts are chosen by the beginnings of their names, and a run that was measured leaves only its raw files."""

from pathlib import Path

import pytest
from benchmarks.pipeline import Place, chosen, clear, parts


def test_parts_are_chosen_by_how_they_begin(tmp_path: Path) -> None:
    known = list(parts(Place(tmp_path, False, None)))
    assert list(chosen(["notebook"], known, False)) == [
        "notebook_2600",
        "notebook_26000",
        "notebook_260000",
    ]
    # A whole name is that part alone, though others begin with it.
    assert list(chosen(["notebook_2600"], known, False)) == ["notebook_2600"]
    few = list(parts(Place(tmp_path, True, None)))
    assert list(chosen(["notebook_26000"], few, False, quick=True)) == ["notebook_600"]
    every = list(chosen([], known, False))
    # They need much time, or an environment of their own.
    assert set(known) - set(every) == {"growth_1000000", "explanations"}
    with pytest.raises(SystemExit, match="growth_26000"):
        list(chosen(["notbook"], known, False))


def test_what_was_computed_goes_and_raw_files_stay(tmp_path: Path) -> None:
    names = ["simulate/transactions_2019.parquet", "benchmarks/simulate_truth.tsv", "benchmarks/train.tsv",
             "model/weights.json", "claims.csv"]  # fmt: skip
    for name in names:
        path = tmp_path / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    clear(tmp_path)
    left = {str(p.relative_to(tmp_path / "results")) for p in tmp_path.rglob("*") if p.is_file()}
    assert left == set(names[:2])
    clear(tmp_path, raw=True)
    assert not list(tmp_path.rglob("*.parquet"))
