"""With the locked version of Snakemake, scripts start as forks; otherwise in its own way."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from plans import planned
from snakemake.script import PythonScript

ROOT = Path(__file__).parents[2]
WRITE = "import os; open('parent', 'w').write(str(os.getppid()))"


@pytest.mark.parametrize("threads, forked", [(1, True), (2, False)])
def test_a_script_starts_as_a_fork(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, forked: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = planned(tmp_path, {"simulate": {"customers": 600}}, "simulate").globals
    own = []
    rules["SNAKEMAKES_WAY"] = lambda *given: own.append(given)
    rules["prepare_warm_starts"]()
    [warm] = rules["WARM"]
    (tmp_path / "script.py").write_text(WRITE)
    # As Snakemake names it, from the rule's file.
    path = ROOT / "rules/../workflow/scripts/simulate/simulate_truth.py"
    script = SimpleNamespace(
        path=SimpleNamespace(get_path_or_uri=lambda secret_free: str(path)),
        **dict.fromkeys(["conda_env", "container_img", "env_modules", "bench_record"]),
        threads=threads,
        params={},
        resources=SimpleNamespace(tmpdir="/tmp"),
    )
    PythonScript.execute_script(script, "script.py")
    warm.end()
    if forked:
        assert (tmp_path / "parent").read_text() == str(warm._process.pid) and not own
    else:
        assert len(own) == 1
