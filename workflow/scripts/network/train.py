"""Train: the network of this run, also as a Keras model, with its scores on unseen customers (maths §3)."""

from pathlib import Path

from spendscape.network.keras_model import as_keras, save
from spendscape.network.training import Member, Training, start_tensorflow, summary, train
from spendscape.network.training_data import training_data
from spendscape.network.units import scores
from spendscape.running.job import job, write_json

with job() as run:
    settings, seed = vars(run.settings.model), run.settings.seed
    start_tensorflow()
    # Before training, when there is least in memory.
    seen = training_data(run.input.spending, run.input.traits)
    inputs, truth = seen.of("test")
    data = training_data(run.input.training, run.input.targets)
    [(weights, history)] = train(
        *data.both("train", "validation"),
        [Member(settings["supervision"], settings["units"], seed)],
        Training.of(settings, seed),
        (data.traits, data.classes),
        lambda name, epoch, losses: run.log.info("%s epoch %d %s", name, epoch, losses),
    )
    metrics = scores(weights, inputs, truth, seed)
    metrics |= summary(seen.split, settings, len(history), seed)
    save(as_keras(weights, inputs.shape[1]), run.output.model)
    history.to_csv(run.output.history, index=False)
    Path(run.output.weights).write_text(weights.to_json())
    write_json(run.output.metrics, metrics)
