"""The shapes and types of the library's annotations are checked at every call that a test makes."""

from pathlib import Path

import pytest
from jaxtyping import install_import_hook
from small_run import finished, kept

LIBRARY = Path(__file__).parents[1] / "workflow/spendscape"
# The config is pydantic's, which checks more than annotations say.
ROOMS = [f"spendscape.{path.name}" for path in LIBRARY.iterdir() if path.name != "config"]

install_import_hook([name.removesuffix(".py") for name in ROOMS], "checked.check")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a whole small run; see `kept`."""
    return finished(kept("small", tmp_path_factory.mktemp("run")))
