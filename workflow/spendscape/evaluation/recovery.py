"""What the pipeline finds of what the simulator planted (docs/explanation/simulator.md).

Traits, dominant traits, segments and labels are scored on test customers who stay; movers on all
customers who have both windows, because they are few.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool, Float, Shaped

from spendscape.core.arrays import Array, Bools, Floats, Names
from spendscape.core.parquet import names_of, tensor_values
from spendscape.core.pseudonyms import pseudonyms
from spendscape.evaluation.recovery_scores import (
    COLUMNS,
    averaging_limit,
    coefficient_recovery,
    delay_recovery,
    delays,
    label_recovery,
    mover_recovery,
    order_recovery,
    trait_recovery,
)
from spendscape.network.weights import Weights
from spendscape.segments import movers
from spendscape.segments.names import order
from spendscape.segments.window_data import (
    Length,
    WindowData,
    change_since,
    same_customers,
    steps_before,
)
from spendscape.traits.targets import dominant


@dataclass(frozen=True)
class Planted:
    """What the simulator planted in N customers, in the order of their ids.

    Attributes
    ----------
    customers : their ids
    before, after : their traits before and after a move, the same for those who stay
    new : their dominant trait after a move
    mover, left : who moves, and who leaves before the last month
    moved : the months of the moves, NaT for those who stay
    """

    customers: Shaped[Names, "N"]
    before: Float[Floats, "N P"]
    after: Float[Floats, "N P"]
    new: Shaped[Names, "N"]
    mover: Bool[Bools, "N"]
    left: Bool[Bools, "N"]
    moved: Shaped[Array, "N"]

    def of(self, customers: Shaped[Names, "K"]) -> "Planted":
        """What was planted in some of the customers."""
        rows = np.searchsorted(self.customers, customers)
        return Planted(*(getattr(self, field.name)[rows] for field in fields(Planted)))


def planted_in(truth: pa.Table, key: bytes | None) -> tuple[Planted, list[str]]:
    """What was planted, and the names of the planted traits.

    Parameters
    ----------
    truth : simulate/truth.parquet
    key : of the pseudonyms by which the results name customers; None where they name them by their ids
    """
    if key is not None:
        names = pa.array(pseudonyms(truth["customer_id"].to_pylist(), key))
        place = truth.column_names.index("customer_id")
        truth = truth.set_column(place, "customer_id", names).sort_by("customer_id")
    column = {name: truth[name].to_numpy() for name in ("customer_id", "dominant_after", "mover")}
    planted = Planted(
        column["customer_id"],
        tensor_values(truth["traits_before"]),
        tensor_values(truth["traits_after"]),
        column["dominant_after"],
        column["mover"],
        truth["left"].is_valid().to_numpy(),
        truth["moved"].to_numpy().astype("datetime64[M]"),
    )
    return planted, names_of(truth.schema, "traits")


@dataclass(frozen=True)
class Found:
    """What a run found, of the customers of its long window unless said otherwise.

    Attributes
    ----------
    weights : of the network
    long, recent : the windows; `recent` is None where the config has none
    side : of the split
    labels : of the customers' attractors
    movers, scores : segments/movers.parquet and surrogate/scores.csv
    """

    weights: Weights
    long: WindowData
    recent: WindowData | None
    side: Shaped[Names, "N"]
    labels: Shaped[Names, "N"]
    movers: pd.DataFrame
    scores: pd.DataFrame


@runtime_checkable
class Years(Protocol):
    """The keys of the config's section `simulate` that are read here."""

    first_year: int
    years: int


@runtime_checkable
class Lengths(Protocol):
    """The keys of the config's section `tensors` that are read here."""

    long: Length
    recent: Length | None


@runtime_checkable
class Segments(Protocol):
    """The keys of the config's section `segments` that are read here."""

    levels: int
    bootstrap: int


@runtime_checkable
class Settings(Protocol):
    """The parts of the config that are read here."""

    simulate: Years
    tensors: Lengths
    segments: Segments
    seed: int


@dataclass(frozen=True)
class Timing:
    """The months of the windows.

    Attributes
    ----------
    last : the month after the last one
    long, recent : how many months each window has
    step : how many months a step of the recent window has
    before : how many steps of the long window end before the recent one begins
    """

    last: np.datetime64
    long: int
    recent: int
    step: int
    before: int

    @classmethod
    def of(cls, years: Years, long: Length, recent: Length) -> "Timing":
        """The months of windows that end with the last simulated year."""
        return cls(
            np.datetime64(f"{years.first_year + years.years}-01"),
            long.steps * long.months_per_step,
            recent.steps * recent.months_per_step,
            recent.months_per_step,
            steps_before(long, recent),
        )


def recovery(
    planted: Planted,
    traits: Sequence[str],
    found: Found,
    settings: Settings,
) -> pd.DataFrame:
    """Everything that the run is to recover, a row a quantity, with the columns `COLUMNS`.

    Measured traits can be others than the planted ones. Then there is nothing to compare them with, and
    only coefficients and movers remain.

    Parameters
    ----------
    traits : the names of the planted traits
    """
    draws, seed = settings.segments.bootstrap, settings.seed
    same = set(found.weights.traits) == set(traits)
    frames = [coefficient_recovery(found.scores)]
    if same:
        frames = (
            stayer_recovery(planted, traits, found, settings.segments.levels, draws, seed) + frames
        )
    windows = settings.tensors
    if found.recent is not None and windows.recent is not None:
        timing = Timing.of(settings.simulate, windows.long, windows.recent)
        named = found.weights.traits if same else None
        frames += move_recovery(planted, found, found.recent, named, timing, draws, seed)
    return pd.concat(frames, ignore_index=True)[COLUMNS]


def stayer_recovery(
    planted: Planted, traits: Sequence[str], found: Found, levels: int, draws: int, seed: int
) -> list[pd.DataFrame]:
    """Traits, segments and labels of the test customers who did not move."""
    test = (found.side == "test") & ~planted.of(found.long.customers).mover
    # The network's traits may have another order.
    columns = [found.weights.traits.index(name) for name in traits]
    outputs = found.weights.outputs(found.long.states[test, -1])[:, columns]
    stay = planted.of(found.long.customers[test])
    known = order(stay.before, traits)
    return [
        trait_recovery(stay.before, outputs, traits, draws, seed),
        order_recovery(known, found.long.orders[test], levels, draws, seed),
        label_recovery(known[:, 0], found.labels[test].astype(str), draws, seed),
    ]


def move_recovery(
    planted: Planted,
    found: Found,
    recent: WindowData,
    traits: Sequence[str] | None,
    timing: Timing,
    draws: int,
    seed: int,
) -> list[pd.DataFrame]:
    """How well movers are found among the customers who have both windows.

    Parameters
    ----------
    traits : of the network's outputs; None where they are others than the planted ones
    """
    # The windows of customers who left end before the last year does.
    old, new = same_customers(found.long, recent, planted.customers[~planted.left])
    planted = planted.of(old.customers)
    first, last = (found.weights.outputs(window.states) for window in (old, new))
    earlier, change = change_since(old, new, timing.before)
    everybody = np.ones(len(planted.mover), dtype=bool)
    sizes = {"movers_top_network": movers.mahalanobis(last[:, -1] - first[:, -1], everybody)}
    if earlier.shape[1] >= movers.FEWEST_STEPS:
        sizes["movers_top"] = movers.sizes(change, earlier)
        sizes["movers_top_observer"] = movers.sizes(change, earlier, ~planted.mover)
    lists = listed_movers(found.movers, old.customers)
    frames = [mover_recovery(planted.mover, lists, sizes, draws, seed)]
    if not planted.mover.any():
        return frames
    who = planted.of(planted.customers[planted.mover])
    months = (timing.last - who.moved).astype(int)
    limit = averaging_limit(who.before, who.after, months, timing.recent, timing.long)
    frames.append(pd.DataFrame({"quantity": ["movers_recall_without_noise"], "value": limit}))
    if traits is not None:
        ends = timing.last - timing.step * np.arange(last.shape[1])[::-1]
        shown = dominant(last[planted.mover], traits)
        frames.append(delay_recovery(delays(shown, who.new, who.moved, ends), draws, seed))
    return frames


def listed_movers(
    found: pd.DataFrame, customers: Shaped[Names, "N"]
) -> dict[str, Bool[Bools, "N"]]:
    """Which customers the run lists: for another dominant trait, and for a change that stands out.

    Parameters
    ----------
    found : segments/movers.parquet
    """
    lists = {
        "movers": found["long"] != found["recent"],
        "movers_likely": found["likely"].eq(True),
    }
    # NumPy's isin compares strings one by one with all others.
    names = pd.Index(customers)
    return {name: names.isin(found["customer_id"][rows]) for name, rows in lists.items()}
