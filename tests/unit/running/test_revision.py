"""The revision of a checkout."""

import subprocess
from pathlib import Path

from spendscape.running.revision import revision


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)


def test_a_checkout_has_its_commit_and_says_when_files_differ(tmp_path: Path) -> None:
    assert revision(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert revision(tmp_path) is None
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    git(tmp_path, "tag", "-a", "v1", "-m", "a tag is no commit")
    found = revision(tmp_path)
    assert found is not None and len(found) == 40
    (tmp_path / "a").write_text("2")
    assert revision(tmp_path) == f"{found}-dirty"
    (tmp_path / "inside").mkdir()
    assert revision(tmp_path / "inside") is None
