"""What made a paper: the settings, the versions, the lock, the revision."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import PurePath
from typing import Any

from spendscape.pages.report.tables import Table

# Those that compute what the page shows; the lock pins all others, too.
PACKAGES = (
    "snakemake",
    "duckdb",
    "pyarrow",
    "pandas",
    "numpy",
    "scipy",
    "scikit-learn",
    "tensorflow",
    "keras",
)
SHOWN = 12


def provenance(
    settings: Mapping[str, Any],
    trained: Mapping[str, str],
    version: str,
    lock: bytes | None,
    revision: str | None,
) -> dict[str, Any]:
    """The tables of the last section.

    Parameters
    ----------
    settings : the parts of the config that decide results
    trained : versions of packages at the time of the training, from model/metrics.json
    version : of spendscape
    lock : the text of envs/requirements.lock, if it is beside the code
    revision : of the code, from Git; None where it is no checkout
    """
    own = json.dumps(settings, sort_keys=True)
    rows = [
        ("spendscape", version),
        ("revision of the code (git)", revision or "not known: the code is not in a Git checkout"),
        ("envs/requirements.lock (SHA-256)", _digest(lock) if lock else "not beside the code"),
        ("settings below (SHA-256)", _digest(own.encode())),
        ("seed of everything random", str(settings["seed"])),
        ("seeds of the retrained networks", _seeds(settings)),
        *((f"{name}, at the training", version) for name, version in trained.items()),
        *((name, found) for name in PACKAGES if (found := _version(name)) and name not in trained),
    ]  # fmt: skip
    return {
        "made_with": Table(("what", "this run"), rows),
        "settings": list(_settings(settings)),
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _seeds(settings: Mapping[str, Any]) -> str:
    first, count = settings["seed"], settings["ensemble"]["seeds"]
    return f"{first} to {first + count - 1}" if count > 1 else str(first)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _settings(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Every key with its value; of a path only the last name, because folders name people and machines."""
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and value:
            yield from _settings(value, f"{name}.")
        else:
            yield name, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return PurePath(value.replace("\\", "/")).name if "/" in value or "\\" in value else value
    if isinstance(value, list) and len(value) > SHOWN:
        return f"a list of {len(value):,}"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return json.dumps(value, ensure_ascii=False)
