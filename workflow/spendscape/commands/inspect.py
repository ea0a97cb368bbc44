"""An export, a config that reads it, and what that config would do: `spendscape inspect`."""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spendscape.config.tensors import Tensors
from spendscape.config.traits import Traits
from spendscape.config.validate import validate
from spendscape.core.counts import counted
from spendscape.core.errors import DataError
from spendscape.core.months import month_number
from spendscape.ingest.class_tables import ClassTable, read_class_table
from spendscape.ingest.classes import taxonomy_classes
from spendscape.ingest.inspect_excerpts import excerpt, excerpts
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.propose_config import file_pattern, propose
from spendscape.ingest.same_files import files_that_are_one, places_of
from spendscape.ingest.samples import read_sample
from spendscape.ingest.settings import reading
from spendscape.ingest.trial import (
    account,
    comment,
    complete,
    config_text,
    try_as_it_stands,
    try_classes,
)
from spendscape.tensors.possible_windows import LENGTHS, STEPS, Possible, possible_windows

# How the proposal names the table of Merchant Category Codes.
CODES = "config/taxonomy/merchant_category_codes.csv"


def inspect(paths: Sequence[Path], taxonomy: Path, codes: Path) -> str:
    """A config that reads the files, with its reasons, and what it would do, as comments.

    Large files are looked at in excerpts, so that the answer takes seconds.

    Parameters
    ----------
    paths : the files of an export, of one form
    taxonomy : table of the classes
    codes : table of Merchant Category Codes and their classes

    Raises
    ------
    DataError
        A file that is not there or cannot be opened, or without a column for dates, amounts, categories or customers.
    """
    for path in paths:
        if path.is_dir():
            raise DataError(f"{path} is a folder; expected files, such as {path}/*.csv")
        if not path.exists():
            raise DataError(f"{path}: there is no such file")
    folder = paths[0].parent
    files = {
        str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path): str(path)
        for path in paths
    }
    classes = taxonomy_classes(str(taxonomy), "--taxonomy")
    table = read_class_table(str(codes), CODES)
    names = {name.casefold().replace("_", " ") for name in classes}

    def known_share(fields: Iterable[str]) -> float:
        known = [
            text.casefold().replace("_", " ") in names or table.lookup(text) != ""
            for text in fields
        ]
        return sum(known) / max(1, len(known))

    with tempfile.TemporaryDirectory() as work:
        made = propose(files, known_share, work, [CODES])
        if copies := _copies(files, made, work):
            files = {name: path for name, path in files.items() if name not in copies}
            made = propose(files, known_share, work, [CODES])
            made.doubts[:0] = [
                f"{other} holds the same bytes as {one}, and is not named: to count it too, name it and set allow_copies"
                for other, one in copies.items()
            ]
        made.section = {"folder": str(folder), "files": file_pattern(folder, list(files))} | made.section  # fmt: skip
        some, whole = excerpts(files, work)
        return _tried(made, some, whole, classes, table, Path(work), _own_folder(paths))


def _copies(files: Mapping[str, str], made: Proposal, work: str) -> dict[str, str]:
    """Each file that a run would refuse as the copy of another one, and the name of that one."""
    places = places_of(files, reading(_given(made)))
    found = {other: one for one, *others in files_that_are_one(places) for other in others}
    # Files of months without postings may be alike.
    return {
        other: one
        for other, one in found.items()
        if read_sample(one, excerpt(one, files[one], f"{work}/copied-")[0]).rows
    }


def _own_folder(paths: Sequence[Path]) -> str:
    """A folder for the results that has the export's name."""
    name = paths[0].name.partition(".")[0] if len(paths) == 1 else paths[0].resolve().parent.name
    return f"results/{re.sub(r'[^A-Za-z0-9_-]+', '_', name) or 'export'}"


def _tried(
    made: Proposal,
    files: Mapping[str, str],
    whole: bool,
    classes: list[str],
    table: ClassTable,
    work: Path,
    results: str,
) -> str:
    """The config, completed by what it does with the files, and that in words."""
    where = "these files" if whole else "excerpts of these files: their first rows, and some from the middle and the end"  # fmt: skip
    first = {"results": results, "source": "files"}
    try:
        tried = try_classes(files, _given(made), classes, table, work)
        complete(made, tried, classes)
        ledger = try_as_it_stands(files, _given(made), classes, table, work)
    except DataError as error:
        return config_text(made, first, {}) + comment(f"\nTried on {where}, and refused:\n{error}")
    words = account(ledger, classes, tried, "taxonomy" not in made.section, where, made.hidden)
    if whole:
        possible = possible_windows(
            str(work / "monthly.parquet"), ledger["classes"], Tensors().coverage
        )
        words += "\n" + _possible_in_words(possible)
    else:
        possible = _by_length(ledger)
        words += (
            "\nHow many customers have a window only all rows can tell: make the target `tensors`."
        )
    tensors = _windows(made, possible, whole)
    last = {"tensors": tensors} if tensors else {}
    validate(first | {"ingest": made.section} | last)
    return config_text(made, first, last) + comment(words)


def _given(made: Proposal) -> dict[str, Any]:
    """The section ingest with every key."""
    return validate(
        {"source": "files", "ingest": {"files": ["*"]} | made.section}
    ).ingest.model_dump()


def _by_length(ledger: Mapping[str, Any]) -> Possible:
    """The windows that are not longer than the data, as if each customer had them."""
    months = month_number(ledger["last_month"]) - month_number(ledger["first_month"]) + 1
    number = ledger["customers"]["accepted"]
    fitting = {(t, m): number for t in STEPS for m in LENGTHS if t * m <= months}
    return Possible(1, number, fitting)


def _windows(made: Proposal, possible: Possible, counted_all: bool) -> dict[str, Any]:
    """The section tensors, with its reasons."""
    chosen = possible.chosen()
    if not chosen:
        made.doubts.append("the data have no two steps for any customer, so no window is possible")
        return {}
    steps, months, recent = chosen
    section: dict[str, Any] = {}
    if possible.posting_months > 1:
        section["posting_months"] = possible.posting_months
        made.reasons["tensors.posting_months"] = "only these months have postings"
    section["long"] = {"steps": steps, "months_per_step": months, "end": "latest"}
    left = possible.left[steps, months]
    made.reasons["tensors.long"] = (
        f"{counted(left, 'customer')} of {possible.customers:,} have it"
        if counted_all
        else "as long as the data are"
    )
    least = Traits().minimum_customers
    if counted_all and left < least:
        made.doubts.append(
            f"{counted(left, 'customer')} with a window, and a run stops below {least}: bring more customers, or add "
            f"traits: {{minimum_customers: {left}}}"
        )
    section["recent"] = recent and {"steps": steps, "months_per_step": recent, "end": "latest"}
    if recent is None:
        made.reasons["tensors.recent"] = "no shorter step is possible"
    return section


def _possible_in_words(possible: Possible) -> str:
    """How many customers each window leaves."""
    lines = [f"Customers with a complete window, of {possible.customers:,}:"]
    for steps in STEPS:
        own = [f"{m} months {possible.left[steps, m]:,}" for m in LENGTHS if possible.left.get((steps, m))]  # fmt: skip
        if own:
            lines.append(f"  {steps} steps of " + ", ".join(own))
    return "\n".join(lines)
