"""A small world of any N, T, C, P, M: simulated spending, a hand-made LSTM that reads it, and what
the library computes from both. Only the network's weights are chosen instead of trained."""

import datetime
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spendscape.core import parquet as tables
from spendscape.dynamics.attractors import Criteria, attractor, spread
from spendscape.dynamics.fixed_points import UNCONVERGED, fixed_points
from spendscape.explanation import chart, state_surrogate
from spendscape.explanation import inverse_map as space
from spendscape.network.lstm import Lstm
from spendscape.network.trajectories import extended, trajectories
from spendscape.network.weights import Weights
from spendscape.segments import decisions
from spendscape.segments import names as segments
from spendscape.segments.naming import published_orders
from spendscape.segments.table import segment_columns
from spendscape.traits import measured
from spendscape.traits.linear import LinearFormula
from spendscape.traits.split import UNMEASURED, split
from spendscape.traits.targets import dominant

TRAITS = ["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]
HOSTILE = ["<script>alert(1)</script>", "../../etc", "é, ü & 漢字\n", "x" * 1000]


def names(kind: str, count: int) -> list[str]:
    """`count` names: the Big Five first, then made-up ones."""
    return [*(TRAITS if kind == "trait" else []), *(f"{kind} {k}" for k in range(count))][:count]


def random_weights(
    units: int, classes: int, traits: int, seed: int = 1, size: float = 1.0
) -> Weights:
    """Random float32 weights, so that Keras holds exactly the same."""
    random = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return (size * random.normal(size=shape)).astype(np.float32).astype(np.float64)

    return Weights(
        Lstm(draw(classes, 4 * units), draw(units, 4 * units), draw(4 * units)),
        draw(units, traits),
        draw(traits),
        [f"trait {k}" for k in range(traits)],
        [f"class {k}" for k in range(classes)],
    )


@dataclass
class World:
    """Everything upstream of the figures, the explorer and the cards, in memory."""

    N: int = 240
    T: int = 6
    C: int = 12
    P: int = 5
    M: int = 3
    seed: int = 1
    recent_window: bool = True
    bootstrap: int = 20
    extended_steps: int = 60
    unknown: int = 0  # customers whose fixed point stays unknown
    measured: float | None = None  # share of customers whose traits were measured; None: by formula
    trait_names: list[str] | None = None  # P of them; None: made-up ones
    customers: list[str] = field(init=False)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        N, T, C, P, M = self.N, self.T, self.C, self.P, self.M
        plain = [f"c{k:05d}" for k in range(N - len(HOSTILE))]
        self.customers = sorted([*plain, *HOSTILE], key=lambda name: name.encode())
        self.traits, self.classes = self.trait_names or names("trait", P), names("class", C)
        base = random.normal(0, 0.7, C)
        loading = random.normal(0, 1, (M, C))
        taste, after = random.normal(0, 1, (N, M)), random.normal(0, 1, (N, M))
        moves = random.random(N) < 0.08

        def fractions(tastes: Any) -> Any:
            logits = base + 0.6 * tastes @ loading + random.normal(0, 0.35, (*tastes.shape[:2], C))
            parts = np.exp(logits)
            return (parts / parts.sum(axis=-1, keepdims=True)).astype(np.float32)

        path = np.repeat(taste[:, None], T, axis=1)
        path[moves, -1] = after[moves]
        self.spending = fractions(path)
        self.total = random.uniform(500, 3000, (N, T))
        self.recent_customers = self.customers[::2] if self.recent_window else []
        last = np.where(moves[:, None], after, taste)[::2]
        self.recent = fractions(np.repeat(last[:, None], T, axis=1))
        mean = self.spending.mean(axis=1, dtype=float)
        published = loading.T @ random.normal(0, 1, (M, P))
        self.split = split(self.customers, {"train": 0.7, "validation": 0.15, "test": 0.15})
        train = self.split == "train"
        raw = LinearFormula(self.traits, self.classes, published, np.zeros(P), np.ones(P), 1.0)
        self.formula = raw.standardised(mean[train])
        self.values = self.formula(mean)
        if self.measured is not None:
            self._measure(mean, np.random.default_rng(self.seed))
        known = np.isfinite(self.values).all(axis=1)
        self.dominant = np.where(known, dominant(self.values, self.traits), "")
        self.weights = self._network(mean, loading, random)
        drive = self.weights.drive(mean)
        self.long_states, self.long_cells = trajectories(self.weights.cell, self.spending)
        self.recent_states, _ = trajectories(self.weights.cell, self.recent)
        self.extended = extended(self.weights.cell, drive, self.extended_steps)
        self.inverse = space.invert(self.weights.output, self.weights.output_bias)
        self.grid = space.grid(M, 11 if M < 4 else 7)
        self.chart = chart.fit_chart(self.long_states[train], self.inverse.origin)
        self.surrogate = state_surrogate.fit_state(mean[train], self.long_states[train, -1], 10)
        self.directed = state_surrogate.direction_columns(
            self.chart, self.surrogate, self.long_states, mean
        )
        self.directions = self.directed["direction"]
        self.predicted = self.directed["predicted_direction"]
        self.angles = self.chart.angles(self.directions)
        self.predicted_angles = self.chart.angles(self.predicted)
        steps = self.spending[train].mean(axis=0, dtype=float)
        self.decider = decisions.Decider(self.weights, self.surrogate, steps)
        drive[: self.unknown] = np.nan
        self.found = fixed_points(self.weights.cell, drive)
        self.outputs = self.weights.outputs(self.long_states[:, -1])
        known = self.found.verdict != UNCONVERGED
        there = dominant(self.weights.outputs(self.found.state), self.traits)
        self.labels = np.where(known, there, "")
        self.levels = segments.order(self.outputs, self.traits)
        self.attractors = self._attractors()
        self.naming = {
            "neutral_margin": 0.01,
            "published": published_orders(self.levels, minimum=1),
        }

    def _measure(self, mean: Any, random: Any) -> None:
        """Questionnaires of some customers: what the formula gives, and noise, in points."""
        assert self.measured is not None
        points = 20 + 5 * (self.values + random.normal(0, 0.2, self.values.shape))
        some = np.flatnonzero(random.random(self.N) < self.measured)
        table = measured.Measured([self.customers[k] for k in some], self.traits, points[some])
        raw, counts = table.of(self.customers)
        self.split = np.where(np.isfinite(raw).all(axis=1), self.split, UNMEASURED)
        self.values, self.formula = measured.fit_formula_to(
            raw, mean, self.traits, self.classes, self.split, counts
        )

    def _network(self, mean: Any, loading: Any, random: Any) -> Weights:
        """Candidates read the tastes, gates forget slowly; the output layer is fitted to the traits."""
        C, M = self.C, self.M
        scores = mean @ np.linalg.pinv(loading)
        kernel = np.zeros((C, 4 * M))
        kernel[:, 2 * M : 3 * M] = np.linalg.pinv(loading) / scores.std(axis=0) * 0.7
        bias = np.concatenate([np.zeros(M), np.ones(M) * 0.5, np.zeros(M), np.ones(M)])
        bias[2 * M : 3 * M] = -mean.mean(axis=0) @ kernel[:, 2 * M : 3 * M]
        recurrent = random.normal(0, 0.15, (M, 4 * M)) / np.sqrt(M)
        cell = Lstm(kernel, recurrent, bias)
        last = trajectories(cell, self.spending)[0][:, -1]
        design = np.column_stack([last, np.ones(len(last))])
        known = np.isfinite(self.values).all(axis=1)
        fitted = np.asarray(
            np.linalg.lstsq(design[known], self.values[known], rcond=None)[0], float
        )
        off = np.square(design @ fitted - self.values)[known].mean(axis=0)
        share = 1 - off / self.values[known].var(axis=0)
        self.r2 = {name: {"value": float(v)} for name, v in zip(self.traits, share, strict=True)}
        return Weights(
            cell, np.asarray(fitted[:-1]), np.asarray(fitted[-1]), self.traits, self.classes
        )

    def _attractors(self) -> dict[str, Any]:
        how = Criteria(0.1, 0.9, 3, 20, 5, 2000, 0.95, self.bootstrap, 0)
        state, found = self.found.state, {}
        for trait in self.traits:
            members = self.labels == trait
            found[trait] = {"customers": int(members.sum())}
            if members.sum() > 1:
                overall = spread(state[self.labels != ""])
                found[trait] |= attractor(state[members], overall, how).to_dict()
        made: dict[str, Any] = plain({"traits": found})
        return made

    def write(self, folder: Path) -> Path:
        """The files of the results contract that the figures, the explorer and the cards read."""
        rooms = "tensors model states surrogate space dynamics segments explain"
        for name in rooms.split():
            (folder / name).mkdir(parents=True, exist_ok=True)
        ids, angle = pa.array(self.customers), chart.angle_names(self.M)

        def parquet(name: str, columns: dict[str, Any], metadata: Any = None) -> None:
            made = tables.table(columns, metadata)
            # Small row groups, so that a reader which looks in the first one only is found out.
            pq.write_table(made, folder / name, **tables.PARQUET | {"row_group_size": 64})

        windows = {"long": (ids, self.spending, self.long_states, "spending")}
        if self.recent_window:
            some = pa.array(self.recent_customers)
            windows["recent"] = (some, self.recent, self.recent_states, "recent")
        for window, (who, spending, hidden, file) in windows.items():
            columns = {"customer_id": who, "spending": spending}
            columns |= {
                "total": self.total[: len(who)],
                "last_month": pa.array([datetime.date(2024, 12, 1)] * len(who)),
            }
            parquet(f"tensors/{file}.parquet", columns, {"classes": self.classes})
            parquet(
                f"states/{window}.parquet",
                {"customer_id": who, "state": hidden.astype(np.float32)},
            )
        reasons = ["in"] * self.N + ["fewer than 6 steps"]
        parquet(
            "tensors/customers.parquet",
            {"customer_id": pa.array([*self.customers, "left-out"]), "long": pa.array(reasons)},
        )
        parquet(
            "tensors/traits.parquet",
            {
                "customer_id": ids,
                "traits": self.values,
                "dominant": self.dominant,
                "split": self.split,
            },
            {"traits": self.traits},
        )
        parquet("states/extended.parquet", {"customer_id": ids, "state": self.extended})
        parquet("surrogate/directions_long.parquet", {"customer_id": ids} | self.directed)
        outputs = self.weights.outputs(self.grid)
        columns = {f"s{m + 1}": self.grid[:, m].copy() for m in range(self.M)}
        columns |= {trait: outputs[:, p].copy() for p, trait in enumerate(self.traits)}
        parquet("space/reachable.parquet", columns)
        columns = vars(self.found) | {
            "label": self.labels,
            "location_traits": self.inverse.states(self.values),
            "location_output": self.inverse.states(self.outputs),
        }
        parquet("dynamics/fixed_points.parquet", {"customer_id": ids} | columns)
        columns = {"customer_id": ids} | segment_columns(
            self.weights, self.long_states[:, -1], 3, self.naming
        )
        parquet(
            "segments/segments.parquet",
            columns | dict(zip(angle, self.angles.T.copy(), strict=True)),
        )
        self._write_explanation(folder)
        (folder / "surrogate/chart.json").write_text(self.chart.to_json())
        (folder / "model/weights.json").write_text(self.weights.to_json())
        (folder / "tensors/traits.json").write_text(self.formula.to_json())
        inverse = {"traits": self.traits} | asdict(self.inverse)
        (folder / "space/inverse.json").write_text(json.dumps(plain(inverse)))
        (folder / "dynamics/attractors.json").write_text(json.dumps(self.attractors))
        self._movers().to_parquet(folder / "segments/movers.parquet", index=False)
        return folder

    def _write_explanation(self, folder: Path) -> None:
        """What cards explain with: the surrogate, contributions and counterfactuals."""
        text = state_surrogate.write_surrogate(self.surrogate, self.decider.average_steps)
        (folder / "surrogate/state.json").write_text(text)
        spending, states = folder / "tensors/spending.parquet", folder / "states/long.parquet"
        decisions.write_contributions(
            self.decider,
            str(spending),
            str(states),
            str(folder / "explain/contributions.parquet"),
        )
        every = np.ones(self.C, dtype=bool)
        path = str(folder / "explain/counterfactuals.parquet")
        decisions.write_counterfactuals(self.decider, str(spending), 12, every, every, path)

    def _movers(self) -> pd.DataFrame:
        rows = [self.customers.index(name) for name in self.recent_customers]
        now = dominant(self.weights.outputs(self.recent_states[: len(rows), -1]), self.traits)
        columns = {
            "customer_id": self.recent_customers,
            "long": self.levels[rows, 0],
            "recent": now,
        }
        frame = pd.DataFrame(columns)
        frame["change"] = np.arange(1.0, len(frame) + 1)
        frame["likely"] = frame["change"] > 3
        return frame[(frame["long"] != frame["recent"]) | frame["likely"]]


def plain(value: Any) -> Any:
    """Nested values as JSON would bring them back."""
    return json.loads(json.dumps(value, default=lambda array: array.tolist()))
