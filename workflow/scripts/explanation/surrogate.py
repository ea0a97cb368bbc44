"""Surrogate: five families of models of the trajectory's direction, scored on unseen customers (MATHS §4)."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.explanation import surrogate
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

with job() as run:
    settings, seed = run.settings.surrogate, run.settings.seed
    draws = settings.bootstrap
    data = training_data(run.input.spending, run.input.traits)
    train, test = data.split == "train", data.split == "test"
    hidden = tensor_values(pq.read_table(run.input.states, columns=["state"])["state"])
    start = surrogate.start_state(
        settings.start, hidden.shape[-1], json.loads(Path(run.input.inverse).read_text())
    )
    chart = surrogate.fit_chart(hidden[train], start)
    names, fractions = surrogate.angle_names(hidden.shape[-1]), data.mean_fractions
    directions = chart.directions(hidden)
    angles, frames = chart.angles(directions), []
    for family, predict in surrogate.fit_families(
        fractions[train], directions[train], chart, settings.ridge,
        settings.polynomial_components, settings.tree_leaf, seed,
    ):  # fmt: skip
        for side, rows in (("train", train), ("test", test)):
            found = predict(fractions[rows])
            scores = surrogate.score_angles(angles[rows], found, chart, names, draws, seed)
            frames.append(scores.assign(family=family, split=side))
        run.log.info("%s scored", family)
    states = surrogate.score_states(
        (data.spending[train], data.spending[test]), (hidden[train], hidden[test]), draws, seed
    )
    linear = surrogate.fit_linear(fractions[train], angles[train])
    formula = formula_from_json(Path(run.input.formula).read_text())
    slopes = formula.slopes(fractions[train].mean(axis=0))
    related = surrogate.multiple_correlation(linear, slopes, names, draws, seed)
    frames += [
        states.assign(family="linear", split="test"),
        related.assign(family="linear", split="train"),
    ]
    columns = ["family", "target", "split", "metric", "value", "low", "high"]
    pd.concat(frames)[columns].to_csv(run.output.scores, index=False)
    table = surrogate.coefficient_table(linear, data.classes, names, settings.nonzero)
    table.to_csv(run.output.coefficients, index=False)
    Path(run.output.chart).write_text(chart.to_json())
