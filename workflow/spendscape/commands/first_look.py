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

MEMORY = "spendscape_looked_at.json"
# The sections of the config that decide what is looked at.
SECTIONS = ("source", "ingest", "traits", "explain", "score")


def look(
    values: Mapping[str, Any],
    files: Mapping[str, str],
    tables: Mapping[str, Sequence[str]],
    folder: Path,
) -> None:
    """Look at the tables and the raw files, unless the same were found good before.

    Parameters
    ----------
    values : the config as JSON holds it
    files : each raw file's name in the ledger, and its path; none where they cannot be looked at
    tables : paths of the tables: taxonomy, class_tables, rates, coefficients and measured, of each those that the
        config names
    folder : where Snakemake keeps its own files (`.snakemake`)

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
    if memory.is_file() and memory.read_text() == mark:
        return
    _look(values, files, tables)
    folder.mkdir(exist_ok=True)
    partial = memory.with_suffix(f".{os.getpid()}")
    partial.write_text(mark)
    partial.replace(memory)


def _look(
    values: Mapping[str, Any], files: Mapping[str, str], tables: Mapping[str, Sequence[str]]
) -> None:
    """The look itself; its modules take a while to import."""
    from spendscape.config.pages import NEVER_SUGGEST, UNMOVABLE
    from spendscape.ingest.beginnings import look as look_at_files
    from spendscape.ingest.classes import known_classes
    from spendscape.ingest.settings import class_rules, reading
    from spendscape.segments.decisions import may_move
    from spendscape.traits.formula import check_coefficients
    from spendscape.traits.measured import read_measured

    given = None if values["source"] == "simulated" else namespace(values["ingest"])
    first = {name: next(iter(paths), None) for name, paths in tables.items()}
    classes = known_classes(class_rules(given, first["taxonomy"], tables["class_tables"]))
    if first["measured"]:
        read_measured(first["measured"])
    elif first["coefficients"]:
        check_coefficients(first["coefficients"], classes)
    if classes and not values["score"]["run"]:
        explain = values["explain"]
        may_move(classes, explain["unmovable"], explain["never_suggest"], UNMOVABLE + NEVER_SUGGEST)
    if files:
        with tempfile.TemporaryDirectory() as work:
            allowed = values["ingest"]["max_quarantined_share"]
            look_at_files(files, reading(given, first["rates"]), work, allowed)
