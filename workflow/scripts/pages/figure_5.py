"""Figure 5: the reachable output space in all pairs of traits (study, Fig. 5)."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import even_sample, names_of, take_rows, tensor_values
from spendscape.dynamics.fixed_points import ATTRACTING
from spendscape.network.weights import Weights
from spendscape.pages.figures.drawing import save
from spendscape.pages.figures.figure_5 import draw
from spendscape.running.job import job

with job() as run:
    names = pq.read_table(run.input.traits, columns=["dominant"])
    traits = names_of(names.schema, "traits")
    known = np.flatnonzero(names["dominant"].to_numpy() != "")
    some = known[even_sample(len(known), 2000)]
    customers = take_rows(run.input.traits, some, ["traits", "dominant"])
    outputs = pq.read_table(run.input.reachable, columns=traits)
    weights = Weights.from_json(Path(run.input.weights).read_text())
    points = pq.read_table(run.input.fixed_points, columns=["state", "verdict"])
    ends = np.isin(points["verdict"].to_numpy(), ATTRACTING)
    reachable = np.column_stack([outputs[name] for name in traits])
    values, own = tensor_values(customers["traits"]), customers["dominant"].to_numpy()
    at_ends = weights.outputs(tensor_values(points["state"])[ends])
    save(draw(reachable, values, own, at_ends, traits), run.output.png, run.output.svg)
