"""The user's files are found, or the config's key is named."""

from pathlib import Path

import pytest

from spendscape.core.errors import DataError
from spendscape.running.inputs import matching, named


def test_files_come_in_the_order_of_the_patterns_sorted_within_each(tmp_path: Path) -> None:
    folder = tmp_path / "a [copy]"
    for name in ("2024.csv", "2023.csv", "old/1999.csv", "x.parquet"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    found = matching(str(folder), ["*.parquet", "20*.csv", "**/19*.csv"])
    assert [Path(path).relative_to(folder).as_posix() for path in found] == [
        "x.parquet",
        "2023.csv",
        "2024.csv",
        "old/1999.csv",
    ]


def test_a_pattern_without_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(DataError, match=r"ingest.files: 'b\*' was given; no file in ingest.folder"):
        matching(str(tmp_path), ["a*", "b*"])


def test_a_file_is_taken_from_the_first_folder_that_has_it(tmp_path: Path) -> None:
    for folder in ("near", "far"):
        (tmp_path / folder).mkdir()
    folders = [tmp_path / "near", tmp_path / "far"]
    (folders[1] / "a.csv").touch()
    assert named("traits.coefficients", "a.csv", folders) == folders[1] / "a.csv"
    (folders[0] / "a.csv").touch()
    assert named("traits.coefficients", "a.csv", folders) == folders[0] / "a.csv"
    with pytest.raises(DataError, match=r"b\.csv. was given; there is no such file"):
        named("traits.coefficients", "b.csv", folders)
