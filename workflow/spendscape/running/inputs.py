"""Which files of the user a run reads, found before any job."""

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from spendscape.core.errors import DataError


def matching(folder: str, patterns: Iterable[str]) -> list[str]:
    """The files in a folder whose names fit the patterns: in the patterns' order, sorted within each.

    Raises
    ------
    DataError
        When no file fits a pattern.
    """
    found = []
    for pattern in patterns:
        matches = sorted(glob.glob(os.path.join(glob.escape(folder), pattern), recursive=True))
        if not matches:
            raise DataError(
                f"ingest.files: {pattern!r} was given; no file in ingest.folder {folder!r} has such a name"
            )
        found += matches
    return found


def named(key: str, name: str, folders: Sequence[Path]) -> Path:
    """The file of a name, out of the first folder that has it.

    Raises
    ------
    DataError
        When none has it; the message names the config's key.
    """
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise DataError(f"{key}: {name!r} was given; there is no such file")
