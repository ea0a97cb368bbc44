"""Files that are there twice, by a link or as a copy, so that their rows count twice."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spendscape.core.errors import DataError
from spendscape.ingest.columns import Reading, in_name, roles

# Bytes that show of most files that they are no copies.
FIRST = 2**16


def places_of(files: Mapping[str, str], reading: Reading) -> dict[str, str]:
    """Where each file is: names with one place are one file, by a link or as a copy with the same bytes.

    Copies whose names hold different values of a column, such as a customer's id, are files of their own.

    Parameters
    ----------
    files : names and paths
    """
    found = {name: os.stat(path) for name, path in files.items()}
    places = {name: f"{own.st_dev}:{own.st_ino}" for name, own in found.items()}
    sizes = {name: own.st_size for name, own in found.items()}
    # Only what the step before did not tell apart is opened, and only what begins alike is read.
    steps: list[Callable[[str], Any]] = [
        lambda name: (sizes[name], _in_name(name, reading)),
        lambda name: _digest(files[name], FIRST),
        lambda name: _digest(files[name], sizes[name]),
    ]
    # One name of each place.
    groups = [
        [name for name in {own: name for name, own in places.items()}.values() if sizes[name]]
    ]
    for step in steps:
        groups = [part for group in groups for part in _alike(group, step)]
    copied = {places[name]: places[group[0]] for group in groups for name in group}
    return {name: copied.get(place, place) for name, place in places.items()}


def files_that_are_one(places: Mapping[str, str]) -> list[list[str]]:
    """The names of each file that is there several times."""
    names: dict[str, list[str]] = {}
    for name, place in places.items():
        names.setdefault(place, []).append(name)
    return sorted(sorted(group) for group in names.values() if len(group) > 1)


def refuse_copies(found: Sequence[Sequence[str]]) -> None:
    """Refuse files that are there several times.

    Raises
    ------
    DataError
        There is one.
    """
    for first, second, *_ in found:
        raise DataError(
            f"ingest.files: {first} and {second} hold the same bytes, and would be counted twice; "
            "name one of them, or set ingest.allow_copies"
        )


def _alike(names: Iterable[str], value: Callable[[str], Any]) -> list[list[str]]:
    """The names in groups of two or more that have one value."""
    groups: dict[Any, list[str]] = {}
    for name in names:
        groups.setdefault(value(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _in_name(name: str, reading: Reading) -> tuple[tuple[str, str], ...]:
    """The columns that a file's name holds, as far as they are read."""
    try:
        known = in_name(name, reading.from_name)
    except DataError:
        # The pattern may be for the names of sheets.
        known = {}
    return tuple((own, known[own]) for own in roles(reading).values() if own in known)


def _digest(path: str, most: int) -> bytes:
    """A digest of the first bytes of a file."""
    made = hashlib.blake2b()
    with Path(path).open("rb") as file:
        while most > 0 and (block := file.read(min(most, 2**24))):
            made.update(block)
            most -= len(block)
    return made.digest()
