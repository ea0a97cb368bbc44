"""Elbow: networks of several sizes trained together, their R² beside the rank ceiling, and what is enough."""

from pathlib import Path

from spendscape.network.training import Member, Training, start_tensorflow, train
from spendscape.network.training_data import training_data
from spendscape.network.units import choose_units, elbow_scores, rank_ceiling
from spendscape.running.job import job, write_json
from spendscape.running.params import sizes

with job() as run:
    start_tensorflow()
    elbow, seed, supervision = run.settings.elbow, run.settings.seed, run.settings.model.supervision
    members = [Member.named(name) for name in sizes(supervision, elbow.units, seed, elbow.seeds)]
    how = Training.of(vars(run.settings.model) | vars(elbow), seed)
    seen = training_data(run.input.spending, run.input.traits)
    some = seen.sampled(elbow.customers)
    test = some.of("test")
    data = training_data(run.input.training, run.input.targets).sampled(elbow.customers)
    sides, names = data.both("train", "validation"), (data.traits, data.classes)
    made = train(*sides, members, how, names, lambda *told: run.log.info("%s epoch %d %s", *told))
    for one, weights, history in zip(made, run.output.weights, run.output.histories, strict=True):
        Path(weights).write_text(one.weights.to_json())
        one.history.to_csv(history, index=False)
    networks = ((member.seed, one.weights) for member, one in zip(members, made, strict=True))
    scores = elbow_scores(networks, *test)
    scores.to_csv(run.output.scores, index=False)
    enough = {"enough": choose_units(scores, elbow.tolerance)}
    used = {"customers": len(some.learned), "of": len(seen.learned)}
    write_json(run.output.choice, enough | {"rank_ceiling": rank_ceiling(test.targets)} | used)
