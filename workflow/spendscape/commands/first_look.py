"""What is looked at when Snakemake starts: what the config, the class list, the tables and some rows of the files show.

A mistake is told before the first job, also by a dry run. Each set of files and settings is looked at once: what was
found good is remembered by the files' sizes and times, so that a later start only asks for these.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import spendscape
from spendscape.core.errors import DataError
from spendscape.running.job import namespace

MEMORY = "spendscape_first_look.json"
# The sections of the config that decide what is looked at.
SECTIONS = ("source", "simulate", "ingest", "tensors", "traits", "cards", "explain", "audit", "score")  # fmt: skip


def look(
    values: Mapping[str, Any],
    files: Mapping[str, str],
    tables: Mapping[str, Sequence[str]],
    folder: Path,
) -> str:
    """Look at the tables and the raw files, unless the same were found good before.

    Parameters
    ----------
    values : the config as JSON holds it
    files : each raw file's name in the ledger, and its path; none where they cannot be looked at
    tables : paths of the tables: taxonomy, class_tables, rates, coefficients, measured and audit, of each those that
        the config names; and `trained`, the coefficients also where the config does not name them
    folder : where Snakemake keeps its own files (`.snakemake`)

    Returns
    -------
    str
        What the jobs of the windows or of the traits will refuse; '' where nothing is known of that

    Raises
    ------
    DataError
        A mistake, with its key.
    """
    paths = [*files.values(), *(path for own in tables.values() for path in own)]
    asked = [spendscape.__version__, {key: values[key] for key in SECTIONS}, tables, files]
    seen = [[path, (own := os.stat(path)).st_size, own.st_mtime_ns] for path in paths]
    mark = hashlib.sha256(json.dumps([asked, seen], sort_keys=True).encode()).hexdigest()
    memory = folder / MEMORY
    known: dict[str, str] = json.loads(memory.read_text()) if memory.is_file() else {}
    if known.get("mark") == mark:
        return known["later"]
    later = _look(values, files, tables)
    folder.mkdir(exist_ok=True)
    partial = memory.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps({"mark": mark, "later": later}))
    partial.replace(memory)
    return later


def _later(
    values: Mapping[str, Any],
    classes: Sequence[str] | None,
    customers: int | None,
    coefficients: str | None,
) -> None:
    """Refuse what only a later job would; who wants no more than what comes before it may go on.

    Parameters
    ----------
    classes, customers : as far as they are known
    coefficients : path of the table of the formula; None where the traits are measured

    Raises
    ------
    DataError
        There are too few customers or simulated years, or the coefficients are of other classes.
    """
    from spendscape.core.months import month_number
    from spendscape.tensors.windows import Window, window_grid
    from spendscape.traits.formula import check_coefficients
    from spendscape.traits.targets import check_enough

    if values["source"] == "simulated":
        made, own = values["simulate"], values["tensors"]
        customers = made["customers"]
        first = month_number(f"{made['first_year']}-01")
        last = first + 12 * made["years"] - 1
        window = Window(*(own["long"][key] for key in ("steps", "months_per_step", "end")))
        window_grid(window, first, last, own["posting_months"], own["coverage"], "tensors.long")
    if customers is not None:
        check_enough(customers, values["traits"]["minimum_customers"], "rows that count")
    if coefficients and classes:
        check_coefficients(coefficients, classes)


def _look(
    values: Mapping[str, Any], files: Mapping[str, str], tables: Mapping[str, Sequence[str]]
) -> str:
    """The look itself, and what a later job will refuse; its modules take a while to import."""
    from spendscape.config.pages import NEVER_SUGGEST, UNMOVABLE
    from spendscape.evaluation.attributes import read_attributes
    from spendscape.ingest.beginnings import look as look_at_files
    from spendscape.ingest.classes import known_classes
    from spendscape.ingest.databases import driver_of
    from spendscape.ingest.lakes import check_reader
    from spendscape.ingest.settings import class_rules, reading
    from spendscape.pages.examples import check_segment
    from spendscape.segments.swap_classes import may_move
    from spendscape.traits.formula import check_coefficients
    from spendscape.traits.measured import read_measured

    source, own = values["source"], values["ingest"]
    given = None if source == "simulated" else namespace(own)
    first = {name: next(iter(paths), None) for name, paths in tables.items()}
    rules = class_rules(given, first["taxonomy"], tables["class_tables"])
    explain = values["explain"]

    def look_at_classes(classes: list[str] | None) -> None:
        traits: Sequence[str] = ()
        if first["measured"]:
            traits = read_measured(first["measured"]).traits
        elif first["coefficients"]:
            traits = check_coefficients(first["coefficients"], classes)
        if traits and not values["score"]["run"]:
            check_segment(values["cards"]["segment"], traits)
        if classes and not values["score"]["run"]:
            chosen = explain["unmovable"], explain["never_suggest"]
            may_move(classes, *chosen, UNMOVABLE + NEVER_SUGGEST)

    known, customers = known_classes(rules), None
    look_at_classes(known)
    if first["audit"]:
        read_attributes(first["audit"], values["audit"]["customer"], values["audit"]["attributes"])
    if source == "database":
        driver_of(own["connection"]["driver"])
    elif source in ("delta", "iceberg"):
        check_reader(source)
    if files:
        with tempfile.TemporaryDirectory() as work:
            found = look_at_files(
                files,
                reading(given, first["rates"]),
                rules,
                work,
                own["max_quarantined_share"],
                copies=own["allow_copies"],
                alone=own["history"] is None,
            )
        if found is not None:
            if known is None:
                look_at_classes(found.classes)
            known, customers = found.classes, found.customers
    if not values["score"]["run"]:
        try:
            _later(values, known, customers, first["trained"])
        except DataError as error:
            return str(error)
    return ""
