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
from spendscape.running.job import namespace

MEMORY = "spendscape_first_look.json"
# The sections of the config that decide what is looked at.
SECTIONS = ("source", "ingest", "traits", "explain", "score")


def look(
    values: Mapping[str, Any],
    files: Mapping[str, str],
    tables: Mapping[str, Sequence[str]],
    folder: Path,
) -> dict[str, Any]:
    """Look at the tables and the raw files, unless the same were found good before.

    Parameters
    ----------
    values : the config as JSON holds it
    files : each raw file's name in the ledger, and its path; none where they cannot be looked at
    tables : paths of the tables: taxonomy, class_tables, rates, coefficients and measured, of each those that the
        config names
    folder : where Snakemake keeps its own files (`.snakemake`)

    Returns
    -------
    dict
        `classes` and `customers`, each None where only all rows can tell

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
    known: dict[str, Any] = json.loads(memory.read_text()) if memory.is_file() else {}
    if known.get("mark") == mark:
        return known
    found = {"mark": mark, **_look(values, files, tables)}
    folder.mkdir(exist_ok=True)
    partial = memory.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(found))
    partial.replace(memory)
    return found


def check_trained(
    values: Mapping[str, Any], found: Mapping[str, Any], coefficients: str | None
) -> None:
    """Refuse what was found where there is no training on it; who only wants the tensors may have it.

    Parameters
    ----------
    values : the config as JSON holds it
    found : what `look` returned
    coefficients : path of the table of the formula; None where the traits are measured

    Raises
    ------
    DataError
        There are too few customers, or the coefficients are of other classes.
    """
    from spendscape.traits.formula import check_coefficients
    from spendscape.traits.targets import check_enough

    if found["customers"] is not None:
        least = values["traits"]["minimum_customers"]
        check_enough(found["customers"], least, "rows that are accepted")
    if coefficients and found["classes"]:
        check_coefficients(coefficients, found["classes"])


def _look(
    values: Mapping[str, Any], files: Mapping[str, str], tables: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """The look itself, and what it found; its modules take a while to import."""
    from spendscape.config.pages import NEVER_SUGGEST, UNMOVABLE
    from spendscape.ingest.beginnings import look as look_at_files
    from spendscape.ingest.classes import known_classes
    from spendscape.ingest.databases import driver_of
    from spendscape.ingest.lakes import check_reader
    from spendscape.ingest.settings import class_rules, reading
    from spendscape.segments.decisions import may_move
    from spendscape.traits.formula import check_coefficients
    from spendscape.traits.measured import read_measured

    source, own = values["source"], values["ingest"]
    given = None if source == "simulated" else namespace(own)
    first = {name: next(iter(paths), None) for name, paths in tables.items()}
    rules = class_rules(given, first["taxonomy"], tables["class_tables"])
    explain = values["explain"]

    def look_at_classes(classes: list[str] | None) -> None:
        if first["measured"]:
            read_measured(first["measured"])
        elif first["coefficients"]:
            check_coefficients(first["coefficients"], classes)
        if classes and not values["score"]["run"]:
            chosen = explain["unmovable"], explain["never_suggest"]
            may_move(classes, *chosen, UNMOVABLE + NEVER_SUGGEST)

    known = known_classes(rules)
    look_at_classes(known)
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
            return {"classes": found.classes, "customers": found.customers}
    return {"classes": known, "customers": None}
