"""Segment table: every named segment, its size, how long customers stay, and what sets it apart (maths §7)."""

import json
from pathlib import Path

from spendscape.core.csv_tables import read_csv, write_csv
from spendscape.network.weights import Weights
from spendscape.running.job import job
from spendscape.segments.profiles import (
    exemplars,
    read_members,
    read_spending,
    segment_table,
    spending_of,
)

with job() as run:
    weights = Weights.from_json(Path(run.input.weights).read_text())
    members, customers = read_members(dict(run.input.items()), weights)
    parts, months = read_spending(run.input.spending), run.settings.tensors.long.months_per_step
    spending = spending_of(parts, members.finest()[1], months)
    named = json.loads(Path(run.input.naming).read_text())["published"]
    attractors = json.loads(Path(run.input.attractors).read_text())
    words = read_csv(run.input.cells), attractors, weights.classes, run.settings.currency
    table, profiles = segment_table(members, spending, named, *words)
    write_csv(table, run.output.table)
    write_csv(profiles, run.output.profiles)
    write_csv(exemplars(members, named, customers), run.output.exemplars)
    run.log.info("%d segments, the smallest of %d customers", len(table), table["customers"].min())
