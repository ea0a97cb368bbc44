"""Score: each new customer's segment, and whether the network was trained on customers like it."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET, step_means, table
from spendscape.running.job import job
from spendscape.segments.training_range import TrainingRange

with job() as run:
    known = json.loads(Path(run.input.reference).read_text())["range"]
    inside = TrainingRange(np.array(known["mean"]), np.array(known["deviation"]), known["limit"])
    spending = pq.read_table(run.input.spending, columns=["customer_id"])
    distance = inside.distance(step_means(run.input.spending))
    segments = pq.read_table(run.input.segments)
    points = pq.read_table(run.input.fixed_points, columns=["label", "verdict"])
    far = distance > inside.limit
    columns = {name: segments[name] for name in segments.column_names}
    columns |= {"label": points["label"], "verdict": points["verdict"]}
    columns |= {"distance": distance, "far": far}
    pq.write_table(table(columns), run.output.score, **PARQUET)
    run.log.info("%d customers scored, %d far from the training customers", len(far), far.sum())
