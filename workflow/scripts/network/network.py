"""Network: spending fractions → a network that predicts the traits at every step, or the last (maths §3)."""

from pathlib import Path

from spendscape.network.training import Training, start_tensorflow, train
from spendscape.network.training_data import training_data
from spendscape.running.job import job

with job() as run:
    settings = vars(run.settings.model)
    if hasattr(run.settings, "elbow"):
        settings["epochs"] = run.settings.elbow.epochs
    data = training_data(run.input.spending, run.input.traits)
    start_tensorflow(run.threads)
    weights, history = train(
        data.of("train"),
        data.of("validation"),
        int(run.wildcards.units),
        Training(run.wildcards.supervision, **settings, seed=int(run.wildcards.seed)),
        (data.traits, data.classes),
        lambda epoch, logs: run.log.info("epoch %d %s", epoch, logs),
    )
    history.to_csv(run.output.history, index=False)
    Path(run.output.weights).write_text(weights.to_json())
