"""Directions: azimuth and elevation of every trajectory of a window, and the surrogate's prediction."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, names_of, table, tensor_values
from spendscape.explanation.chart import Chart, angle_names
from spendscape.explanation.linear_model import read_linear
from spendscape.running.job import job

with job() as run:
    chart = Chart.from_json(Path(run.input.chart).read_text())
    hidden = tensor_values(pq.read_table(run.input.states)["state"])
    data = pq.read_table(run.input.spending)
    names = angle_names(hidden.shape[-1])
    linear = read_linear(
        pd.read_csv(run.input.coefficients), names_of(data.schema, "classes"), names
    )
    angles = chart.angles(chart.directions(hidden))
    predicted = linear(tensor_values(data["spending"]).mean(axis=1, dtype="float64"))
    columns = dict(zip(names, angles.T, strict=True))
    columns |= {f"predicted_{name}": predicted[:, k] for k, name in enumerate(names)}
    made = table({"customer_id": data["customer_id"]} | columns)
    pq.write_table(made, run.output.directions, **PARQUET)
