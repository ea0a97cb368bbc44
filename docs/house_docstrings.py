"""For mkdocstrings: this house writes `name : what it means`, where numpydoc expects a type."""

import re
from typing import Any

import griffe

NAMED = r"^(\w[\w, …]*) : "
SECTION = re.compile(r"^([A-Z][a-z]+)\n-{3,}\n", re.MULTILINE)


def rewritten(text: str) -> str:
    """A docstring whose meanings stand where numpydoc has descriptions.

    What is returned is told in words, so it becomes a paragraph before the sections, which have no end.
    """
    parts = SECTION.split(text)
    words, sections = parts[0], ""
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in ("Returns", "Yields"):
            told = re.sub(NAMED, r"- `\1`: ", body.rstrip(), flags=re.MULTILINE)
            words += f"\n**{name}:**\n\n{told}\n\n"
        else:
            meanings = re.sub(NAMED, r"\1\n    ", body, flags=re.MULTILINE)
            sections += f"{name}\n{'-' * len(name)}\n{meanings}"
    return words + sections


class HouseDocstrings(griffe.Extension):
    """Rewrites each docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = rewritten(obj.docstring.value)
