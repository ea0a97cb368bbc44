"""Surrogate: families of models of the trajectory's direction, and the one that explains, scored on unseen customers."""

import json
from pathlib import Path

import numpy as np

from spendscape.core.csv_tables import write_csv
from spendscape.core.parquet import read_tensor
from spendscape.explanation.chart import start_states
from spendscape.explanation.state_surrogate import coefficient_table, write_surrogate
from spendscape.explanation.surrogate import Options, explain
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

with job() as run:
    settings = vars(run.settings.surrogate) | {"seed": run.settings.seed}
    kind, nonzero = settings.pop("start"), settings.pop("nonzero")
    data = training_data(run.input.spending, run.input.traits)
    inverse = json.loads(Path(run.input.inverse).read_text())
    weights, starts = np.array(inverse["weights"]), start_states(kind, inverse)
    slopes = formula_from_json(Path(run.input.formula).read_text()).slopes
    seen = data.spending, read_tensor(run.input.states, "state"), data.split
    found = explain(*seen, starts, weights, data.traits, slopes, Options(**settings))
    write_csv(found.scores, run.output.scores)
    table = coefficient_table(found.state, weights, data.classes, data.traits, nonzero)
    write_csv(table, run.output.coefficients)
    Path(run.output.chart).write_text(found.chart.to_json())
    Path(run.output.state).write_text(write_surrogate(found.state, found.average_steps))
