"""What the audit reads of a run, and the attributes of its customers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow.parquet as pq
from jaxtyping import Shaped

from spendscape.core.arrays import Names
from spendscape.core.geometry import degrees_between
from spendscape.core.parquet import last_states, names_of, read_tensor, tensor_values
from spendscape.evaluation.attributes import Groups, groups_of, matched, read_attributes
from spendscape.evaluation.audit import Run, flips, one_hot
from spendscape.network.weights import Weights
from spendscape.segments.profiles import read_spending


@runtime_checkable
class Settings(Protocol):
    """The keys of the config's section `audit` that are read here."""

    customer: str
    bands: int
    fewest: int


def read_run(files: Mapping[str, str]) -> tuple[Run, Shaped[Names, "N"]]:
    """What a run says of its customers, and their ids.

    Parameters
    ----------
    files : paths of weights, spending, states, traits, segments, directions and counterfactuals
    """
    weights = Weights.from_json(Path(files["weights"]).read_text())
    classes = names_of(pq.read_schema(files["spending"]), "classes")
    # The largest of all that is read, so that it is never there twice.
    fractions = np.empty((pq.read_metadata(files["spending"]).num_rows, len(classes)))
    first = 0
    for part, _ in read_spending(files["spending"]):
        fractions[first : first + len(part)] = part.mean(axis=1, dtype=np.float64)
        first += len(part)
    last = last_states(files["states"]).astype(np.float64)
    own = pq.read_table(files["segments"], columns=["customer_id", "segment", "level_1"])
    known = pq.read_table(files["traits"], columns=["traits", "dominant"])
    targets, dominant = tensor_values(known["traits"]), known["dominant"].to_numpy()
    labels = own["level_1"].to_numpy().astype(np.str_)
    angles = degrees_between(
        *(read_tensor(files["directions"], name) for name in ("direction", "predicted_direction"))
    )
    swaps = pq.read_table(files["counterfactuals"], columns=["fraction", "verified"]).to_pandas()
    predictors = {
        "segments": one_hot(own["segment"].to_numpy().astype(np.str_)),
        "traits": weights.outputs(last),
        "states": last,
        "spending": fractions,
    }
    measures = {
        "surrogate error in degrees": angles,
        "label that differs from the formula's": flips(labels, dominant.astype(np.str_)),
        "share of spending to change the label": swaps["fraction"].where(swaps["verified"]).to_numpy(float),
    }  # fmt: skip
    if not np.isfinite(targets).all():
        # Of customers without measured traits the formula's label is unknown.
        measures["label that differs from the formula's"][~np.isfinite(targets).all(axis=1)] = (
            np.nan
        )
    return Run(predictors, labels, measures, fractions, classes), own["customer_id"].to_numpy()


def audited(
    customers: Shaped[Names, "N"],
    table: str,
    settings: Settings,
    columns: Sequence[str],
    minimum: int,
    key: bytes | None,
) -> list[Groups]:
    """The groups of each attribute of a table.

    Parameters
    ----------
    table : path of the attributes
    columns : its attributes; empty for all
    minimum : fewest customers that anything is shown of, whatever the settings say
    key : of the pseudonyms of the ids; None: they are the raw ones
    """
    ids, attributes = read_attributes(table, settings.customer, columns, key)
    values = matched(customers, ids, attributes)
    fewest = max(settings.fewest, minimum)
    return [groups_of(name, column, settings.bands, fewest) for name, column in values.items()]
