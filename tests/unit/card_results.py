"""What rule card reads, made of a synthetic world."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from synthetic import World

from spendscape.core.json import to_json
from spendscape.pages.card_data import Customer, Reference
from spendscape.pages.card_files import read_customer, read_reference
from spendscape.pages.card_names import file_name
from spendscape.pages.reference import reference

SETTINGS = SimpleNamespace(
    explain=SimpleNamespace(unmovable=["class 1"], never_suggest=["class 2"]),
    score=SimpleNamespace(run=None),
    results="results/it",
    currency="",
)


def files(world: World, folder: Path) -> dict[str, Any]:
    """The inputs of rule card, by name, made of a world."""
    world.write(folder)
    windows = ["long", "recent"] if world.recent_window else ["long"]
    segments = pd.read_parquet(folder / "segments/segments.parquet")
    values = reference(
        world.spending.mean(axis=1, dtype=np.float64), world.split, world.dominant, segments,
        world.directions, world.predicted, 0.99,
    )  # fmt: skip
    (folder / "explain/reference.json").write_text(to_json(values))
    (folder / "model/metrics.json").write_text(json.dumps({"r2": world.r2}))
    names = {
        "customers": "tensors/customers.parquet",
        "traits": "tensors/traits.parquet",
        "directions": "surrogate/directions_long.parquet",
        "fixed_points": "dynamics/fixed_points.parquet",
        "segments": "segments/segments.parquet",
        "contributions": "explain/contributions.parquet",
        "counterfactuals": "explain/counterfactuals.parquet",
        "movers": "segments/movers.parquet",
        "reference": "explain/reference.json",
        "metrics": "model/metrics.json",
        "weights": "model/weights.json",
        "formula": "tensors/traits.json",
        "surrogate": "surrogate/state.json",
    }
    spending = ["tensors/spending.parquet", "tensors/recent.parquet"][: len(windows)]
    return {name: str(folder / path) for name, path in names.items()} | {
        "states": [str(folder / f"states/{window}.parquet") for window in windows],
        "spending": [str(folder / path) for path in spending],
    }


def subject(world: World, folder: Path, row: int) -> tuple[Customer, Reference]:
    """A customer of a world, as read from its files."""
    paths = files(world, folder)
    name = file_name(world.customers[row])
    return read_customer(paths, name, [12, 2]), read_reference(paths, SETTINGS)
