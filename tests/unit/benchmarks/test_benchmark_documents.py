"""The tables of the docs are those of benchmarks/measured."""

from pathlib import Path

from benchmarks.documents import PAGES, TABLES, filled, write_documents

ROOT = Path(__file__).parents[3]


def test_the_pages_have_what_was_measured() -> None:
    assert write_documents(ROOT / "benchmarks/measured", ROOT / "docs", check=True)


def test_every_table_has_a_place() -> None:
    pages = "".join((ROOT / "docs" / name).read_text() for name in PAGES)
    assert [name for name in TABLES if f"<!-- measured: {name} -->" not in pages] == []


def test_a_table_takes_the_place_of_the_old_one_alone() -> None:
    machine = {
        "date": "2026-01-02 03:04 UTC", "processor": "P", "cores": 2, "memory_gib": 24, "load_before": 0.1,
        "load_after": 0.2, "commit": "abc", "python": "3.11", "versions": {"numpy": "2"},
    }  # fmt: skip
    part = {"machine": machine, "command": "python benchmarks/simulate.py", "lines": ["fast"]}
    page = "before\n<!-- measured: simulate -->\nold\n<!-- end -->\nafter\n"
    new = filled(page, {"simulate": part})
    assert new.startswith("before\n") and new.endswith("<!-- end -->\nafter\n")
    assert "fast" in new and "old" not in new
    assert filled(new, {"simulate": part}) == new
    assert filled(page, {}) == page
