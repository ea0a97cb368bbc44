"""Surrogate: five families of models of the trajectory's direction, scored on unseen customers (maths §4)."""

import json
from pathlib import Path

from spendscape.core.parquet import read_tensor
from spendscape.explanation.chart import angle_names, start_state
from spendscape.explanation.linear_model import coefficient_table
from spendscape.explanation.surrogate import Options, explain
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

with job() as run:
    settings = vars(run.settings.surrogate) | {"seed": run.settings.seed}
    kind, nonzero = settings.pop("start"), settings.pop("nonzero")
    data = training_data(run.input.spending, run.input.traits)
    hidden = read_tensor(run.input.states, "state")
    start = start_state(kind, hidden.shape[-1], json.loads(Path(run.input.inverse).read_text()))
    formula = formula_from_json(Path(run.input.formula).read_text())
    found = explain(data.spending, hidden, data.split, start, formula.slopes, Options(**settings))
    names = angle_names(hidden.shape[-1])
    found.scores.to_csv(run.output.scores, index=False)
    table = coefficient_table(found.linear, data.classes, names, nonzero)
    table.to_csv(run.output.coefficients, index=False)
    Path(run.output.chart).write_text(found.chart.to_json())
