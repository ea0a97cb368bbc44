"""Files from the future are named, with what to do."""

import os

from spendscape.running import clocks


def test_files_of_the_past_are_no_matter(tmp_path):
    path = tmp_path / "a"
    path.touch()
    assert clocks.ahead([str(path), str(tmp_path / "missing")], path.stat().st_mtime) is None
    assert clocks.ahead([str(path)], path.stat().st_mtime - clocks.TOLERANCE) is None


def test_the_farthest_is_named_and_the_others_are_counted(tmp_path):
    for name, seconds in [("a", 1000), ("b", 1300), ("c", 1061), ("d", 1060)]:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (seconds, seconds))
    told = clocks.ahead([str(tmp_path / name) for name in "abcd"], 1000)
    assert told and told.count("\n") == 1
    assert f"{str(tmp_path / 'b')!r} is dated" in told
    assert "300 s ahead of this machine's clock (in all 2 files are)" in told
    assert f"find {tmp_path} -newermt now -exec touch {{}} +" in told
