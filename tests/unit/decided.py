"""The results folder of a small world, with what its config says of steps."""

from pathlib import Path
from typing import Any

from synthetic import World


def decided_run(folder: Path, **world: Any) -> World:
    """Write the folder; returns its world. Every class may give and take."""
    made = World(**world)
    made.write(folder)
    (folder / "config.yaml").write_text("tensors: {long: {months_per_step: 12}}\n")
    return made
