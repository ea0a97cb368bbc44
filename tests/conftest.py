"""The shapes and types of the library's annotations are checked at every call that a test makes."""

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook
from small_run import finished

LIBRARY = Path(__file__).parents[1] / "workflow/spendscape"
# The config is pydantic's, which checks more than annotations say.
ROOMS = [f"spendscape.{path.name}" for path in LIBRARY.iterdir() if path.name != "config"]

install_import_hook([name.removesuffix(".py") for name in ROOMS], "checked.check")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a whole small run; where SPENDSCAPE_TEST_RUNS names a folder, it is kept there for other sessions."""
    kept = os.environ.get("SPENDSCAPE_TEST_RUNS")
    return finished(Path(kept) / "small" if kept else tmp_path_factory.mktemp("run"))
