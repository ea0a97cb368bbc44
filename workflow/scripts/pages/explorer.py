"""Explorer: the state space as one page, to turn, filter and click."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from plotly.offline import get_plotlyjs

from spendscape.core.parquet import even_sample, take_rows, tensor_values
from spendscape.network.weights import Weights
from spendscape.pages.explorer import Drawn, page, payload
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

with job() as run:
    source = run.input
    weights = Weights.from_json(Path(source.weights).read_text())
    traits = weights.traits
    space = json.loads(Path(source.inverse).read_text())
    total = pq.ParquetFile(source.states).metadata.num_rows
    some = even_sample(total, run.settings.explorer.customers)
    hidden, truth, segments = (
        take_rows(path, some) for path in (source.states, source.traits, source.segments)
    )
    points = pq.read_table(source.fixed_points)
    states, labels = tensor_values(points["state"]), points["label"].to_numpy()
    scalars = (
        "verdict",
        "label",
        "residual",
        "spectral_radius",
        "time_constant",
        "fixed_points",
        "steps",
    )
    movers = pq.read_table(source.movers).to_pydict()
    rows = list(
        zip(*(movers[name] for name in ("customer_id", "long", "recent", "likely")), strict=True)
    )
    moved = {customer: recent for customer, long, recent, _ in rows if recent != long}
    likely = {customer: verdict for customer, _, _, verdict in rows}
    customers = hidden["customer_id"].to_pylist()
    path = tensor_values(hidden["state"])
    drawn = Drawn(
        customers,
        path,
        tensor_values(truth["traits"]),
        weights.outputs(path[:, -1]),
        np.column_stack([segments[f"level_{k + 1}"] for k in range(len(traits))]),
        segments["segment"].to_pylist(),
        {"state": states[some]} | {name: points[name].to_numpy()[some] for name in scalars},
        [moved.get(customer) for customer in customers],
        [likely.get(customer) for customer in customers],
    )
    values = payload(
        drawn,
        json.loads(Path(source.attractors).read_text())["traits"],
        {trait: states[labels == trait] for trait in traits},
        np.array(space["origin"]),
        np.array(space["axes"]),
        traits,
        total,
        run.settings.results,
        formula_from_json(Path(source.formula).read_text()),
        json.loads(Path(source.metrics).read_text())["r2"],
    )
    Path(run.output.explorer).write_text(page(values, get_plotlyjs()), encoding="utf-8")
