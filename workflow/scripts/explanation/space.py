"""Space: the reachable outputs on a grid of states, and the inverse map (maths §5, Eq. 1 and 2)."""

from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, table
from spendscape.explanation.inverse_map import grid, invert, literal
from spendscape.network.weights import Weights
from spendscape.running.job import job, write_json

with job() as run:
    settings = run.settings.space
    weights = Weights.from_json(Path(run.input.weights).read_text())
    states = grid(weights.units, settings.grid_points)
    outputs = weights.outputs(states)
    columns = {f"s{m + 1}": states[:, m] for m in range(weights.units)}
    columns |= {trait: outputs[:, p].copy() for p, trait in enumerate(weights.traits)}
    pq.write_table(table(columns), run.output.reachable, **PARQUET)
    values = {"traits": weights.traits} | vars(invert(weights.output, weights.output_bias))
    error = literal(states, outputs)[1]
    values["literal"] = {"formula": "inv(O'ᵀO') O'ᵀS', as printed", "largest_error": error}
    write_json(run.output.inverse, values)
    run.log.info(
        "%d states, rank %d, printed formula misses by %.3g", len(states), values["rank"], error
    )
