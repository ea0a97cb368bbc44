"""The list of results files: what a config gives, and the page that is made of it."""

from pathlib import Path

import pytest

from spendscape.running import contract
from spendscape.running.contract import Result, column_names, paths, with_table

ROOT = Path(__file__).parents[3]


def test_every_file_is_listed_once() -> None:
    listed = [result.path for result in contract.CONTRACT]
    assert len(set(listed)) == len(listed)
    assert {result.when for result in contract.CONTRACT} - {None} == contract.CONDITIONS.keys()


def test_conditions_add_their_files_and_no_others() -> None:
    least = set(paths(set()))
    assert set(paths({"recent"})) - least == {"tensors/recent.parquet", "states/recent.parquet"}
    assert set(paths({"sliding"})) - least == {
        "tensors/training.parquet",
        "tensors/training_traits.parquet",
    }
    simulated = set(paths({"simulated"}))
    assert {"recovery.csv", "report/recovery.html"} <= simulated - least
    assert least <= simulated


def test_files_on_demand_and_with_wildcards_are_not_asked_for() -> None:
    everything = paths({"recent", "simulated", "sliding", "shards"})
    assert "simulate/defects.parquet" not in everything
    assert not [path for path in everything if "{" in path]
    assert not set(everything) & set(contract.LAST)


def test_scoring_gives_the_scores_only() -> None:
    assert paths({"score", "recent"}) == ["score.parquet"]


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ("", []),
        ("a, b", ["a", "b"]),
        ("customer_id, spending [T, C], total [T], …", ["customer_id", "spending", "total"]),
    ],
)
def test_columns_are_named_without_their_shapes(columns: str, names: list[str]) -> None:
    assert column_names(Result("a.csv", "something", columns)) == names


def test_the_table_stands_between_the_markers() -> None:
    page = f"before\n{contract.BEGIN}stale rows{contract.END}\nafter\n"
    made = with_table(page)
    assert made.startswith("before\n") and made.endswith("\nafter\n") and "stale rows" not in made
    assert with_table(made) == made
    for result in contract.CONTRACT:
        assert f"| `{result.path}` | {result.holds}" in made


def test_a_page_without_the_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold"):
        with_table("nothing")
