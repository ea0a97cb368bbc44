"""What each config key and each module reruns, read off the workflow by Snakemake itself.

A rule reruns when its parameters, the set of its inputs or its outputs' names change, so two plans
of the workflow, one for each config, are laid beside each other. `reruns.yaml` keeps the answer;
`make generated` writes it anew, for you to read the difference.
"""

import argparse
import ast
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from plans import FILES, planned, prepare
from pydantic import BaseModel

from spendscape.config.config import READ_BY, Config

# For privacy.pseudonymise, which is refused without a key.
os.environ["SPENDSCAPE_KEY"] = "a key that is no secret"

TABLE = Path(__file__).with_name("reruns.yaml")


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both configs, the second one's values first."""
    return first | {
        key: merged(first[key], value)
        if isinstance(value, dict) and isinstance(first.get(key), dict)
        else value
        for key, value in second.items()
    }


DIRECTION = {"ingest": {"columns": {"direction": "a"}, "credit_values": ["b"]}}
CURRENCY = {"ingest": {"columns": {"currency": "a"}, "currency": "EUR"}}
# A config for each source, to which a key of section ingest is added that this source reads.
SOURCES: dict[str, dict[str, Any]] = {
    "files": FILES,
    "database": {
        "source": "database",
        "ingest": {"query": "SELECT 1", "connection": {"uri": "bank.db"}},
    },
    "delta": {"source": "delta", "ingest": {"table": "bank", "version": 1}},
}
# Other values of the keys where no rule gives one, as sections where keys must agree.
OTHER: dict[str, dict[str, Any]] = {
    "results": {"results": "elsewhere"},
    "audit.table": {"audit": {"table": "other.csv"}},
    "source": FILES,
    "simulate.taxonomy": {"simulate": {"taxonomy": "other.csv"}},
    "simulate.merchant_category_codes": {"simulate": {"merchant_category_codes": "other.csv"}},
    "simulate.protected": {"simulate": {"protected": 0.3}},
    "ingest.folder": {"ingest": {"folder": "folder"}},
    "ingest.files": {"ingest": {"files": ["other.csv"]}},
    "ingest.taxonomy": {"ingest": {"taxonomy": "other.csv"}},
    "ingest.class_map": {"ingest": {"class_map": {"a": "b"}}},
    "ingest.class_tables": {"ingest": {"class_tables": ["other.csv"]}},
    "ingest.format": {"ingest": {"format": "text"}},
    "ingest.table": {"ingest": {"table": "x", "query": None}},
    "ingest.version": {"ingest": {"version": 2}},
    "ingest.connection.options": {"ingest": {"connection": {"options": {"a": "b"}}}},
    "ingest.from_name": {"ingest": {"from_name": "(?P<class>.)"}},
    "ingest.columns.direction": DIRECTION,
    "ingest.credit_values": DIRECTION,
    "ingest.debit_values": merged(DIRECTION, {"ingest": {"debit_values": ["c"]}}),
    "ingest.columns.currency": CURRENCY,
    "ingest.currency": CURRENCY,
    "ingest.rates": merged(CURRENCY, {"ingest": {"rates": "other.csv"}}),
    "ingest.keep": {"ingest": {"keep": {"a": ["b"]}}},
    "ingest.drop": {"ingest": {"drop": {"a": ["b"]}}},
    "ingest.keep_sums": {"ingest": {"keep_sums": True}},
    "ingest.history": {"ingest": {"history": "finished"}},
    "ingest.decimal": {"ingest": {"decimal": ",", "amount_ignores": ""}},
    "ingest.financial_year_ends": {"ingest": {"financial_year_ends": 3}},
    "ingest.time_zone": {"ingest": {"time_zone": "Europe/Berlin"}},
    # To true nothing changes of simulated customers.
    "privacy.show_customers": {"privacy": {"show_customers": False}},
    "privacy.key_variable": {"privacy": {"key_variable": "PATH"}},
    "ingest.first_month": {"ingest": {"first_month": "1990-01"}},
    "ingest.last_month": {"ingest": {"last_month": "2050-01"}},
    "tensors.long.steps": {"tensors": {"long": {"steps": 5}, "recent": {"steps": 5}}},
    "tensors.long.end": {"tensors": {"long": {"end": "2024-12"}}},
    "tensors.recent.steps": {"tensors": {"long": {"steps": 5}, "recent": {"steps": 5}}},
    "tensors.recent.end": {"tensors": {"recent": {"end": "2024-12"}}},
    "tensors.coverage": {"tensors": {"coverage": 0.75}},
    "tensors.posting_months": {"tensors": {"posting_months": 2}},
    "traits.coefficients": {"traits": {"coefficients": "other.csv"}},
    "traits.measured": {"traits": {"measured": "measured.csv"}},
    **{
        f"traits.shares.{name}": {
            "traits": {"shares": {"train": 0.6, "validation": 0.2, "test": 0.2}}
        }
        for name in ("train", "validation", "test")
    },
}
# It takes a finished run, and other rules (see test_scoring.py); there is one cell, and a config that names another is
# refused (see test_bad_input.py).
APART = ["score.run", "model.cell"]


@dataclass(frozen=True)
class Job:
    """What decides whether a job reruns, and what it gives to others."""

    rule: str
    params: frozenset[str]
    inputs: frozenset[str]
    outputs: frozenset[str]


def config_keys(
    section: BaseModel | None = None, prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Every key of the config with its default and its annotation."""
    section = section or Config()
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from config_keys(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value, field.annotation


def other(key: str, value: Any, annotation: Any) -> dict[str, Any]:
    """A config in which this key has another value than its default."""
    if key in OTHER:
        return OTHER[key]
    if get_origin(annotation) is Literal:
        changed: Any = next(choice for choice in get_args(annotation) if choice != value)
    elif isinstance(value, bool):
        changed = not value
    elif isinstance(value, int):
        changed = value + 1
    elif isinstance(value, float):
        changed = value * 0.9
    elif isinstance(value, list):
        changed = [*value, "x" if isinstance(value[0], str) else value[0] + 8] if value else ["x"]
    elif value is None or isinstance(value, str):
        changed = "x"
    else:
        raise KeyError(f"{key}: give it another value in OTHER")
    config: dict[str, Any] = {}
    *sections, last = key.split(".")
    place = config
    for name in sections:
        place = place.setdefault(name, {})
    place[last] = changed
    return config


def plan(folder: Path, config: dict[str, Any]) -> list[Job]:
    """Every job of the workflow, a card among them, as Snakemake sees them under a config."""
    results = config.get("results", "results")
    workflow = planned(folder, config, "all", f"{results}/explain/C1.html")
    return [
        Job(
            job.rule.name,
            frozenset(workflow.persistence._params(job)),
            frozenset(map(str, job.input)),
            frozenset(map(str, job.output)),
        )
        for job in workflow.dag.jobs
        if job.output
    ]


def differing(before: list[Job], after: list[Job]) -> set[str]:
    """The rules of the jobs that the second plan has and the first had not, or not so."""
    return {job.rule for job in set(after) - set(before)}


def following(jobs: list[Job], rules: set[str]) -> set[str]:
    """The rules, and those of the jobs that wait for their outputs."""
    found = {job for job in jobs if job.rule in rules}
    while True:
        made = {name for job in found for name in job.outputs}
        more = {job for job in jobs if job.inputs & made} - found
        if not more:
            return {job.rule for job in found}
        found |= more


def key_table(folder: Path) -> dict[str, list[str]]:
    """For every key the rules that rerun because they, themselves, depend on it."""
    bases = SOURCES | {"simulated": {}}
    before = {name: plan(folder, base) for name, base in bases.items()}
    table = {}
    for key, value, annotation in config_keys():
        if key in APART:
            continue
        section, _, name = key.partition(".")
        base = section if section in bases else "simulated"
        if section == "ingest":
            base = READ_BY.get(name.split(".")[0], ["files"])[0]
        after = plan(folder, merged(bases[base], other(key, value, annotation)))
        table[key] = sorted(differing(before[base], after))
    return table


def module_table(jobs: list[Job]) -> dict[str, list[str]]:
    """For every module, and every package of the lock, the rules whose code reaches it."""
    table: dict[str, set[str]] = {}
    for job in jobs:
        for text in job.params:
            value = ast.literal_eval(text)
            if isinstance(value, str) and value.startswith("{") and '"script"' in value:
                for part in json.loads(value):
                    table.setdefault(part, set()).add(job.rule)
    return {part: sorted(rules) for part, rules in sorted(table.items())}


def current() -> dict[str, dict[str, list[str]]]:
    """Both tables, of the workflow as it is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        modules = module_table(plan(folder, {}))
        del modules["script"]
        return {"keys": key_table(folder), "modules": modules}


HEAD = """\
# What reruns, directly and not as a consequence, when a config key changes or something that is used of a
# module or package does. Generated: `make generated` writes it anew, for you to read the difference.
"""


def text() -> str:
    """The file's text, of the workflow as it is."""
    return HEAD + yaml.safe_dump(current(), sort_keys=False, width=110, default_flow_style=None)


def main() -> str | None:
    """Write, or with --check compare; a message for the exit when the table is stale.

    Snakemake plans the workflow once for every key of the config, which takes half a minute.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    made = text()
    if not parser.parse_args().check:
        TABLE.write_text(made)
        return None
    lines = unified_diff(TABLE.read_text().splitlines(), made.splitlines(), lineterm="", n=0)
    if changed := [line for line in lines if not line.startswith(("---", "+++", "@@"))]:
        print("\n".join(changed))
        return f"stale: {TABLE.name}; run `make generated`, read the difference and commit"
    return None


if __name__ == "__main__":
    sys.exit(main())
