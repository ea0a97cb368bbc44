"""Contributions: what each class and each step adds to every customer's decision (maths §8)."""

from spendscape.core.csv_tables import write_csv
from spendscape.running.job import job
from spendscape.segments.decisions import read_decider, write_contributions
from spendscape.segments.reasons import contributions_by_class

with job() as run:
    decider = read_decider(run.input.weights, run.input.surrogate)
    count = write_contributions(
        decider, run.input.spending, run.input.states, run.output.contributions
    )
    write_csv(contributions_by_class(run.output.contributions), run.output.classes)
    run.log.info("%d customers", count)
