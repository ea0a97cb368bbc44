"""The network as a Keras model: a recurrent layer and a linear output layer.

Keras is imported inside the functions, because it takes seconds.
"""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from spendscape.network.cell import Cell
from spendscape.network.weights import Weights


def network(cell: type[Cell], units: int, steps: int, classes: int, traits: int) -> Any:
    """The Keras model [N, steps, classes] → [N, steps, traits]: a layer of cells, linear output."""
    import keras

    # A graph of some steps is faster than a loop; one of a hundred takes minutes to build.
    options = {"return_sequences": True, "unroll": steps <= 24, "name": cell.name}
    return keras.Sequential(
        [
            keras.Input((steps, classes)),
            getattr(keras.layers, cell.keras_layer)(units, **options),
            keras.layers.Dense(traits, name="traits"),
        ]
    )


def as_keras(weights: Weights, steps: int) -> Any:
    """The Keras model of some weights: raw fractions [N, steps, C] → outputs [N, steps, P]."""
    classes, traits = len(weights.classes), len(weights.traits)
    model = network(type(weights.cell), weights.units, steps, classes, traits)
    model.set_weights([*weights.cell.to_keras(), weights.output, weights.output_bias])
    return model


def save(model: Any, path: str) -> None:
    """Save a Keras model as a `.keras` file that holds no time and no place in memory, so that the same model gives the same bytes."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(members["metadata.json"])
    del metadata["date_saved"]
    members["metadata.json"] = json.dumps(metadata).encode()
    members["config.json"] = _numbered(members["config.json"].decode()).encode()
    Path(path).unlink()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            # Without a time of its own it has the earliest that the format knows.
            archive.writestr(zipfile.ZipInfo(name), content)


def _numbered(config: str) -> str:
    """A model's config with its shared objects numbered in their order; Keras numbers them by their place in memory."""
    numbers: dict[str, int] = {}
    return re.sub(
        r'("shared_object_id": )(\d+)',
        lambda found: found[1] + str(numbers.setdefault(found[2], len(numbers) + 1)),
        config,
    )
