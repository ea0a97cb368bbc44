"""The codes that the study compares its states with: a feed-forward layer's and an auto-encoder's."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32

from spendscape.core.arrays import Array, Bools
from spendscape.core.geometry import normalised
from spendscape.network.training import Examples, Training, fit, scaling


def baseline_codes(
    inputs: Float[Array, "N T C"],
    targets: Float[Array, "N P"],
    fitted_on: tuple[Bool[Bools, " N"], Bool[Bools, " N"]],
    units: int,
    how: Training,
) -> dict[str, Float32[Array, "N {units}"]]:
    """The code of every customer, by the name of the baseline.

    Both have one layer of `units` with tanh between the flattened fractions and, linearly, the
    traits (feed_forward) or the fractions themselves (auto_encoder). feed_forward_directions are the
    directions of its code from its own neutral point, where all traits are 0.

    Parameters
    ----------
    fitted_on : training and validation customers
    """
    import keras

    keras.utils.set_random_seed(how.seed)
    train, validation = (Examples(inputs[rows], targets[rows]) for rows in fitted_on)
    scale = scaling(train.inputs)
    codes = {}
    for name in ("feed_forward", "auto_encoder"):
        rebuilds = name == "auto_encoder"

        def loss(predicted: Any, scaled: Any, truth: Any, rebuilds: bool = rebuilds) -> Any:
            goal = keras.ops.reshape(scaled, keras.ops.shape(predicted)) if rebuilds else truth
            return keras.ops.mean(keras.ops.square(predicted - goal))

        model = keras.Sequential(
            [
                keras.Input(inputs.shape[1:]),
                keras.layers.Flatten(),
                keras.layers.Dense(units, activation="tanh", name="code"),
                keras.layers.Dense(inputs[0].size if rebuilds else targets.shape[1]),
            ]
        )
        fit(model, train, validation, scale, loss, how)
        encoder = keras.Model(model.inputs, model.get_layer("code").output)
        scaled = ((inputs - scale.mean) / scale.deviation).astype(np.float32)
        codes[name] = np.asarray(encoder.predict(scaled, batch_size=8192, verbose=0))
        if not rebuilds:
            # From the code at which all traits are 0, as directions of the network's states are from theirs.
            output, bias = (part.astype(np.float64) for part in model.layers[-1].get_weights())
            neutral = -bias @ np.linalg.pinv(output)
            codes["feed_forward_directions"] = normalised(codes[name] - neutral).astype(np.float32)
    return codes
