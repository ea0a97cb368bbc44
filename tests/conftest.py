"""The shapes and types of the library's annotations are checked at every call that a test makes."""

import os
import shutil
import tempfile
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from jaxtyping import install_import_hook
from small_run import finished, kept

LIBRARY = Path(__file__).parents[1] / "workflow/spendscape"
# The config is pydantic's, which checks more than annotations say.
ROOMS = [f"spendscape.{path.name}" for path in LIBRARY.iterdir() if path.name != "config"]

WORKFLOW = Path(__file__).parent / "workflow"

install_import_hook([name.removesuffix(".py") for name in ROOMS], "checked.check")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a whole small run, in a folder of this process's own, because tests change it; see `kept`."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    # The folder that all workers of a session share.
    shared = tmp_path_factory.getbasetemp().parent if worker else tmp_path_factory.mktemp("runs")
    made = kept("small", shared / "small")
    with made.with_name("small.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        finished(made)
    # Beside the first: seen from elsewhere the captions have other names, and the report is made anew.
    own = Path(tempfile.mkdtemp(prefix="small_", dir=made.parent))
    return shutil.copytree(made, own, symlinks=True, dirs_exist_ok=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker waits for another at the end."""
    items.sort(key=lambda item: WORKFLOW not in item.path.parents)
