"""Examples: customers whose cards differ; their cards are made by default."""

import csv
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.explanation.chart import Chart
from spendscape.network.weights import Weights
from spendscape.pages.card_files import read_angles
from spendscape.pages.card_names import file_name
from spendscape.pages.examples import change_of_movers, choose_examples
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    chart = Chart.from_json(Path(run.input.chart).read_text())
    windows = [pq.read_table(path, columns=["customer_id", "state"]) for path in run.input.states]
    last = [tensor_values(window["state"])[:, -1] for window in windows]
    ids = [window["customer_id"].to_numpy() for window in windows]
    angles, predicted = read_angles(run.input.directions)
    segments = pq.read_table(run.input.segments, columns=["segment"])["segment"].to_numpy()
    change, outputs = change_of_movers(ids, last, weights), weights.outputs(last[0])
    count = run.settings.cards.examples
    chosen = choose_examples(segments, angles, predicted, outputs, change, chart, count)
    with open(run.output.examples, "w", newline="", encoding="utf-8") as file:
        rows = [(file_name(ids[0][row]), why) for row, why in chosen]
        csv.writer(file).writerows([("file", "why"), *rows])
