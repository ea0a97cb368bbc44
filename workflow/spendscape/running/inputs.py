"""Which files of the user a run reads, found before any job."""

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from spendscape.core.errors import DataError


def matching(folder: str, patterns: Iterable[str], allow_copies: bool = False) -> list[str]:
    """The files in a folder whose names fit the patterns: in the patterns' order, sorted within each.

    A file that fits several patterns is there once.

    Parameters
    ----------
    allow_copies : whether one file may be there under several names, by links

    Raises
    ------
    DataError
        There is no such folder; no file fits a pattern; a name is that of a folder or of a link to nothing; or two names are one file, and links are not allowed.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        matches = sorted(glob.glob(os.path.join(glob.escape(folder), pattern), recursive=True))
        if not matches and not os.path.isdir(folder):
            raise DataError(f"ingest.folder: {folder!r} was given; there is no such folder")
        if not matches:
            raise DataError(
                f"ingest.files: {pattern!r} was given; no file in ingest.folder {folder!r} has such a name"
            )
        files = [path for path in matches if not _is_other_folder(path, folder)]
        if not files:
            raise DataError(
                f"ingest.files: {pattern!r} was given; only folders in {folder!r} have such a name"
            )
        for path in files:
            found[os.path.normpath(path)] = None
    if not allow_copies:
        _refuse_links(folder, found)
    return list(found)


def _is_other_folder(path: str, folder: str) -> bool:
    """Whether a name is that of a folder that does not look like a file.

    Raises
    ------
    DataError
        The name looks like a file's and is that of a folder, or of a link to nothing.
    """
    name = os.path.relpath(path, folder)
    if not os.path.exists(path):
        raise DataError(f"ingest.files: {name} is a link to a file that is not there")
    if os.path.isdir(path) and os.path.splitext(path.rstrip(os.sep))[1]:
        raise DataError(
            f"ingest.files: {name} is a folder; expected a file, or {name}/* for those in the folder"
        )
    return os.path.isdir(path)


def _refuse_links(folder: str, paths: Iterable[str]) -> None:
    """Refuse two names of one file."""
    places: dict[tuple[int, int], str] = {}
    for path in paths:
        own = os.stat(path)
        other = places.setdefault((own.st_dev, own.st_ino), path)
        if other != path:
            names = [os.path.relpath(name, folder) for name in (other, path)]
            raise DataError(
                f"ingest.files: {names[0]} and {names[1]} are one file, and would be counted twice; "
                "name one of them, or set ingest.allow_copies"
            )


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
