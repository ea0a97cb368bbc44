"""The conda environments, one per family of rules: of the lock's versions, and with what their scripts import."""

import re
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from plans import rules

from spendscape.running.code_digests import DISTRIBUTIONS, modules, third_parties

ROOT = Path(__file__).parents[3]
# As the rules name it.
SCRIPTS = "../workflow/scripts"
FAMILIES = sorted(path.stem for path in (ROOT / "envs").glob("*.yaml"))
MODULES = modules(ROOT / "workflow/spendscape")
LOCK = (ROOT / "envs/requirements.lock").read_text()


def scripts() -> list[tuple[str, str, str]]:
    """Every rule, its environment and its script, once for each of its scripts."""
    found = {
        (rule.name, Path(rule.conda_env).stem, Path(path).relative_to(SCRIPTS).as_posix())
        for kind in rules().values()
        for rule in kind.values()
        # A rule of a loop finds its script by a param.
        for path in [rule.script.format(params=rule.params)]
    }
    return sorted(found)


@cache
def pins(family: str) -> list[Requirement]:
    """What pip installs into an environment, on this machine."""
    content = yaml.safe_load((ROOT / f"envs/{family}.yaml").read_text())
    texts = content["dependencies"][-1]["pip"]
    assert all(f"\n{text} \\\n" in f"\n{LOCK}" for text in texts)
    return [Requirement(text) for text in texts]


def installed(family: str) -> dict[str, Requirement]:
    return {pin.name: pin for pin in pins(family) if not pin.marker or pin.marker.evaluate()}


def test_every_rule_has_an_environment_and_each_is_used() -> None:
    assert len(scripts()) > 40
    assert {env for _, env, _ in scripts()} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_environment_is_one_that_conda_reads(family: str) -> None:
    text = (ROOT / f"envs/{family}.yaml").read_text()
    content = yaml.safe_load(text)
    assert set(content) == {"channels", "dependencies"}
    [python, pip, packages] = content["dependencies"]
    assert re.fullmatch(r"python=3\.\d+", python) and pip == "pip" and set(packages) == {"pip"}
    assert "://" not in text
    assert not installed(family).keys() & {"pytest", "ruff", "mypy", "snakefmt", "uv"}


@pytest.mark.parametrize("family", FAMILIES)
def test_an_environment_has_what_its_packages_need(family: str) -> None:
    """As their own metadata say it here: pip is given every dependency, in the version that is tested."""
    here = installed(family)
    for name, pin in here.items():
        assert pin.specifier.contains(version(name)), name
        for text in requires(name) or []:
            needed = Requirement(text)
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                key = re.sub(r"[-_.]+", "-", needed.name).lower()
                assert key in here, f"{name} needs {needed}"


@pytest.mark.parametrize(("rule", "family", "script"), scripts())
def test_a_script_imports_nothing_outside_its_environment(
    rule: str, family: str, script: str
) -> None:
    source = (ROOT / f"workflow/scripts/{script}").read_text()
    if rule == "report":
        # It starts Snakemake, which imports what the Snakefile does.
        common = (ROOT / "rules/common.smk").read_text()
        source += "\n".join(re.findall(r"^(?:import|from) .*", common, re.MULTILINE))
    here = installed(family)
    for name in third_parties(source, MODULES):
        assert here.keys() & set(DISTRIBUTIONS.get(name, [name])), f"{script} imports {name}"


def test_only_training_brings_tensorflow() -> None:
    heavy = {"tensorflow", "tensorflow-cpu", "keras"}
    assert [family for family in FAMILIES if installed(family).keys() & heavy] == ["network"]
