"""Segment table: every named segment, its size, how long customers stay, and what sets it apart (maths §7)."""

import json
from pathlib import Path

import pandas as pd

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
    cells = pd.read_csv(run.input.cells)
    table, profiles = segment_table(members, spending, named, cells, attractors, weights.classes)
    table.to_csv(run.output.table, index=False)
    profiles.to_csv(run.output.profiles, index=False)
    exemplars(members, named, customers).to_csv(run.output.exemplars, index=False)
    run.log.info("%d segments, the smallest of %d customers", len(table), table["customers"].min())
