"""What the rules hold beside files: settings as text, names of networks, memory and run time."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Requests = Mapping[str, Mapping[str, int]]


def settings_text(values: Mapping[str, Any], keys: Iterable[str]) -> str:
    """The named keys of the config as one JSON text, so that a rule reruns when one of them changes.

    Parameters
    ----------
    values : the config, sections within sections
    keys : dotted names of keys or of whole sections
    """
    chosen: dict[str, Any] = {}
    for key in keys:
        *path, last = key.split(".")
        value, place = values, chosen
        for name in path:
            value, place = value[name], place.setdefault(name, {})
        place[last] = value[last]
    return json.dumps(chosen, sort_keys=True)


def sizes(supervision: str, units: Iterable[int], seed: int, seeds: int) -> list[str]:
    """The networks that show how many units are enough, as their files are named."""
    return [f"{supervision}_{count}_{seed + k}" for count in units for k in range(seeds)]


def retrained(supervision: str, units: int, seed: int, seeds: int) -> list[str]:
    """The networks that show, beside the run's own, what survives retraining, as their files are named.

    First those of the next seeds, `seeds` with the run's own, then one that is supervised the other way.
    """
    other = {"every_step": "final_step", "final_step": "every_step"}[supervision]
    own = [f"{supervision}_{units}_{seed + k}" for k in range(1, seeds)]
    return [*own, f"{other}_{units}_{seed}"]


def resources(requests: Requests) -> dict[str, dict[str, Any]]:
    """What each rule asks for, as Snakemake takes it: more memory with every attempt.

    Parameters
    ----------
    requests : `mem_mb`, megabytes, and `runtime`, minutes, by rule
    """
    return {
        rule: {**values, "mem_mb": _times_attempt(values["mem_mb"])}
        for rule, values in requests.items()
    }


def _times_attempt(megabytes: int) -> Callable[[Any, int], int]:
    # Snakemake hands the attempt to an argument of this name.
    return lambda wildcards, attempt: megabytes * attempt
