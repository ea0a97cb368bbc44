"""Card: why is this customer where it is?"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spendscape.core.parquet import row_values
from spendscape.explanation.chart import Chart, angle_names
from spendscape.explanation.linear import read_linear
from spendscape.network.weights import Weights
from spendscape.pages.cards import Customer, Reference, card, find_customer
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json
from spendscape.traits.targets import mean_fractions

with job() as run:
    source, recent = run.input, None
    ids = pq.read_table(source.spending, columns=["customer_id"])["customer_id"]
    row = find_customer(run.wildcards.customer, ids.to_pylist())
    spending, states = row_values(source.spending, row), row_values(source.states[0], row)
    if len(source.states) > 1:
        others = pq.read_table(source.states[1], columns=["customer_id"])["customer_id"]
        place = pc.index(others, ids[row]).as_py()
        recent = row_values(source.states[1], place)["state"] if place >= 0 else None
    weights = Weights.from_json(Path(source.weights).read_text())
    names, directions = angle_names(weights.units), row_values(source.directions, row)
    fractions = spending["spending"][None], spending["total"][None]
    customer = Customer(
        spending["customer_id"],
        spending["spending"],
        mean_fractions(*fractions, run.settings.traits.mean)[0],
        row_values(source.traits, row)["traits"],
        states["state"],
        recent,
        np.array([directions[name] for name in names]),
        np.array([directions[f"predicted_{name}"] for name in names]),
        row_values(source.fixed_points, row),
        row_values(source.segments, row),
    )
    averages = json.loads(Path(source.reference).read_text())
    reference = Reference(
        np.array(averages["average"]),
        np.array(averages["average_traits"]),
        averages["median_error"],
        weights,
        json.loads(Path(source.metrics).read_text())["r2"],
        formula_from_json(Path(source.formula).read_text()),
        Chart.from_json(Path(source.chart).read_text()),
        read_linear(pd.read_csv(source.coefficients), weights.classes, names),
        names,
        len(source.states) > 1,
    )
    page = card(customer, reference, run.settings.cards.classes)
    Path(run.output.card).write_text(page, encoding="utf-8")
