"""The user's files are found, or the config's key is named."""

from pathlib import Path

import pytest

from spendscape.config.validate import validate
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


def test_a_file_that_fits_several_patterns_is_there_once(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    found = matching(str(tmp_path), ["b.csv", "*.csv", "./a.csv"])
    assert [Path(path).name for path in found] == ["b.csv", "a.csv"]
    assert validate(
        {"source": "files", "ingest": {"files": ["a.csv", "b.csv", "a.csv"]}}
    ).ingest.files == [
        "a.csv",
        "b.csv",
    ]


@pytest.mark.parametrize("hard", [False, True])
def test_a_link_beside_its_file_is_refused(tmp_path: Path, hard: bool) -> None:
    (tmp_path / "a.csv").touch()
    link = tmp_path / "b.csv"
    if hard:
        link.hardlink_to(tmp_path / "a.csv")
    else:
        link.symlink_to("a.csv")
    with pytest.raises(DataError, match=r"ingest\.files: a\.csv and b\.csv are one file"):
        matching(str(tmp_path), ["*.csv"])
    assert len(matching(str(tmp_path), ["*.csv"], allow_copies=True)) == 2
    assert len(matching(str(tmp_path), ["b.csv"])) == 1


def test_folders_and_links_to_nothing_are_named(tmp_path: Path) -> None:
    (tmp_path / "year=2024").mkdir()
    (tmp_path / "year=2024" / "a.csv").touch()
    assert len(matching(str(tmp_path), ["**/*"])) == 1
    with pytest.raises(DataError, match=r"'year\*' was given; only folders in"):
        matching(str(tmp_path), ["year*"])
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(DataError, match=r"dir\.csv is a folder; expected a file, or dir\.csv/\*"):
        matching(str(tmp_path), ["*.csv"])
    (tmp_path / "gone.txt").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"gone\.txt is a link to a file that is not there"):
        matching(str(tmp_path), ["*.txt"])


def test_a_pattern_without_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(DataError, match=r"ingest.files: 'b\*' was given; no file in ingest.folder"):
        matching(str(tmp_path), ["a*", "b*"])
    with pytest.raises(DataError, match=r"ingest\.folder: .* was given; there is no such folder"):
        matching(str(tmp_path / "nowhere"), ["a*"])


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
