"""Retrained: networks with other seeds, and one that is supervised the other way, trained together (maths §3)."""

from pathlib import Path

from spendscape.network.training import Member, Training, start_tensorflow, train
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.running.params import retrained

with job() as run:
    settings, seed = vars(run.settings.model), run.settings.seed
    own = settings["supervision"], settings["units"], seed, run.settings.ensemble.seeds
    start_tensorflow()
    data = training_data(run.input.training, run.input.targets)
    data = data.sampled(run.settings.elbow.customers)
    made = train(
        *data.both("train", "validation"),
        [Member.named(name) for name in retrained(*own)],
        Training.of(settings, seed),
        (data.traits, data.classes),
        lambda name, epoch, losses: run.log.info("%s epoch %d %s", name, epoch, losses),
    )
    for one, weights, history in zip(made, run.output.weights, run.output.histories, strict=True):
        Path(weights).write_text(one.weights.to_json())
        one.history.to_csv(history, index=False)
