"""Snakemake's reasons for running a job, in words: which config key, whose code, which file.

Snakemake compares a rule's parameters as whole texts. Those of this workflow are JSON (see
`rules/common.smk`), so two of them can be laid beside each other key by key.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from spendscape.running.code_digests import SCRIPT

PARAMS = "Params have changed since last execution: "
BEFORE, NOW, NOTHING = "before: ", " now: ", "<nothing exclusive>"
DIGEST = re.compile("[0-9a-f]{12}")
DOWNSTREAM = "Input files updated by another job: "


def words(reason: str) -> list[str]:
    """A job's reason as short statements.

    Parameters
    ----------
    reason : what `snakemake --dry-run` gives as a job's reason, parts joined by "; "

    Returns
    -------
    list
        Such as ``"config: surrogate.nonzero was 0.1, is 0.2"``. A part that is not known here
        is passed on as it is.
    """
    if PARAMS not in reason:
        return [_file_words(part) for part in reason.split("; ")]
    head, _, rest = reason.partition(PARAMS)
    before, now = _params(rest)
    statements = [_file_words(part) for part in head.split("; ") if part]
    changes = list(_changes(before, now))
    return statements + (changes or ["a parameter changed"])


def follows(reason: str) -> bool:
    """Whether a job runs only because another one does before it."""
    return reason.startswith(DOWNSTREAM)


def _file_words(part: str) -> str:
    for start, text in {
        "Missing output files: ": "not there: ",
        "Incomplete output files: ": "left incomplete by a run that was ended: ",
        "Updated input files: ": "its content changed: ",
        DOWNSTREAM: "made anew before it: ",
    }.items():
        if part.startswith(start):
            return text + part.removeprefix(start)
    return {
        "Set of input files has changed since last execution": "it reads other files than before",
        "Forced execution": "you asked for it",
    }.get(part, part)


def _params(text: str) -> tuple[list[str], list[str]]:
    """The parameters before and now, out of Python's notation for texts, which commas join."""
    text = text[text.index(BEFORE) + len(BEFORE) :]
    start = text.find(NOW)
    while start >= 0:
        try:
            return _texts(text[:start]), _texts(text[start + len(NOW) :])
        except (SyntaxError, ValueError):
            # The words stood inside a parameter, so they are not the border.
            start = text.find(NOW, start + 1)
    return [], []


def _texts(text: str) -> list[str]:
    """The parameters, each written twice as Python would: the text of a text."""
    text = text.strip().removesuffix(";")
    values = [] if text == NOTHING else ast.literal_eval(f"[{text}]")
    return [str(value) for value in values]


def _changes(before: list[str], now: list[str]) -> Iterator[str]:
    old, new = _tables(before), _tables(now)
    for kind in sorted(old.keys() | new.keys()):
        first, second = old.get(kind, {}), new.get(kind, {})
        for key in sorted(first.keys() | second.keys()):
            was, now_is = first.get(key), second.get(key)
            if was == now_is:
                continue
            if kind == "config":
                yield f"config: {key} was {_shown(was)}, is {_shown(now_is)}"
            elif key == SCRIPT:
                yield "code: the rule's own script changed"
            elif DIGEST.fullmatch(str(was or now_is)):
                yield f"code: what it uses of {key} changed"
            else:
                yield f"package: {key} was {was or 'not used'}, is {now_is or 'not used'}"
    if not all(map(_is_table, [*before, *now])):
        yield "another parameter changed, such as the page's template"


def _tables(texts: list[str]) -> dict[str, dict[str, Any]]:
    """The JSON parameters: the code's digests, which name the script, and settings of the config."""
    tables: dict[str, dict[str, Any]] = {}
    for text in filter(_is_table, texts):
        values = json.loads(text)
        if SCRIPT in values:
            tables["code"] = values
        else:
            tables["config"] = dict(_leaves(values, ""))
    return tables


def _is_table(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _leaves(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
