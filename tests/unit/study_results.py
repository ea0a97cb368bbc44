"""Results of an invented run that confirms every claim of the study, to be changed one at a time."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from spendscape.evaluation.quantities import OTHER_SPACES, Results
from spendscape.traits.linear import LinearFormula

ANGLES = ("azimuth", "elevation")


def ends(value: float, margin: float = 0.01) -> dict[str, float]:
    """A number with an interval around it."""
    return {"value": value, "low": value - margin, "high": value + margin}


def scores(**families: float) -> pd.DataFrame:
    """surrogate/scores.csv; the elevation is .005 worse than the azimuth, the training side is better.

    From where all traits are 0 angles are half as good, and the surrogate of the state is better.
    """
    rows: list[dict[str, Any]] = []
    for family, value in families.items():
        for angle, less in zip(ANGLES, (0.0, 0.005), strict=True):
            name = {"family": family, "target": angle, "metric": "r2", "start": "zero"}
            rows.append(name | {"split": "test"} | ends(value - less))
            rows.append(name | {"split": "train"} | ends(0.999))
            rows.append(name | {"split": "test", "start": "origin"} | ends(value / 2))
    for family, value in {"state": 0.96, "state_by_step": 0.98}.items():
        name = {"family": family, "split": "test", "start": "origin"}
        for component, less in (("direction_1", 0.0), ("direction_2", 0.005)):
            rows.append(name | {"target": component, "metric": "r2"} | ends(value - less, 0.001))
        rows.append(name | {"target": "label", "metric": "agreement"} | ends(value + 0.005, 0.001))
    linear = {"family": "linear", "split": "test"}
    rows.append(linear | {"target": "states", "metric": "r2"} | ends(0.97))
    for trait in ("trait 0", "trait 1"):
        name = {"family": "state", "target": trait, "metric": "correlation_with_coefficients"}
        rows.append(name | {"split": "train"} | ends(0.9))
    return pd.DataFrame(rows)


def convergence(**changes: float) -> pd.DataFrame:
    """dynamics/convergence.csv."""
    values = {
        "r2_of_location_from_true_traits": 0.95,
        "r2_of_location_from_last_output": 0.95,
        "r2_of_mean_of_the_dominant_trait": 0.5,
        "share_not_converged_after_extension": 0.02,
        "correlation_of_strength_and_steps": -0.3,
        "label_equals_true_dominant": 0.9,
    } | changes
    return pd.DataFrame([{"quantity": name} | ends(value) for name, value in values.items()])


def ensemble(**changes: tuple[float, float]) -> pd.DataFrame:
    """model/ensemble.csv, from the lowest and the highest of each quantity over the seeds."""
    spreads = {
        "surrogate_azimuth": (0.9, 0.95),
        "surrogate_elevation": (0.85, 0.9),
        "surrogate_worst_angle": (0.85, 0.9),
        "surrogate_states": (0.95, 0.96),
        "surrogate_direction": (0.97, 0.98),
        "surrogate_worst_component": (0.955, 0.96),
        "r2_all_traits": (0.95, 0.96),
        "location_from_true_traits": (0.95, 0.96),
        "location_from_last_output": (0.95, 0.96),
        "label_equals_true_dominant": (0.9, 0.95),
        "ends_in_a_stable_fixed_point": (1.0, 1.0),
        "correlation_of_strength_and_steps": (-0.4, -0.3),
    } | changes
    table = pd.DataFrame(
        [
            {"quantity": name, "value": low, "lowest": low, "highest": high}
            for name, (low, high) in spreads.items()
        ]
    )
    other = {f"other_supervision_{end}": value for end, value in ends(0.95).items()}
    return table.assign(seeds=5, **other)


def purity(ours: float, others: float) -> pd.DataFrame:
    """segments/purity.csv with one level; the last of the other spaces is the best."""
    rows = [{"space": f"{name}_directions"} | ends(ours, 0.02) for name in ("state", "surrogate")]
    for k, space in enumerate(reversed(OTHER_SPACES)):
        rows.append({"space": space} | ends(others - 0.01 * k, 0.02))
    table = pd.DataFrame(rows).assign(level=1, parent="(mean)", metric="balanced_accuracy")
    within = table.assign(parent="some segment", value=0.1)
    return pd.concat([within, table, table.assign(metric="silhouette", value=0.2)])


def cells(impossible: int = 0, solid_angle: float = 0.5) -> pd.DataFrame:
    """segments/cells.csv of two traits: both orders exist; `impossible` customers are in one that does not."""
    rows = [
        {"level": 1, "order": "trait 0", "exists": True, "customers": 5},
        {"level": 2, "order": "trait 0 > trait 1", "exists": True, "customers": 5},
        {"level": 2, "order": "trait 1 > trait 0", "exists": True, "customers": 0},
        {"level": 2, "order": "never", "exists": False, "customers": impossible},
    ]
    return pd.DataFrame(rows).assign(solid_angle=solid_angle)


def stability(states: float, raw: float) -> dict[str, Any]:
    """segments/stability.json."""
    steps = [
        {"labels": labels, "comparison": comparison} | ends(value)
        for labels, value in (("raw", raw), ("states", states))
        for comparison in ("whole_window", "previous_step")
    ]
    return {
        "across_windows": {"states": [ends(states)], "raw": [ends(raw)]},
        "within_long": steps,
    }


def formula(
    coefficients: list[list[float]], measured: dict[str, Any] | None = None
) -> LinearFormula:
    """A formula of two classes."""
    matrix = np.array(coefficients)
    traits = [f"trait {k}" for k in range(matrix.shape[1])]
    ends = np.zeros(len(traits)), np.ones(len(traits)), 1.0
    return LinearFormula(traits, ["a", "b"], matrix, *ends, measured)


def study_results(**changes: Any) -> Results:
    """A run that confirms every claim, with some of its results replaced."""
    results = Results(
        formula=formula([[1.0, 0.0], [0.0, 0.0]]),
        scores=scores(linear=0.88, polynomial=0.94, ridge=0.8, decision_tree=0.8),
        coefficients=pd.DataFrame(
            {
                "class": ["(intercept)", "a", "b"],
                "nonzero": [True, True, True],
                "users": [float("nan"), 9.0, 9.0],
            }
        ),
        inverse={"literal": {"largest_error": 1e-9}, "weights": [[1.0, 0.0], [0.0, 1.0]]},
        elbow={"enough": 3},
        ensemble=ensemble(),
        fixed_points=pd.DataFrame({"verdict": ["certified"] * 8 + ["verified"]}),
        attractors={
            "traits": {"one": {"kind": "point"}, "other": {"kind": "curve"}},
            "slow_manifold": {"(all)": {"spectral_radius": 0.97}},
        },
        convergence=convergence(),
        stability=stability(0.85, 0.7),
        purity=purity(0.9, 0.7),
        cells=cells(),
        slow=0.95,
        supervision="every_step",
    )
    return replace(results, **changes)
