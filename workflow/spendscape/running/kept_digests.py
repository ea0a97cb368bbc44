"""Digests of scripts, kept from plan to plan, because working them out takes a third of one."""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from spendscape.running.code_digests import digests


class KeptDigests:
    """What `digests` gives for scripts, also when an earlier process has asked for it.

    Parameters
    ----------
    path : of the file in which they are kept; one that cannot be read counts as none
    modules, lock : as `digests` takes them; when either changes nothing that was kept counts
    """

    def __init__(self, path: Path, modules: Mapping[str, str], lock: str) -> None:
        self._path, self._modules, self._lock = path, modules, lock
        self._of = _hash(json.dumps([sys.version, sorted(modules.items()), lock]))
        self._kept: dict[str, dict[str, str]] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(path.read_text())
            self._kept = dict(kept["digests"]) if kept["of"] == self._of else {}
        self._known = len(self._kept)

    def of(self, script: str) -> dict[str, str]:
        """The digests of a script, by its source text."""
        name = _hash(script)
        if name not in self._kept:
            self._kept[name] = digests(script, self._modules, self._lock)
        return self._kept[name]

    def keep(self) -> None:
        """Write what is new, where that can be done."""
        if len(self._kept) == self._known:
            return
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            partial.write_text(json.dumps({"of": self._of, "digests": self._kept}))
            partial.replace(self._path)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
