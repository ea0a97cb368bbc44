"""Added files: the result is that of reading all, byte for byte, and only new and changed files are read."""

import csv
import gzip
import json
import os
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_runs import READING, RULES
from slow_ingest import messy

from spendscape.config.validate import validate
from spendscape.core.errors import DataError
from spendscape.core.months import month_name
from spendscape.ingest import kept_sums, monthly_file, settings
from spendscape.ingest.added_files import MONTHLY, ingest_added
from spendscape.ingest.columns import Columns, Reading
from spendscape.ingest.ingest import ingest

KEY = b"0123456789abcdef"
WITH_IDS = replace(
    READING, columns=Columns("payer", "day", "kind", "money", transaction="note"), delimiter=","
)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were written a moment ago count as finished."""
    monkeypatch.setattr(kept_sums, "SETTLED", 0.0)


class Bank:
    """A folder of raw files, and runs over some of them."""

    def __init__(self, folder: Path, reading: Reading = READING, **options: Any) -> None:
        self.folder, self.reading = folder, reading
        self.options: dict[str, Any] = {"max_quarantined_share": 1.0, "key": KEY} | options
        (folder / "raw").mkdir(parents=True)
        self.runs = 0

    def write(self, name: str, content: str) -> None:
        """Write a file of CSV text, as what its ending says."""
        path = self.folder / "raw" / name
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(content.encode(), mtime=0))
        elif name.endswith(".parquet"):
            header, *rows = csv.reader(content.lstrip("\ufeff").splitlines())
            values = [row for row in rows if len(row) == len(header)]
            columns = {name: [row[k] for row in values] for k, name in enumerate(header)}
            pq.write_table(pa.table(columns), path)
        else:
            path.write_text(content)

    def paths(self, names: Sequence[str]) -> dict[str, str]:
        return {name: str(self.folder / "raw" / name) for name in names}

    def place(self) -> tuple[str, str, str]:
        """Names for a new run's monthly.parquet, quarantine.parquet and work folder."""
        self.runs += 1
        work = self.folder / f"run-{self.runs}"
        work.mkdir()
        return str(work / "monthly.parquet"), str(work / "quarantine.parquet"), str(work)

    def added(
        self,
        names: Sequence[str],
        kept: str = "kept",
        history: Mapping[str, Any] | None = None,
        code: str = "1",
    ) -> tuple[Any, dict[str, Any]]:
        """What the run writes and returns, and where its sums are."""
        monthly, quarantine, work = self.place()
        ledger, sums = ingest_added(
            self.paths(names),
            self.reading,
            RULES,
            monthly,
            quarantine,
            work,
            str(self.folder / kept),
            code,
            history,
            threads=2,
            **self.options,
        )
        return (ledger, Path(monthly).read_bytes(), Path(quarantine).read_bytes()), sums

    def all_at_once(self, names: Sequence[str]) -> Any:
        """What `ingest` writes and returns, which keeps nothing."""
        monthly, quarantine, work = self.place()
        ledger = ingest(
            self.paths(names), self.reading, RULES, monthly, quarantine, work, **self.options
        )
        return ledger, Path(monthly).read_bytes(), Path(quarantine).read_bytes()

    def kept(self) -> dict[str, int]:
        """The folders of the files and their inodes."""
        every = (self.folder / "kept").iterdir()
        return {path.name: path.stat().st_ino for path in every if path.name != MONTHLY}


def month(rng: random.Random, repeated: str = "") -> str:
    """A file of messy rows, some of another file among them; few ids, so that many are there again."""
    header, *lines = messy(rng, 60, broken=False).splitlines()
    own = [rng.choice(["", f"t{rng.randrange(9)}"]) + line for line in lines]
    others = repeated.splitlines()[1:]
    return "\n".join([header, *own, *rng.sample(others, min(len(others), 25))]) + "\n"


@pytest.mark.parametrize("reading", [READING, WITH_IDS], ids=["plain", "with ids"])
@pytest.mark.parametrize("seed", range(2))
def test_any_history_of_files_gives_what_reading_all_gives(
    tmp_path: Path, reading: Reading, seed: int
) -> None:
    rng = random.Random(seed)
    bank = Bank(tmp_path, reading)
    texts: dict[str, str] = {}
    for step in range(7):
        before = bank.kept() if step else {}
        do = rng.choice(["add", "add", "change", "remove", "reorder"]) if len(texts) > 1 else "add"
        name = rng.choice(list(texts)) if texts else ""
        if do == "add":
            name = f"m{step}" + rng.choice([".csv", ".csv.gz", ".parquet"])
        if do in ("add", "change"):
            other = rng.choice(list(texts.values())) if texts else ""
            texts[name] = month(rng, other)
            bank.write(name, texts[name])
        elif do == "remove":
            del texts[name]
        else:
            texts = dict(rng.sample(list(texts.items()), len(texts)))
        found, _ = bank.added(list(texts))
        assert found == (
            bank.added(list(texts), "fresh")[0] if step % 2 else bank.all_at_once(list(texts))
        )
        shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
        # One folder a file; those of files that did not change are the ones that were there.
        after = bank.kept()
        assert len(after) == len(texts)
        new = {folder for folder, inode in after.items() if before.get(folder) != inode}
        assert len(new) == (do in ("add", "change"))
    if reading is WITH_IDS:
        ledger = found[0]
        assert ledger["differing_repeats"] > 0
        assert ledger["total"]["excluded"]["reasons"]["repeated_transaction"]["rows"] > 9


def row(customer: str, month: int, money: int, note: str = "") -> str:
    return f"{note},{customer},2024-{month:02d}-03,food,{money}\n"


TITLE = "note,payer,day,kind,money\n"


@pytest.mark.parametrize("reading", [READING, WITH_IDS], ids=["plain", "with ids"])
def test_a_history_stands_for_files_that_are_gone(tmp_path: Path, reading: Reading) -> None:
    bank = Bank(tmp_path, reading)
    bank.write("1.csv", TITLE + row("ann", 1, 5, "a") + row("bob", 1, 7, "b") + "x,y\n")
    bank.write("2.csv", TITLE + row("ann", 2, 6) + row("ann", 1, 5, "a"))
    bank.write("3.csv", TITLE + row("zoë", 3, 6) + row("ann", 1, 5, "a"))
    names = ["1.csv", "2.csv", "3.csv"]
    everything, _ = bank.added(names, "all")
    _, sums = bank.added(names[:2])
    (tmp_path / "ingest").mkdir()
    settings.write_kept(sums, str(tmp_path / "ingest/kept.json"))
    for name in names[:2]:
        (tmp_path / "raw" / name).unlink()
    history = settings.history(str(tmp_path / "ingest/kept.json"))
    before = bank.kept()
    found, later = bank.added(names[2:], "new", history)
    assert found == everything
    assert bank.kept() == before, "what another run has kept stays"
    assert len(list((tmp_path / "new").iterdir())) == 2, "one file, and monthly.parquet"
    # A third run can go on from the second.
    bank.write("4.csv", TITLE + row("ann", 4, 1))
    found, _ = bank.added(["4.csv"], "newest", later)
    bank.write("1.csv", TITLE + row("ann", 1, 5, "a") + row("bob", 1, 7, "b") + "x,y\n")
    bank.write("2.csv", TITLE + row("ann", 2, 6) + row("ann", 1, 5, "a"))
    own = found[0] | {"files": {}}
    assert own == bank.added([*names, "4.csv"], "all")[0][0] | {"files": {}}


def test_a_history_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    bank.write("1.csv", TITLE + row("ann", 1, 5))
    bank.write("2.csv", TITLE + row("ann", 2, 5))
    _, sums = bank.added(["1.csv"])
    with pytest.raises(DataError, match="another version"):
        bank.added(["2.csv"], "new", sums, code="2")
    bank.options["key"] = b"another key of sixteen"
    with pytest.raises(DataError, match="other settings of ingest or privacy"):
        bank.added(["2.csv"], "new", sums)
    bank.options["key"] = KEY
    shutil.rmtree(tmp_path / "kept")
    with pytest.raises(DataError, match=r"kept sums of 1.csv are not there"):
        bank.added(["2.csv"], "new", sums)


def test_other_settings_and_other_code_read_all_again(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    bank.write("1.csv", TITLE + row("ann", 1, 5))
    bank.write("2.csv", TITLE + row("ann", 2, 6))
    seen: set[str] = set()
    for code, reading, key in (
        ("1", READING, KEY),
        ("2", READING, KEY),
        ("2", replace(READING, spend_is="negative"), KEY),
        ("2", READING, None),
    ):
        bank.reading, bank.options["key"] = reading, key
        found, _ = bank.added(["1.csv", "2.csv"], code=code)
        assert found == bank.all_at_once(["1.csv", "2.csv"])
        own = set(bank.kept())
        assert len(own) == 2 and not own & seen
        seen |= own


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The months that are written into monthly.parquet, those that are copied left out."""
    months: list[str] = []
    add = monthly_file.MonthlyFile.add

    def noted(own: monthly_file.MonthlyFile, month: int, *arguments: Any) -> None:
        months.append(month_name(month))
        add(own, month, *arguments)

    monkeypatch.setattr(monthly_file.MonthlyFile, "add", noted)
    return months


def test_months_before_an_added_one_are_copied(tmp_path: Path, written: list[str]) -> None:
    bank = Bank(tmp_path)
    for k in range(1, 5):
        bank.write(f"{k}.csv", TITLE + row("ann", k, 5) + row(f"c{9 - k}", k, 7))
    steps: list[tuple[list[str], list[str]]] = [
        (["1.csv", "2.csv"], ["2024-01", "2024-02"]),
        (["1.csv", "2.csv", "4.csv"], ["2024-04"]),
        (["1.csv", "2.csv", "3.csv", "4.csv"], ["2024-03", "2024-04"]),
        (["1.csv", "2.csv", "3.csv"], []),
    ]
    for names, months in steps:
        written.clear()
        found, _ = bank.added(names)
        assert written == months
        assert found == bank.all_at_once(names)
    # Of the one that was changed in its place nothing is copied, although it has the same size.
    written.clear()
    with (tmp_path / "kept/monthly/monthly.parquet").open("r+b") as file:
        file.write(b"PAR0")
    assert bank.added(["1.csv", "2.csv", "3.csv"])[0] == found
    assert written == ["2024-01", "2024-02", "2024-03"]


def test_late_rows_write_the_months_from_theirs_on(tmp_path: Path, written: list[str]) -> None:
    bank = Bank(tmp_path)
    bank.write("1.csv", TITLE + row("ann", 1, 5) + row("ann", 2, 5) + row("bob", 3, 5))
    bank.write("2.csv", TITLE + row("cyd", 4, 5) + row("ann", 2, 1))
    bank.added(["1.csv"])
    written.clear()
    found, _ = bank.added(["1.csv", "2.csv"])
    assert written == ["2024-02", "2024-03", "2024-04"]
    assert found == bank.all_at_once(["1.csv", "2.csv"])
    assert found[0]["customers"] == {"read": 3, "accepted": 3}


def test_other_content_of_the_same_size_and_time_is_read(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    bank.write("1.csv", TITLE + row("ann", 1, 5))
    path = tmp_path / "raw/1.csv"
    before = path.stat()
    bank.added(["1.csv"])
    bank.write("1.csv", TITLE + row("ann", 1, 6))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    found, _ = bank.added(["1.csv"])
    assert found[0]["total"]["accepted"]["amount"] == "6.00"


def test_a_file_that_may_still_change_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sums, "SETTLED", 3600.0)
    bank = Bank(tmp_path)
    bank.write("1.csv", TITLE + row("ann", 1, 5))
    bank.added(["1.csv"])
    before = bank.kept()
    bank.added(["1.csv"])
    assert len(bank.kept()) == 1 and not bank.kept().keys() & before.keys()


def test_what_was_cut_short_or_left_behind_is_not_used(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    bank.write("1.csv", TITLE + row("ann", 1, 5))
    bank.write("2.csv", TITLE + row("ann", 2, 6))
    found, _ = bank.added(["1.csv", "2.csv"])
    one, other = (tmp_path / "kept" / name for name in bank.kept())
    (one / "sums.arrow").write_bytes(b"")
    (other / "facts.json").write_text('{"bytes": ')
    (tmp_path / "kept/partial-of-a-killed-run").mkdir()
    assert bank.added(["1.csv", "2.csv"])[0] == found
    assert set(bank.kept()) == {one.name, other.name}
    assert json.loads((other / "facts.json").read_text())["bytes"]


def test_damaged_sums_are_told_with_what_helps(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    names = ["1.csv", "2.csv"]
    bank.write("1.csv", TITLE + "".join(row(f"c{k}", 1, k) for k in range(50)))
    bank.write("2.csv", TITLE + row("ann", 1, 6))
    bank.added(["1.csv"])
    [one] = (tmp_path / "kept" / name for name in bank.kept())
    whole = (one / "sums.arrow").read_bytes()
    told = set()
    for place in (len(whole) * k // 8 for k in (3, 4, 5)):
        (one / "sums.arrow").write_bytes(
            whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]
        )
        try:
            assert bank.added(names)[0] == bank.all_at_once(names)
        except DataError as error:
            assert "Remove that folder" in str(error) and str(tmp_path / "kept") in str(error)
            told.add(place)
            assert not list((tmp_path / "kept").glob("partial*"))
    assert told
    shutil.rmtree(tmp_path / "kept")
    assert bank.added(names)[0] == bank.all_at_once(names)


def test_a_mistake_in_the_classes_reads_no_file_twice(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    bank.write("1.csv", TITLE + row("ann", 1, 5).replace("food", "mystery"))
    with pytest.raises(DataError, match="none was accepted"):
        bank.added(["1.csv"])
    before = bank.kept()
    bank.write("2.csv", TITLE + row("ann", 2, 6))
    found, _ = bank.added(["1.csv", "2.csv"])
    assert before.items() <= bank.kept().items() and len(before) == 1
    assert found == bank.all_at_once(["1.csv", "2.csv"])


def test_rejected_texts_and_sheets_and_files_without_a_row(tmp_path: Path) -> None:
    bank = Bank(tmp_path, keep_rejected_text=True)
    bank.write("1.csv", TITLE + "x,y\n" + row("ann", 1, 5) + "z,ü\n")
    bank.write("2.csv", TITLE)
    bank.write("3.csv", TITLE + "only bad\n")
    names = ["1.csv", "2.csv", "3.csv"]
    bank.added(names[:1])
    assert bank.added(names)[0] == bank.all_at_once(names)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"ingest": {"keep_sums": True, "shards": 2}}, ["keep_sums", "shards: 2"]),
        ({"ingest": {"history": "old", "shards": 2}}, ["history", "shards: 2"]),
        ({"ingest": {"history": "old", "keep_sums": False}}, ["history needs keep_sums"]),
        ({"ingest": {"history": "results/"}}, ["'results/'", "own results folder"]),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    config: dict[str, Any], words: list[str]
) -> None:
    config["ingest"]["files"] = ["a.csv"]
    with pytest.raises(DataError) as error:
        validate({"source": "files"} | config)
    assert all(word in str(error.value) for word in words), str(error.value)
