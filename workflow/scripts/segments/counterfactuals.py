"""Counterfactuals: the cheapest swap of spending that changes each customer's label, verified on the network (maths §8)."""

from spendscape.running.job import job, write_json
from spendscape.segments.decisions import read_decider, write_counterfactuals
from spendscape.segments.reasons import swaps
from spendscape.segments.swap_classes import read_swap_classes

with job() as run:
    decider = read_decider(run.input.weights, run.input.surrogate)
    movable = read_swap_classes(run.input.swap_classes, decider.weights.classes)
    months = run.settings.tensors.long.months_per_step
    share = write_counterfactuals(
        decider, run.input.spending, months, *movable, run.output.counterfactuals
    )
    fewest = run.settings.segments.minimum_customers
    write_json(run.output.swaps, swaps(run.output.counterfactuals, fewest))
    run.log.info("verified for %.1f %% of the customers", 100 * share)
