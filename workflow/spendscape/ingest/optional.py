"""Packages that only some sources need: an error says how to install them."""

import importlib
import importlib.util
from typing import Any

from spendscape.core.errors import DataError


def optional(module: str, key: str, given: str, target: str) -> Any:
    """A module of a package that is not in envs/requirements.lock.

    Parameters
    ----------
    key, given : the config's key that asks for it, and its value
    target : what `make` is asked for to install it

    Raises
    ------
    DataError
        It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise _missing(module, key, given, target) from None


def check_installed(module: str, key: str, given: str, target: str) -> None:
    """As `optional`, but nothing is imported, which may take a second.

    Raises
    ------
    DataError
        It is not installed.
    """
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        raise _missing(module, key, given, target)


def _missing(module: str, key: str, given: str, target: str) -> DataError:
    return DataError(
        f"{key}: {given!r} was given, which needs the package {module.partition('.')[0]}; "
        f"`make {target}` adds it, from envs/{target}.lock"
    )
