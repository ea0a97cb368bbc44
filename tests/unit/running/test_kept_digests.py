"""Digests are worked out once for the same code, whatever has become of the file that keeps them."""

from pathlib import Path
from typing import Any

import pytest

from spendscape.running import code_digests, kept_digests
from spendscape.running.kept_digests import KeptDigests

SCRIPT, MODULES, LOCK = "import far\nfar.one()\n", {"far": "def one(): return 1\n"}, "numpy==1\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scripts whose digests were worked out."""
    worked: list[str] = []

    def noted(script: str, *given: Any) -> dict[str, str]:
        worked.append(script)
        return code_digests.digests(script, *given)

    monkeypatch.setattr(kept_digests, "digests", noted)
    return worked


def test_what_was_kept_is_not_worked_out_again(tmp_path: Path, asked: list[str]) -> None:
    path = tmp_path / "digests.json"
    first = KeptDigests(path, MODULES, LOCK)
    expected = first.of(SCRIPT)
    first.keep()
    second = KeptDigests(path, MODULES, LOCK)
    assert second.of(SCRIPT) == expected and asked == [SCRIPT]
    second.of(SCRIPT + "x = 1\n")
    assert len(asked) == 2


def test_changed_code_counts(tmp_path: Path) -> None:
    path = tmp_path / "digests.json"
    kept = KeptDigests(path, MODULES, LOCK)
    before = kept.of(SCRIPT)
    kept.keep()
    changed = {"far": MODULES["far"].replace("1", "2")}
    assert KeptDigests(path, changed, LOCK).of(SCRIPT) != before


@pytest.mark.parametrize("text", ["", "[]", "{", '{"of": 1}', "\x00"])
def test_a_broken_file_counts_as_none(tmp_path: Path, asked: list[str], text: str) -> None:
    path = tmp_path / "digests.json"
    path.write_text(text)
    kept = KeptDigests(path, MODULES, LOCK)
    assert kept.of(SCRIPT) and asked == [SCRIPT]
    kept.keep()
    assert KeptDigests(path, MODULES, LOCK).of(SCRIPT) and asked == [SCRIPT]


def test_a_folder_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    kept = KeptDigests(tmp_path / "none/digests.json", MODULES, LOCK)
    assert kept.of(SCRIPT)
    kept.keep()
