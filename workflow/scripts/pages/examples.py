"""Examples: customers whose cards differ, or those that the config asks for; their cards are made by default."""

import csv
from pathlib import Path

import pyarrow.parquet as pq

from spendscape.core.parquet import tensor_values
from spendscape.network.weights import Weights
from spendscape.pages.card_files import read_unit_vectors
from spendscape.pages.card_names import file_name
from spendscape.pages.examples import change_of_movers, choose, read_levels
from spendscape.running.job import job

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    windows = [pq.read_table(path, columns=["customer_id", "state"]) for path in run.input.states]
    ids = [window["customer_id"].to_numpy() for window in windows]
    last = [tensor_values(window["state"])[:, -1] for window in windows]
    change = change_of_movers(ids, last, weights)
    vectors = read_unit_vectors(run.input.directions)
    who = windows[0]["customer_id"], run.input.customers
    chosen = choose(run.settings.cards, *who, *read_levels(run.input.segments), *vectors, change)
    with open(run.output.examples, "w", newline="", encoding="utf-8") as file:
        rows = [(file_name(ids[0][row]), why) for row, why in chosen]
        csv.writer(file).writerows([("file", "why"), *rows])
