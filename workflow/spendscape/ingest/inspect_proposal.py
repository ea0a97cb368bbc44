"""A proposed config: keys, the reasons for their values, and doubts."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Proposal:
    """A section `ingest` of the config, and what speaks for it.

    Attributes
    ----------
    section : the keys and their values
    reasons : why each key has its value, by its dotted name such as columns.date
    doubts : what the user should look at
    hidden : why values of the category are not shown, '' where they may be
    """

    section: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    hidden: str = ""

    def set(self, key: str, value: Any, reason: str) -> None:
        """Propose a value for a key such as columns.date."""
        place = self.section
        *path, last = key.split(".")
        for name in path:
            place = place.setdefault(name, {})
        place[last] = value
        self.reasons[key] = reason
