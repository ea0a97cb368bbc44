"""Swap classes: which classes may give and take in a counterfactual, as the config names them (maths §8)."""

import json
from pathlib import Path

from spendscape.config.pages import NEVER_SUGGEST, UNMOVABLE
from spendscape.core.csv_tables import write_csv
from spendscape.running.job import job
from spendscape.segments.swap_classes import may_move, swap_classes

with job() as run:
    explain = run.settings.explain
    classes = json.loads(Path(run.input.classes).read_text())
    movable = may_move(classes, explain.unmovable, explain.never_suggest, UNMOVABLE + NEVER_SUGGEST)
    write_csv(swap_classes(classes, *movable), run.output.swap_classes)
