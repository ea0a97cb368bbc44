"""The explorer's page of a small world, by way of the files that it reads."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from synthetic import World

from spendscape.pages.explorer_files import read_payload
from spendscape.pages.packed import NOTHING

FILES = {
    "weights": "model/weights.json",
    "metrics": "metrics.json",
    "traits": "tensors/traits.parquet",
    "formula": "tensors/traits.json",
    "fixed_points": "dynamics/fixed_points.parquet",
    "attractors": "dynamics/attractors.json",
    "inverse": "space/inverse.json",
    "segments": "segments/segments.parquet",
    "naming": "segments/naming.json",
    "contributions": "explain/contributions.parquet",
    "movers": "segments/movers.parquet",
}


def payload(
    world: World, folder: Path, most: int = 1000, results: str = "results", named: bool = True
) -> Any:
    """What the page of this world draws; the folder keeps its files for the next time."""
    if not (folder / "metrics.json").exists():
        world.write(folder)
    (folder / "metrics.json").write_text(json.dumps({"r2": world.r2}))
    (folder / "segments/naming.json").write_text(json.dumps(world.naming))
    windows = ["long", "recent"] if world.recent_window else ["long"]
    files: dict[str, Any] = {name: str(folder / path) for name, path in FILES.items()}
    files["states"] = [str(folder / f"states/{window}.parquet") for window in windows]
    tables = {"long": "spending", "recent": "recent"}
    files["spending"] = [str(folder / f"tensors/{tables[window]}.parquet") for window in windows]
    return read_payload(files, [12, 2], most, results, named)


def unpacked(described: dict[str, Any], letters: str) -> dict[str, Any]:
    """What the page's own script makes of it, in NumPy."""
    data, found = zlib.decompress(base64.b64decode(letters)), dict[str, Any]()
    for name, how in described.items():
        if how["kind"] == "text":
            found[name] = json.loads(data[how["at"] : how["at"] + how["size"]])
            continue
        kind = {"i2": "<i2", "f4": "<f4"}[how["kind"]]
        width = np.dtype(kind).itemsize
        places = np.frombuffer(data, np.uint8, how["size"] * width, how["at"])
        raw = places.reshape(width, -1).T.copy().view(kind).ravel()
        if "stride" in how:
            raw = raw.reshape(-1, how["stride"]).cumsum(axis=0, dtype="<i2").ravel()
        known = raw if how["kind"] == "f4" else np.where(raw == NOTHING, np.nan, raw * how["step"])
        found[name] = known
    return found
