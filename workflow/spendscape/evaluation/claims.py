"""Every claim of the study beside what this run measured, with a verdict by a stated rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spendscape.dynamics.fixed_points import ATTRACTING

CONFIRMED, NOT_CONFIRMED, NOT_TESTED = "confirmed", "not confirmed", "not tested"


@dataclass(frozen=True)
class Claim:
    """One row of claims.csv.

    Attributes
    ----------
    claim, paper : what the study says, and its figure
    ours : what was measured, a number or words
    low, high : 95 % interval, where `ours` is a number that has one
    verdict : confirmed, not confirmed or not tested
    rule : when it counts as confirmed
    evidence : the file that `ours` was read from
    """

    claim: str
    paper: str
    ours: float | str
    low: float | None
    high: float | None
    verdict: str
    rule: str
    evidence: str


def _verdict(holds: bool) -> str:
    return CONFIRMED if holds else NOT_CONFIRMED


def _row(frame: pd.DataFrame, **where: Any) -> pd.Series:
    """The one row of a long table with these values."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    if len(frame) != 1:
        raise KeyError(f"{len(frame)} rows for {where}")
    return frame.iloc[0]


def explanation_claims(
    scores: pd.DataFrame, coefficients: pd.DataFrame, formula: Mapping[str, Any]
) -> list[Claim]:
    """Section IV, paragraph 2: the linear surrogate.

    Parameters
    ----------
    scores, coefficients : surrogate/scores.csv and surrogate/coefficients.csv
    formula : tensors/traits.json
    """
    test = scores[(scores["split"] == "test") & (scores["metric"] == "r2")]
    angles = [name for name in test["target"].unique() if name != "states"]

    def worst(family: str) -> "pd.Series[Any]":
        rows = test[(test["family"] == family) & test["target"].isin(angles)]
        return rows.sort_values("value").iloc[0]

    linear, found = worst("linear"), []
    evidence = "surrogate/scores.csv"
    found.append(
        Claim(
            "A linear model of spending reproduces the trajectories' directions on unseen customers (R² of the worse angle)",
            "0.78", linear["value"], linear["low"], linear["high"],
            _verdict(linear["low"] >= 0.78), "interval at or above 0.78", evidence,
        )
    )  # fmt: skip
    other = worst("polynomial")
    found.append(
        Claim(
            "A polynomial model is only slightly better",
            "0.79", other["value"], other["low"], other["high"],
            _verdict(0 <= other["value"] - linear["value"] <= 0.02), "0 to 0.02 above the linear model", evidence,
        )
    )  # fmt: skip
    for family in ("ridge", "decision_tree"):
        other = worst(family)
        found.append(
            Claim(
                f"{family.replace('_', ' ').capitalize()} regression is inferior",
                "below 0.78", other["value"], other["low"], other["high"],
                _verdict(other["high"] < linear["low"]), "its interval below the linear model's", evidence,
            )
        )  # fmt: skip
    states = _row(test, target="states")
    found.append(
        Claim(
            "A linear model reproduces all states from all fractions, F(I) ↦ S (R²)",
            "high fidelity", states["value"], states["low"], states["high"],
            _verdict(states["low"] >= 0.9), "interval at or above 0.9", evidence,
        )
    )  # fmt: skip
    inner = coefficients[coefficients["class"] != "(intercept)"]
    used = inner.groupby("class")["nonzero"].any().sum()
    # A formula fitted to measured traits gives every class a coefficient.
    measured = formula.get("measured") is not None
    made = sum(any(value != 0 for value in row) for row in formula["coefficients"])
    found.append(
        Claim(
            "The surrogate uses more classes than the formula of the traits: it learned relations that are not in it",
            "69 of 97, against 61", f"{used} of {len(formula['classes'])}, against {made}", None, None,
            NOT_TESTED if measured else _verdict(used > made),
            "" if measured else "more classes with a non-zero coefficient than the formula has",
            "surrogate/coefficients.csv",
        )
    )  # fmt: skip
    related = scores[scores["metric"] == "correlation_with_coefficients"]
    least = related.sort_values("value").iloc[0]
    found.append(
        Claim(
            f"The surrogate's coefficients correlate strongly with the {'fitted ' if measured else ''}formula's (multiple R of the worse angle)",
            "strong", least["value"], least["low"], least["high"],
            _verdict(least["low"] >= 0.7), "interval at or above 0.7", evidence,
        )
    )  # fmt: skip
    return found


def segment_claims(stability: Mapping[str, Any], purity: pd.DataFrame) -> list[Claim]:
    """Section IV, paragraphs 1 and 2: stable and hierarchical segments.

    Parameters
    ----------
    stability : segments/stability.json
    purity : segments/purity.csv
    """
    evidence, found = "segments/stability.json", []
    across = stability["across_windows"]
    claim = "The last year alone classifies a customer as six years do; raw traits move more (share with the same dominant trait)"
    if across is None:
        found.append(
            Claim(claim, "vast majority", "no recent window", None, None, NOT_TESTED, "", evidence)
        )
    else:
        states, raw = across["states"][0], across["raw"][0]
        found.append(
            Claim(
                claim, "vast majority; raw traits moved", states["value"], states["low"], states["high"],
                _verdict(states["low"] > 0.5 and states["low"] > raw["high"]),
                f"above one half, and the interval above that of raw traits ({raw['value']:.3f})", evidence,
            )
        )  # fmt: skip
    steady = {
        row["labels"]: row
        for row in stability["within_long"]
        if row["comparison"] == "previous_step"
    }
    if steady:
        states, raw = steady["states"], steady["raw"]
        found.append(
            Claim(
                "Inside the long window the state's label is steadier from step to step than the step's own spending",
                "vast majority remained", states["value"], states["low"], states["high"],
                _verdict(states["low"] > raw["high"]), f"interval above that of raw traits ({raw['value']:.3f})", evidence,
            )
        )  # fmt: skip
    means = purity[(purity["parent"] == "(mean)") & (purity["metric"] == "balanced_accuracy")]
    for level in sorted(means["level"].unique()):
        rows = means[means["level"] == level].set_index("space")
        ours = rows.loc["state_angles"]
        rivals = rows.loc[
            ["raw_fractions", "raw_principal_components", "feed_forward", "auto_encoder"]
        ]
        best = rivals.loc[rivals["value"].idxmax()]
        found.append(
            Claim(
                f"Angles separate the segments of level {level}; raw data, feed-forward networks and auto-encoders do not "
                "(balanced accuracy of a vote of neighbours)",
                "only in the states", ours["value"], ours["low"], ours["high"],
                _verdict(ours["low"] > best["high"]),
                f"interval above that of the best other space ({best.name}, {best['value']:.3f})",
                "segments/purity.csv",
            )
        )  # fmt: skip
    return found


def dynamics_claims(
    convergence: pd.DataFrame,
    attractors: Mapping[str, Any],
    inverse: Mapping[str, Any],
    elbow: Mapping[str, Any],
    verdicts: Mapping[str, int],
) -> list[Claim]:
    """Sections III-A, III-C and IV: units, inverse map, convergence and attractors.

    Parameters
    ----------
    convergence : dynamics/convergence.csv
    attractors, inverse, elbow : dynamics/attractors.json, space/inverse.json, model/elbow.json
    verdicts : number of customers by the verdict on their fixed point
    """
    table, found = convergence.set_index("quantity"), []
    evidence = "dynamics/convergence.csv"

    def measured(name: str) -> tuple[float, float, float]:
        value, low, high = table.loc[[name], ["value", "low", "high"]].to_numpy(float)[0]
        return float(value), float(low), float(high)

    found.append(
        Claim(
            "Three units are enough", "3", str(elbow["enough"]), None, None,
            _verdict(elbow["enough"] == 3), "the elbow criterion chooses 3", "model/elbow.csv",
        )
    )  # fmt: skip
    error = inverse["literal"]["largest_error"]
    found.append(
        Claim(
            "The inverse regression can be computed as printed, (O′ᵀO′)⁻¹O′ᵀS′ (largest error on the grid)",
            "used", error, None, None, _verdict(error < 1e-6), "error below 1e-6", "space/inverse.json",
        )
    )  # fmt: skip
    baseline = measured("r2_of_mean_of_the_dominant_trait")
    for name, text in (
        ("location_from_true_traits", "the true traits"),
        ("location_from_last_output", "the last output"),
    ):
        value, low, high = measured(f"r2_of_{name}")
        found.append(
            Claim(
                f"Trajectories converge to the locations L predicted from {text} (R² of L for the exact fixed points)",
                "all converge", value, low, high, _verdict(low >= 0.9),
                f"interval at or above 0.9 (the mean of the dominant trait's customers gives {baseline[0]:.3f})", evidence,
            )
        )  # fmt: skip
    value, low, high = measured("share_not_converged_after_extension")
    found.append(
        Claim(
            "Some trajectories have not fully converged after the extension (share farther than 1e-3 from the fixed point)",
            "some", value, low, high, _verdict(value > 0), "above 0", evidence,
        )
    )  # fmt: skip
    value, low, high = measured("correlation_of_strength_and_steps")
    found.append(
        Claim(
            "The stronger the dominant trait, the quicker the convergence (rank correlation of strength and steps)",
            "negative", value, low, high, _verdict(high < 0), "interval below 0", evidence,
        )
    )  # fmt: skip
    value, low, high = measured("label_equals_true_dominant")
    found.append(
        Claim(
            "Attractors can be labelled by the output dimensions (share of customers whose label is their own dominant trait)",
            "labelled", value, low, high, _verdict(low >= 0.8), "interval at or above 0.8", evidence,
        )
    )  # fmt: skip
    total, attracting = sum(verdicts.values()), sum(verdicts.get(name, 0) for name in ATTRACTING)
    found.append(
        Claim(
            "Attractors exist: every customer's trajectory ends in a stable fixed point",
            "hypothesised", f"{attracting} of {total}, {verdicts.get('certified', 0)} of them proved", None, None,
            _verdict(attracting == total), "all certified or verified", "dynamics/fixed_points.parquet",
        )
    )  # fmt: skip
    kinds = {
        name: entry.get("kind", "no customers") for name, entry in attractors["traits"].items()
    }
    words = ", ".join(f"{name}: {kind}" for name, kind in kinds.items())
    found.append(
        Claim(
            "Each trait has a line attractor or point attractors",
            "three lines, two points", words, None, None,
            _verdict(all(kind in ("point", "points", "curve") for kind in kinds.values())),
            "every locus is a point, points or a curve by the criterion", "dynamics/attractors.json",
        )
    )  # fmt: skip
    slow = attractors["slow_manifold"]["(all)"]
    found.append(
        Claim(
            "The lines are attractors of one system (spectral radius under the mean input)",
            "line attractors", slow["spectral_radius"], None, None, _verdict(slow["slow"]),
            "spectral radius at or above dynamics.slow", "dynamics/attractors.json",
        )
    )  # fmt: skip
    return found


def supervision_claims(ensemble: pd.DataFrame, other: str) -> list[Claim]:
    """What the supervision decides: the same results of a network trained the other way (maths §3).

    Parameters
    ----------
    ensemble : model/ensemble.csv
    other : every_step or final_step, the supervision that this run did not use
    """
    table, found = ensemble.set_index("quantity"), []
    for quantity, text, least in (
        ("r2_all_traits", "the network predicts the traits (R²)", 0.9),
        ("location_from_true_traits", "trajectories converge to L from the true traits (R²)", 0.9),
        ("label_equals_true_dominant", "attractors can be labelled (share that agrees)", 0.8),
    ):
        ends = [f"other_supervision_{end}" for end in ("value", "low", "high")]
        own, value, low, high = table.loc[[quantity], ["value", *ends]].to_numpy(float)[0]
        found.append(
            Claim(
                f"Trained with {other} instead, {text}", "supervision not stated", value, low, high,
                _verdict(low >= least), f"interval at or above {least:g} (this run: {own:.3f})",
                "model/ensemble.csv",
            )
        )  # fmt: skip
    return found


# By the beginning of a claim: the quantities of model/ensemble.csv that it rests on, and the least,
# or the most, that confirms it.
_RESTS_ON: dict[str, tuple[str, float, float]] = {
    "A linear model of spending": (r"surrogate_(?!states)", 0.78, np.inf),
    "A linear model reproduces all states": ("surrogate_states", 0.9, np.inf),
    "Trajectories converge to the locations L predicted from the true": (
        "location_from_true_traits",
        0.9,
        np.inf,
    ),
    "Trajectories converge to the locations L predicted from the last": (
        "location_from_last_output",
        0.9,
        np.inf,
    ),
    "The stronger the dominant trait": ("correlation_of_strength_and_steps", -np.inf, 0.0),
    "Attractors can be labelled": ("label_equals_true_dominant", 0.8, np.inf),
    "Attractors exist": ("ends_in_a_stable_fixed_point", 1.0, np.inf),
}


def after_retraining(claim: Claim, ensemble: pd.DataFrame) -> str:
    """Whether a claim's verdict is the same for every seed: words for the column `retrained`, or ''.

    Parameters
    ----------
    ensemble : model/ensemble.csv
    """
    for beginning, (pattern, least, most) in _RESTS_ON.items():
        if claim.claim.startswith(beginning):
            rows = ensemble[ensemble["quantity"].str.match(pattern)]
            low, high = float(rows["lowest"].min()), float(rows["highest"].max())
            same = low >= least and high <= most
            if claim.verdict == NOT_CONFIRMED:
                # With one threshold on a side, the worse seeds of all quantities must miss it, too.
                same = float(rows["highest"].min()) < least or float(rows["lowest"].max()) > most
            words = "survives" if same else "does not survive"
            return f"{words}: {low:.3f} to {high:.3f} over {int(rows['seeds'].max())} seeds"
    return ""


def claims_table(claims: Sequence[Claim], ensemble: pd.DataFrame) -> pd.DataFrame:
    """claims.csv: claim, paper, ours, low, high, verdict, rule, evidence, retrained."""
    return pd.DataFrame(
        [vars(claim) | {"retrained": after_retraining(claim, ensemble)} for claim in claims]
    )
