"""The figures: one row of a table for each; the rules, the contract, the pages and the tests read it."""

from collections.abc import Mapping
from dataclasses import dataclass

SPENDING = "<results>/tensors/spending.parquet"
TRAITS = "<results>/tensors/traits.parquet"
FORMULA = "<results>/tensors/traits.json"
WEIGHTS = "<results>/model/weights.json"
# In every window that the run has.
STATES = "<results>/states/{window}.parquet"
EXTENDED = "<results>/states/extended.parquet"
LONG_STATES = "<results>/states/long.parquet"
REACHABLE = "<results>/space/reachable.parquet"
INVERSE = "<results>/space/inverse.json"
FIXED_POINTS = "<results>/dynamics/fixed_points.parquet"
ATTRACTORS = "<results>/dynamics/attractors.json"
NAMING = "<results>/segments/naming.json"
SEGMENTS = "<results>/segments/segments.parquet"
MOVERS = "<results>/segments/movers.parquet"


@dataclass(frozen=True)
class Figure:
    """A figure, drawn by `workflow/scripts/pages/<name>.py` and captioned by `workflow/report/<name>.rst`.

    shows : what it shows, in the words that label it in the report
    inputs : the files that its script reads, by the name that the script gives them
    """

    shows: str
    inputs: Mapping[str, str]


# In the order in which the paper shows them, by which they are numbered.
FIGURES: Mapping[str, Figure] = {
    "ledger_flow": Figure(
        "where all rows and all money went",
        {"ledger": "<results>/ingest/ledger.json", "coverage": "<results>/tensors/coverage.csv"},
    ),
    "figure_1": Figure(
        "trajectories by dominant trait",
        {
            "weights": WEIGHTS,
            "states": STATES,
            "fixed_points": FIXED_POINTS,
            "attractors": ATTRACTORS,
            "movers": MOVERS,
        },
    ),
    "learning": Figure(
        "how many units are enough, the training, and the calibration",
        {
            "elbow": "<results>/model/elbow.csv",
            "criterion": "<results>/model/elbow.json",
            "history": "<results>/model/history.csv",
            "calibration": "<results>/model/calibration.csv",
        },
    ),
    "coefficients": Figure(
        "the explanation's coefficients by class and trait",
        {"coefficients": "<results>/surrogate/coefficients.csv", "formula": FORMULA},
    ),
    "figure_2": Figure(
        "the sphere of directions, level by level",
        {"weights": WEIGHTS, "states": LONG_STATES, "segments": SEGMENTS, "naming": NAMING},
    ),
    "segment_map": Figure(
        "the segments as areas, and how early a label is known",
        {
            "table": "<results>/segments/table.csv",
            "stability": "<results>/segments/stability.json",
            "windows": "<results>/tensors/summary.json",
            "formula": FORMULA,
        },
    ),
    "figure_3": Figure(
        "predicted final locations and their residuals",
        {
            "formula": FORMULA,
            "segments": SEGMENTS,
            "extended": EXTENDED,
            "fixed_points": FIXED_POINTS,
        },
    ),
    "figure_4": Figure(
        "where each trait's customers end",
        {
            "states": LONG_STATES,
            "fixed_points": FIXED_POINTS,
            "attractors": ATTRACTORS,
        },
    ),
    "flow": Figure(
        "where the network drives the state under the mean input",
        {
            "spending": SPENDING,
            "weights": WEIGHTS,
            "extended": EXTENDED,
            "fixed_points": FIXED_POINTS,
            "attractors": ATTRACTORS,
        },
    ),
    "figure_5": Figure(
        "the reachable output space",
        {
            "traits": TRAITS,
            "reachable": REACHABLE,
            "weights": WEIGHTS,
            "fixed_points": FIXED_POINTS,
        },
    ),
    "figure_6": Figure(
        "the trait axes in state space",
        {"inverse": INVERSE, "fixed_points": FIXED_POINTS},
    ),
}
NUMBERS: Mapping[str, int] = {name: place for place, name in enumerate(FIGURES, start=1)}
