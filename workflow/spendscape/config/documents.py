"""What is generated from the config's models and from the lock: YAML, schema, reference, conda environment.

The models of this room alone say what a key means, and the lock alone says what is installed. These
functions write both out for readers and tools; `workflow/scripts/generate.py` puts the texts where
they belong, and a test fails when one is stale.
"""

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

Row = tuple[str, Any, str]


def commented_yaml(defaults: BaseModel, head: str) -> str:
    """The whole config as YAML, every key under a comment with its meaning.

    Parameters
    ----------
    defaults : the config to write, sections nested
    head : lines for the top of the file, each becomes a comment
    """
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    return "\n".join([*lines, *_yaml_lines(defaults, 0)]) + "\n"


def json_schema(config: type[BaseModel]) -> str:
    """The config's JSON schema, for editors that complete and check YAML."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def reference_page(defaults: BaseModel, introduction: str) -> str:
    """A Markdown page of every key, a table a section: dotted name, default, meaning.

    Parameters
    ----------
    defaults : the config with its defaults; keys outside the sections come first
    introduction : Markdown that stands above the first table
    """
    fields = type(defaults).model_fields
    sections = {
        name: value for name in fields if isinstance(value := getattr(defaults, name), BaseModel)
    }
    whole = [row for row in _rows(defaults, "") if row[0] in fields]
    parts = [introduction, _table(whole)]
    for name, section in sections.items():
        meaning = inspect.getdoc(section) or _meaning(fields[name])
        parts.append(f"## {name}\n\n{meaning}\n\n{_table(_rows(section, f'{name}.'))}")
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def conda_environment(lock: str, roots: Iterable[str], python: str, head: str) -> str:
    """A conda environment with the lock's pins of everything that the roots need, by pip.

    Parameters
    ----------
    lock : text of a lock by ``uv pip compile``, with its ``# via`` comments
    roots : requirements such as ``numpy>=2`` or ``snakemake[reports]``; only their names count
    python : version of Python
    head : lines for the top of the file, each becomes a comment

    Raises
    ------
    ValueError
        When a root is not in the lock.
    """
    pins, needed_by = _parse_lock(lock)
    wanted = {_distribution(root) for root in roots}
    if missing := sorted(wanted - pins.keys()):
        raise ValueError(f"not in the lock: {', '.join(missing)}; run `make lock`")
    while more := {name for name in pins if needed_by[name] & wanted} - wanted:
        wanted |= more
    chosen = [pin for name in sorted(wanted) for pin in pins[name]]
    content = {
        "channels": ["conda-forge", "nodefaults"],
        "dependencies": [f"python={python}", "pip", {"pip": chosen}],
    }
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head.splitlines())
    return comment + yaml.safe_dump(content, sort_keys=False, width=1000)


def _yaml_lines(section: BaseModel, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        nested = isinstance(value, BaseModel)
        if depth == 0:
            yield ""
        # A section's docstring says more than its name; within a section the field says which one.
        whole = inspect.getdoc(value) if nested and depth == 0 else None
        yield f"{indent}# {(whole or _meaning(field)).splitlines()[0]}"
        if nested:
            yield f"{indent}{name}:"
            yield from _yaml_lines(value, depth + 1)
        else:
            yield f"{indent}{name}: {_scalar(value)}"


def _table(rows: Iterable[Row]) -> str:
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key, value, meaning in rows:
        cells = (f"`{key}`", f"`{_scalar(value)}`", re.sub(r"([*<])", r"\\\1", meaning))
        lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return "\n".join(lines)


def _rows(section: BaseModel, prefix: str) -> Iterator[Row]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _rows(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value, _meaning(field)


def _meaning(field: FieldInfo) -> str:
    """A field's description, with the choices that it does not name itself."""
    text = field.description or ""
    literal = get_origin(field.annotation) is Literal
    choices = [str(choice) for choice in get_args(field.annotation)] if literal else []
    if all(re.search(rf"\b{choice}\b", text) for choice in choices):
        return text
    return f"{text}; {' or '.join(choices)}"


def _scalar(value: Any) -> str:
    """One value on one line of YAML; PyYAML's own form, so that 1e-12 comes back as a number."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")


def _parse_lock(lock: str) -> tuple[Mapping[str, list[str]], Mapping[str, set[str]]]:
    """The pins of each package, with their markers, and the names of those that need it."""
    pins: dict[str, list[str]] = {}
    needed_by: dict[str, set[str]] = {}
    name = ""
    for line in lock.splitlines():
        if line[:1].isalnum():
            pin = line.rstrip(" \\")
            name = _distribution(pin)
            pins.setdefault(name, []).append(pin)
            needed_by.setdefault(name, set())
        elif found := re.fullmatch(r"    #(?: via)?\s+([\w.\[\],-]+)", line):
            needed_by[name].add(_distribution(found[1]))
    return pins, needed_by


def _distribution(requirement: str) -> str:
    """The normalised name at the start of a requirement."""
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    if not found:
        raise ValueError(f"{requirement!r} is no requirement")
    return re.sub(r"[-_.]+", "-", found[0]).lower()
