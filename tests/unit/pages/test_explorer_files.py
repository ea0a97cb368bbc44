"""What the explorer shows, as it is read from the results files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from synthetic import World

from spendscape.pages.explorer_files import read_payload


def read(world: World, folder: Path, most: int) -> dict[str, Any]:
    world.write(folder)
    (folder / "metrics.json").write_text(json.dumps({"r2": world.r2}))
    names = {
        "weights": "model/weights.json",
        "metrics": "metrics.json",
        "traits": "tensors/traits.parquet",
        "formula": "tensors/traits.json",
        "states": "states/long.parquet",
        "fixed_points": "dynamics/fixed_points.parquet",
        "attractors": "dynamics/attractors.json",
        "inverse": "space/inverse.json",
        "segments": "segments/segments.parquet",
        "movers": "segments/movers.parquet",
    }
    return read_payload({name: str(folder / path) for name, path in names.items()}, most, "results")


def test_customers_come_with_their_own_rows(tmp_path: Path) -> None:
    world = World(N=120)
    values = read(world, tmp_path, most=7)
    shown = values["customers"]
    rows = np.linspace(0, 119, 7).astype(int)
    assert shown["id"] == [world.customers[row] for row in rows]
    assert values["total"] == 120 and values["traits"] == world.traits
    np.testing.assert_allclose(shown["place"], world.found.state[rows], atol=6e-5)
    np.testing.assert_allclose(shown["values"], world.values[rows], atol=6e-5)
    assert shown["label"] == world.labels[rows].tolist()
    assert shown["segment"] == [" > ".join(world.levels[row, :3]) for row in rows]


def test_movers_and_likely_ones_are_marked(tmp_path: Path) -> None:
    world = World(N=120)
    shown = read(world, tmp_path, most=120)["customers"]
    movers = world._movers()
    found = {
        name: (trait if trait is None else world.traits[trait], likely)
        for name, trait, likely in zip(shown["id"], shown["moved"], shown["likely"], strict=True)
    }
    assert 0 < len(movers) < 120
    for row in movers.to_dict("records"):
        recent = row["recent"] if row["recent"] != row["long"] else None
        assert found.pop(row["customer_id"]) == (recent, row["likely"])
    assert set(found.values()) == {(None, None)}
