"""Where in the paper each claim stands, what it found, and why some do not hold."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spendscape.pages.report.summary import claimed
from spendscape.pages.report.tables import VERDICTS, Rows, counts

# A figure or a section, and the ids of the claims that stand there, as a regular expression.
PLACES = (
    ("network", "other_supervision_.*"),
    ("figure_1", "last_year_classifies_.*|states_are_steadier_.*|attractors_exist"),
    (
        "explanation",
        "linear_reproduces_.*|polynomial_.*|.*_is_inferior|uses_more_.*|coefficients_.*|state_.*",
    ),
    ("figure_2", ".*_separates?_level_.*|orders_by_.*|occupied_orders_.*"),
    ("figure_3", "converges_to_.*|some_have_.*|stronger_traits_.*"),
    ("figure_4", "attractors_can_.*|attractors_are_.*|lines_are_.*"),
    ("figure_5", "three_units_.*"),
    ("figure_6", "printed_inverse_.*"),
)
# Where a claim stands that the table above does not know.
ELSEWHERE = "further-claims"
# What the mathematics says of a claim that does not hold; of the others the numbers say all that is known.
WHY = {
    "printed_inverse_can_be_computed": (
        "With its column of ones the grid of outputs has fewer independent columns than it has columns, so the matrix that the printed "
        "formula inverts is singular. This run uses the closed form (Methods) in its place."
    ),
    "lines_are_attractors_of_one_system": (
        "Every customer has a constant input of its own. What looks like a line is the place of many fixed points, each of another input; "
        "under one input the state comes to rest in a point."
    ),
    "attractors_are_lines_or_points": (
        "Every customer has an input of its own, and inputs differ in more than one direction; so fixed points can, too. Their kind is "
        "named by a criterion of variance, which the study does not give."
    ),
    "some_have_not_converged": (
        "After this run's extension every trajectory is at its fixed point. How long the study's own extension was decides this claim."
    ),
    "polynomial_is_slightly_better": (
        "A polynomial has many more coefficients than the linear model, and may fit the training customers by heart where they are few."
    ),
    "uses_more_classes_than_the_formula": (
        "Which coefficients count as zero depends on a threshold (surrogate.nonzero) that the study does not state."
    ),
}
STUDY_TABLE = "study"
FAILED = ("contradicted", "not tested")


@dataclass(frozen=True)
class Finding:
    """A claim as the paper shows it.

    Attributes
    ----------
    place : the figure or section where it stands
    kind : how its verdict looks
    ours : what this run measured, in words or as a number with its interval
    rule : when it counts as confirmed, and as stronger
    why : why it does not hold; empty where nothing is known beyond the numbers
    """

    id: str
    table: str
    words: str
    study: str
    ours: str
    verdict: str
    kind: str
    rule: str
    retrained: str
    evidence: str
    place: str
    why: str

    @property
    def needs(self) -> str:
        """When it counts as confirmed."""
        return self.rule.split("; stronger when ")[0]


def findings(claims: Rows) -> list[Finding]:
    """Every row of claims.csv, in its order."""
    return [_finding(row) for row in claims]


def place_of(name: str) -> str:
    """The figure or section where the claim of this id stands."""
    found = (place for place, pattern in PLACES if re.fullmatch(pattern, name))
    return next(found, ELSEWHERE)


def by_place(found: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The claims of each place."""
    places: dict[str, list[Finding]] = {}
    for finding in found:
        places.setdefault(finding.place, []).append(finding)
    return places


def verdict_counts(found: Sequence[Finding]) -> list[tuple[str, int]]:
    """How many of these claims have each verdict that occurs."""
    number = counts(finding.verdict for finding in found)
    return [(verdict, number[verdict]) for verdict in VERDICTS if verdict in number]


def _finding(row: Mapping[str, Any]) -> Finding:
    verdict = str(row["verdict"])
    return Finding(
        id=str(row["id"]),
        table=str(row["table"]),
        words=str(row["claim"]),
        study=str(row["paper"]),
        ours=claimed(row["ours"], row["low"], row["high"]),
        verdict=verdict,
        kind=VERDICTS[verdict],
        rule=_text(row["rule"]),
        retrained=_text(row["retrained"]),
        evidence=str(row["evidence"]),
        place=place_of(str(row["id"])),
        why=WHY.get(str(row["id"]), "") if verdict == "contradicted" else "",
    )


def _text(value: Any) -> str:
    """A text of a CSV file, where nothing is read as NaN."""
    return value if isinstance(value, str) else ""
