"""Purity: do segments separate by directions, and in the spaces where the study says they do not (maths §7)?"""

from spendscape.core.csv_tables import write_csv
from spendscape.core.parquet import last_states, read_tensor
from spendscape.network.training_data import training_data
from spendscape.running.job import job
from spendscape.segments.names import order
from spendscape.segments.purity import principal_components, purity
from spendscape.segments.window_data import read_directions

with job() as run:
    settings = run.settings.segments
    data = training_data(run.input.spending, run.input.traits)
    train, test, fractions = data.split == "train", data.split == "test", data.mean_fractions
    last = last_states(run.input.states)
    directions = {
        "state_directions": read_directions(run.input.directions, predicted=False),
        "surrogate_directions": read_directions(run.input.directions, predicted=True),
    }
    spaces = directions | {"last_state": last.astype("float64"), "raw_fractions": fractions}
    spaces["raw_principal_components"] = principal_components(fractions, train, last.shape[-1])
    for name in ("feed_forward", "feed_forward_directions", "auto_encoder"):
        spaces[name] = read_tensor(run.input.codes, name).astype("float64")
    table = purity(
        spaces, order(data.values, data.traits), train, test, settings.levels, settings.neighbours,
        settings.minimum_customers, settings.bootstrap, run.settings.seed,
        [name for name in spaces if name.endswith("directions")],
    )  # fmt: skip
    write_csv(table, run.output.purity)
