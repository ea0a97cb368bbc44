"""From an export to a config that reads it: what each column seems to hold, and why.

Nothing here decides for the user: every choice comes with its reason, and where the fields allow another
choice the proposal says so. `spendscape inspect` tries the proposal on the files before it shows it.
"""

import glob
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from spendscape.core.errors import DataError
from spendscape.ingest.inspect_columns import columns_of
from spendscape.ingest.inspect_excerpts import excerpt, spread
from spendscape.ingest.inspect_filters import (
    doubt_groups,
    propose_currency,
    propose_ids,
    propose_income,
    propose_states,
)
from spendscape.ingest.inspect_money import (
    days_of,
    propose_amounts,
    propose_dates,
    propose_direction,
)
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.inspect_roles import KnownShare, differing, propose_people
from spendscape.ingest.samples import SAMPLE_ROWS, Sample, read_sample

# Files whose rows are looked at.
SAMPLE_FILES = 12


def propose(
    files: Mapping[str, str],
    known_share: KnownShare,
    work: str,
    tables: Sequence[str] = (),
) -> Proposal:
    """What the files seem to hold.

    Parameters
    ----------
    files : name and path of each file; all are taken to be alike, and only some are looked at
    known_share : the share of some categories that already have a class
    work : a folder for excerpts of large files
    tables : tables of classes that `known_share` knows, named in the proposal where they help

    Raises
    ------
    DataError
        A file cannot be opened or is empty, there are no rows, or no column looks like dates, amounts or categories.
    """
    names = spread(files, SAMPLE_FILES)
    samples = [
        read_sample(
            name,
            excerpt(name, files[name], os.path.join(work, f"looked-at-{k}-"))[0],
            SAMPLE_ROWS // len(names),
        )
        for k, name in enumerate(names)
    ]
    made = Proposal()
    empty = [name for name, sample in zip(names, samples, strict=True) if not sample.rows]
    samples = [sample for sample in samples if sample.rows]
    if not samples:
        raise DataError(f"{', '.join(empty)}: no rows were found")
    if empty:
        made.doubts.append(f"no rows in {', '.join(empty)}")
    _settings(made, samples)
    columns = columns_of(_rows(samples))
    if not columns:
        raise DataError("the files have no column in common that has a value")
    used: set[str] = set()
    propose_dates(made, columns, used)
    propose_states(made, columns, used)
    spent = propose_amounts(made, columns, used)
    spent, direction = propose_direction(made, columns, used, spent)
    propose_currency(made, columns, used)
    propose_ids(made, columns, used, spent)
    days = days_of(made, columns)
    propose_people(made, columns, used, days, spent, known_share, tables, list(files))
    propose_income(made, columns, spent, direction)
    customer = made.section["columns"]["customer"]
    doubt_groups(made, columns, used, customer if customer in columns else "")
    return made


def _settings(made: Proposal, samples: Sequence[Sample]) -> None:
    """Propose how the files are read, by the first of them; say where others differ."""
    for key, (value, reason) in samples[0].settings.items():
        made.set(key, value, reason)
    if any(sample.odd for sample in samples):
        made.doubts.append(
            "some lines have another number of fields than the rows; they are put aside"
        )
    for key in ("encoding", "delimiter", "skip_lines"):
        if len({str(sample.settings.get(key, ("",))[0]) for sample in samples}) > 1:
            made.doubts.append(f"the files differ in {key}: read them by configs of their own")


def _rows(samples: Sequence[Sample]) -> dict[str, list[str]]:
    """The fields of the columns that every file has, the files one after another."""
    common = [
        name for name in samples[0].columns if all(name in sample.columns for sample in samples)
    ]
    return {name: [text for sample in samples for text in sample.columns[name]] for name in common}


def file_pattern(folder: Path, names: Sequence[str]) -> list[str]:
    """A pattern that stands for just these files of a folder, or else their names."""
    if len(names) < 2:
        return [glob.escape(name) for name in names]
    start, _, end = differing(names)
    ending = "." + min(names, key=len).partition(".")[2]
    for pattern in (f"*{ending}", f"{glob.escape(start)}*{ending}", f"{glob.escape(start)}*{glob.escape(end)}"):  # fmt: skip
        found = {str(path.relative_to(folder)) for path in folder.glob(pattern)}
        if found == set(names):
            return [pattern]
    return list(names)
