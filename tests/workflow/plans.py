"""The workflow's rules and jobs, as Snakemake itself reads and plans them."""

import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    ResourceSettings,
    StorageSettings,
    WorkflowSettings,
)

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "workflow"))

from spendscape.commands import first_look  # noqa: E402
from spendscape.config.config import Config  # noqa: E402
from spendscape.running import code_digests, kept_digests  # noqa: E402

_digests = code_digests.digests


@cache
def _kept(script: str) -> dict[str, str]:
    return _digests(script, code_digests.modules(ROOT / "workflow/spendscape"), LOCK)


# The code stays the same from plan to plan, and working its digests out takes a third of one.
LOCK = (ROOT / "envs/requirements.lock").read_text()

FILES: dict[str, Any] = {"source": "files", "ingest": {"files": ["raw.csv"]}}
# Some rules are there only when the config asks for them.
EVERY_KIND: dict[str, dict[str, Any]] = {
    "simulated": {},
    "shards": {"source": "files", "ingest": {"files": ["raw.csv"], "shards": 2}},
    "kept": {"source": "files", "ingest": {"files": ["raw.csv"], "keep_sums": True}},
    "measured": {"traits": {"measured": "measured.csv"}},
    "scored": {**FILES, "score": {"run": "finished"}, "results": "scored"},
}


def prepare(folder: Path) -> None:
    """The files that a plan needs to find, in a folder without results."""
    for name in ("folder", "finished/ingest"):
        (folder / name).mkdir(parents=True)
    for name in ("raw.csv", "other.csv", "folder/raw.csv"):
        (folder / name).write_text("class\n")
    (folder / "finished/ingest/kept.json").write_text("{}")
    (folder / "measured.csv").write_text("customer_id,calm,bold\na,1,2\n")
    (folder / "finished/config.yaml").write_text(yaml.safe_dump(Config().model_dump(mode="json")))


@contextlib.contextmanager
def _api(folder: Path, config: Mapping[str, Any]) -> Iterator[Any]:
    with (
        contextlib.redirect_stderr(io.StringIO()),
        mock.patch.object(kept_digests, "digests", lambda script, modules, lock: _kept(script)),
        # What is planned here has keys of every kind beside files that have no rows.
        mock.patch.object(first_look, "look", lambda *given: None),
        SnakemakeApi(OutputSettings(dryrun=True)) as api,
    ):
        yield api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(
                config=config, configfiles=[ROOT / "config/config.yaml"]
            ),
            storage_settings=StorageSettings(),
            workflow_settings=WorkflowSettings(),
            snakefile=ROOT / "Snakefile",
            workdir=folder,
        )


def planned(folder: Path, config: Mapping[str, Any], *targets: str) -> Any:
    """Snakemake's workflow with the plan of these targets, `all` unless others are named."""
    with _api(folder, config) as api, contextlib.redirect_stdout(io.StringIO()):
        # The quickest that has Snakemake make its plan.
        api.dag(DAGSettings(targets=frozenset(targets or {"all"}))).printd3dag()
        return api._workflow


@cache
def rules() -> dict[str, dict[str, Any]]:
    """Every rule that runs a script, as Snakemake's object by its name, for each kind of config."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        for kind, config in EVERY_KIND.items():
            with _api(Path(name), config) as api:
                workflow = api._get_workflow(check_envvars=False)
                workflow.include(api.snakefile, overwrite_default_target=True)
                found[kind] = {rule.name: rule for rule in workflow.rules if rule.script}
    return found
