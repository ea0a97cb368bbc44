"""Counterfactuals: the cheapest swap of spending that changes each customer's label, verified on the network (maths §8)."""

from spendscape.config.pages import NEVER_SUGGEST, UNMOVABLE
from spendscape.running.job import job, write_json
from spendscape.segments.decisions import may_move, read_decider, write_counterfactuals
from spendscape.segments.reasons import swaps

with job() as run:
    explain = run.settings.explain
    decider = read_decider(run.input.weights, run.input.surrogate)
    movable = may_move(
        decider.weights.classes, explain.unmovable, explain.never_suggest, UNMOVABLE + NEVER_SUGGEST
    )
    months = run.settings.tensors.long.months_per_step
    share = write_counterfactuals(
        decider, run.input.spending, months, *movable, run.output.counterfactuals
    )
    fewest = run.settings.segments.minimum_customers
    write_json(run.output.swaps, swaps(run.output.counterfactuals, fewest))
    run.log.info("verified for %.1f %% of the customers", 100 * share)
