"""Directions: of every trajectory of a window, and as the surrogate of the state predicts them from spending."""

from pathlib import Path

from spendscape.core.parquet import row_groups, table, tensor_values, write_row_groups
from spendscape.core.statistics import mean_of_steps
from spendscape.explanation.chart import Chart
from spendscape.explanation.state_surrogate import direction_columns, read_surrogate
from spendscape.running.job import job

with job() as run:
    chart = Chart.from_json(Path(run.input.chart).read_text())
    model, _ = read_surrogate(Path(run.input.state).read_text())
    # The states were made of the same row groups.
    groups = zip(
        row_groups(run.input.spending, ["customer_id", "spending"]),
        row_groups(run.input.states, ["state"]),
        strict=True,
    )
    found = (
        (spent["customer_id"], tensor_values(states["state"]), tensor_values(spent["spending"]))
        for spent, states in groups
    )
    columns = (
        {"customer_id": ids} | direction_columns(chart, model, hidden, mean_of_steps(spending))
        for ids, hidden, spending in found
    )
    write_row_groups(run.output.directions, map(table, columns))
