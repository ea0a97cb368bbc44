"""Checks of a config, and what their messages say."""

import textwrap
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from spendscape.config.config import Config
from spendscape.core.counts import counted
from spendscape.core.errors import DataError, nearest


def validate(config: Mapping[str, Any]) -> Config:
    """The validated config.

    Raises
    ------
    DataError
        One line a mistake: the key, what was given, what was expected, and for an unknown key the
        nearest right name.
    """
    try:
        return Config.model_validate(dict(config))
    except ValidationError as error:
        raise DataError("\n".join(_explain(error))) from None


def check_scoring(config: Config, run: Mapping[str, Any]) -> None:
    """Refuse these data for a finished run's model unless steps, their length and the traits' mean are the same.

    Parameters
    ----------
    run : the resolved config of the finished run, its config.yaml

    Raises
    ------
    DataError
        The first key that differs, with both values.
    """
    trained, own = validate(run).model_dump(), config.model_dump()
    for path in (
        "tensors.long.steps",
        "tensors.long.months_per_step",
        "tensors.posting_months",
        "tensors.coverage",
        "traits.mean",
    ):
        theirs: Any = trained
        ours: Any = own
        for name in path.split("."):
            theirs, ours = theirs[name], ours[name]
        if theirs != ours:
            raise DataError(
                f"{path}: {ours} was given; the model in score.run {config.score.run!r} was trained with {theirs}"
            )


def recent_apart(config: Config, run: Mapping[str, Any]) -> str:
    """Why the recent windows of these data and of a finished run are not compared; '' where they are as long as one another.

    Parameters
    ----------
    run : the resolved config of the finished run
    """
    lengths = [
        None if own is None else (own.steps, own.months_per_step)
        for own in (validate(run).tensors.recent, config.tensors.recent)
    ]
    theirs, ours = (
        "no recent window"
        if own is None
        else f"one of {own[0]} steps of {counted(own[1], 'month')}"
        for own in lengths
    )
    if lengths[0] == lengths[1]:
        return "neither has a recent window" if lengths[0] is None else ""
    return f"the finished run has {theirs}, the new period {ours}"


# What was expected, by pydantic's type of error; its `ctx` fills the braces. All patterns are months.
EXPECTED = {
    "literal_error": "{expected}",
    "string_pattern_mismatch": "a month such as 2024-12",
    "string_type": "text, in quotes",
    "string_too_short": "{min_length} or more characters",
    "string_too_long": "at most {max_length} character(s)",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list such as [a, b]",
    "dict_type": "a table of key: value",
    "invalid_key": "text as the key",
    "too_short": "{min_length} or more entries",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
}


def _explain(error: ValidationError) -> list[str]:
    """One line for each key; where a key takes one kind or another, what they expect is joined by "or"."""
    lines: dict[str, str] = {}
    expected: dict[str, list[str]] = {}
    for item in error.errors(include_url=False):
        where = [str(part) for part in item["loc"] if not _union_member(part)]
        key, kind = ".".join(where) or "config", item["type"]
        if kind == "extra_forbidden":
            lines[key] = f"{key}: unknown key; {_hint(where)}"
        elif kind == "value_error":
            lines[key] = f"{key}: {item['msg'].removeprefix('Value error, ')}"
        else:
            if kind in ("model_type", "model_attributes_type"):
                wanted = f"a section with the keys {', '.join(_keys(where))}"
            else:
                wanted = EXPECTED.get(kind, item["msg"]).format(**item.get("ctx", {}))
            expected.setdefault(key, []).append(wanted)
            given = "null" if item["input"] is None else textwrap.shorten(repr(item["input"]), 80)
            lines[key] = f"{key}: {given} was given; expected {' or '.join(expected[key])}"
    return list(lines.values())


def _union_member(part: int | str) -> bool:
    """Whether a part of an error's place names the kind of value that was tried, and not a key."""
    return str(part).startswith(("literal[", "constrained-str", "function-before", "[key]"))


def _hint(where: list[str]) -> str:
    """The known key that is most like an unknown one, or all known keys where none is."""
    names = _keys(where[:-1])
    near = nearest(where[-1], names, "did you mean {}?")
    return near or f"known keys: {', '.join(names)}"


def _keys(path: list[str]) -> list[str]:
    """The keys that the section at `path` knows."""
    section: type[BaseModel] = Config
    for name in path:
        section = _section_of(section.model_fields[name].annotation)
    return list(section.model_fields)


def _section_of(annotation: Any) -> type[BaseModel]:
    """The model in an annotation such as `Window` or `Window | None`."""
    options = getattr(annotation, "__args__", (annotation,))
    return next(kind for kind in options if isinstance(kind, type) and issubclass(kind, BaseModel))
