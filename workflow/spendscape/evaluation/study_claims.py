"""The claims of the study, as a table; each threshold stands here once."""

from spendscape.core.text import NEEDS_TWO_TRAITS, NEEDS_TWO_UNITS
from spendscape.evaluation import quantities as q
from spendscape.evaluation.claims import (
    ABOVE,
    AT_LEAST,
    BELOW,
    EQUAL,
    EXPLANATION,
    INTERVAL_ABOVE,
    INTERVAL_AT_LEAST,
    INTERVAL_BELOW,
    SUPERVISION,
    Claim,
    Condition,
    PerLevel,
)

# These two conditions are also set to a network that was trained with the other supervision.
LOCATED = Condition(INTERVAL_AT_LEAST, 0.9)
LABELLED = Condition(INTERVAL_AT_LEAST, 0.8)
# What a claim about angles, or about telling segments apart, says in a run that has none.
NO_ANGLES = f"not measured: {NEEDS_TWO_UNITS}"
NOTHING_TO_TELL_APART = f"not measured: {NEEDS_TWO_TRAITS}, and segments of enough customers (segments.minimum_customers)"


def _inferior(family: str, name: str) -> Claim:
    return Claim(
        id=f"{family}_is_inferior",
        section="IV, paragraph 2",
        words=f"{name} regression is inferior",
        paper="below 0.78",
        evidence="surrogate/scores.csv",
        quantity=q.worst_angle(family),
        conditions=[
            Condition(INTERVAL_BELOW, q.worst_angle("linear"), "its interval below the linear model's")
        ],
        missing=NO_ANGLES,
    )  # fmt: skip


def _separated(level: int) -> Claim:
    return Claim(
        id=f"directions_separate_level_{level}",
        section="IV, paragraph 2",
        words=f"Directions separate the segments of level {level}; raw data, feed-forward networks and auto-encoders "
        "do not (balanced accuracy of a vote of neighbours)",
        paper="only in the states",
        evidence="segments/purity.csv",
        quantity=q.separation("state_directions", level),
        conditions=[_better_than_other_spaces(level)],
        missing=NOTHING_TO_TELL_APART,
    )


def _surrogate_separates(level: int) -> Claim:
    return Claim(
        id=f"surrogate_separates_level_{level}",
        section="IV, paragraph 2",
        words=f"The surrogate's directions, made of spending by one linear model, separate the segments of level {level} "
        "better than raw data, feed-forward networks and auto-encoders",
        paper="not stated",
        evidence="segments/purity.csv",
        quantity=q.separation("surrogate_directions", level),
        conditions=[_better_than_other_spaces(level)],
        table=EXPLANATION,
        missing=NOTHING_TO_TELL_APART,
    )


def _better_than_other_spaces(level: int) -> Condition:
    return Condition(
        INTERVAL_ABOVE,
        q.best_other_separation(level),
        "interval above that of the best other space ({bound})",
    )


def _converges(source: str, name: str) -> Claim:
    return Claim(
        id=f"converges_to_{source}",
        section="IV, paragraph 3",
        words=f"Trajectories converge to the locations L predicted from {name} "
        "(R² of L for the exact fixed points)",
        paper="all converge",
        evidence="dynamics/convergence.csv",
        quantity=q.convergence(f"r2_of_{source}"),
        conditions=[LOCATED],
        rests_on=source,
        beside=(
            "the mean of the dominant trait's customers gives {}",
            q.convergence("r2_of_mean_of_the_dominant_trait"),
        ),
    )


def _otherwise(quantity: str, words: str, condition: Condition) -> Claim:
    """The study does not say at which steps the network was supervised, and that decides much (maths §3)."""
    return Claim(
        id=f"other_supervision_{quantity}",
        section="III-A",
        words=f"Trained with {{other}} instead, {words}",
        paper="supervision not stated",
        evidence="model/ensemble.csv",
        quantity=q.other_supervision(quantity),
        conditions=[condition],
        beside=("this run: {}", q.this_run(quantity)),
        table=SUPERVISION,
    )


def _labelled(family: str, words: str, share: float) -> Claim:
    return Claim(
        id=f"{family}_surrogate_gives_the_label",
        section="IV, paragraph 2",
        words=f"The surrogate's direction gives the network's dominant trait{words} (share of unseen customers)",
        paper="not stated",
        evidence="surrogate/scores.csv",
        quantity=q.label_agreement(family),
        conditions=[Condition(INTERVAL_AT_LEAST, share)],
        table=EXPLANATION,
    )


SURROGATE: tuple[Claim | PerLevel, ...] = (
    Claim(
        id="linear_reproduces_directions",
        section="IV, paragraph 2",
        words="A linear model of spending reproduces the trajectories' directions on unseen customers "
        "(R² of the worse angle, from the zero state)",
        paper="0.78",
        evidence="surrogate/scores.csv",
        quantity=q.worst_angle("linear"),
        conditions=[Condition(INTERVAL_AT_LEAST, 0.78)],
        figure=0.78,
        rests_on="surrogate_worst_angle",
        missing=NO_ANGLES,
    ),
    Claim(
        id="polynomial_is_slightly_better",
        section="IV, paragraph 2",
        words="A polynomial model is only slightly better (R² of its worse angle less the linear model's)",
        paper="0.79 against 0.78",
        evidence="surrogate/scores.csv",
        quantity=q.gain("polynomial", "linear"),
        conditions=[Condition(INTERVAL_ABOVE, 0)],
        figure=0.01,
        missing=NO_ANGLES,
    ),
    _inferior("ridge", "Ridge"),
    _inferior("decision_tree", "Decision tree"),
    Claim(
        id="linear_reproduces_states",
        section="III-B",
        words="A linear model reproduces all states from all fractions, F(I) ↦ S (R²)",
        paper="high fidelity",
        evidence="surrogate/scores.csv",
        quantity=q.all_states,
        conditions=[Condition(INTERVAL_AT_LEAST, 0.9)],
        rests_on="surrogate_states",
    ),
    Claim(
        id="uses_more_classes_than_the_formula",
        section="IV, paragraph 2",
        words="The surrogate uses more classes than the formula of the traits: it learned relations "
        "that are not in it",
        paper="69 of 97, against 61",
        evidence="surrogate/coefficients.csv",
        quantity=q.classes_used,
        conditions=[
            Condition(
                ABOVE,
                q.classes_of_formula,
                "more classes with a non-zero coefficient than the formula has, of those that are spent on",
            )
        ],
    ),
    Claim(
        id="coefficients_correlate_with_the_formula",
        section="IV, paragraph 2",
        words="The surrogate's coefficients correlate strongly with the {formula}'s "
        "(Pearson's r over classes, of the trait where it is lowest)",
        paper="strong",
        evidence="surrogate/scores.csv",
        quantity=q.correlation_with_formula,
        conditions=[Condition(INTERVAL_AT_LEAST, 0.7)],
    ),
)  # fmt: skip

EXPLAINED: tuple[Claim | PerLevel, ...] = (
    Claim(
        id="state_surrogate_reproduces_directions",
        section="IV, paragraph 2",
        words="A linear model of the last state reproduces its direction from where all traits are 0, on unseen customers "
        "(R² of the worst component of the unit vector)",
        paper="0.78, of angles",
        evidence="surrogate/scores.csv",
        quantity=q.worst_component("state", "origin"),
        conditions=[Condition(INTERVAL_AT_LEAST, 0.78)],
        figure=0.78,
        table=EXPLANATION,
        rests_on="surrogate_worst_component",
    ),
    Claim(
        id="state_surrogate_by_step_reproduces_directions",
        section="III-B",
        words="The same from the fractions of every step",
        paper="high fidelity",
        evidence="surrogate/scores.csv",
        quantity=q.worst_component("state_by_step", "origin"),
        conditions=[Condition(INTERVAL_AT_LEAST, 0.9)],
        table=EXPLANATION,
    ),
    _labelled("state", "", 0.95),
    _labelled("state_by_step", ", from the fractions of every step", 0.97),
    _surrogate_separates,
    Claim(
        id="orders_by_formula_and_by_enumeration",
        section="IV, paragraph 2",
        words="The orders of traits that a direction can have are as many as the formula says",
        paper="not stated",
        evidence="segments/cells.csv",
        quantity=q.orders_that_exist,
        conditions=[Condition(EQUAL, q.orders_by_formula, "both are equal")],
        table=EXPLANATION,
    ),
    Claim(
        id="occupied_orders_exist",
        section="IV, paragraph 2",
        words="No customer has an order of traits that no direction can have",
        paper="not stated",
        evidence="segments/cells.csv",
        quantity=q.customers_in_impossible_orders,
        conditions=[Condition(EQUAL, 0, "{bound} customers in such an order")],
        table=EXPLANATION,
    ),
)

SEGMENTS: tuple[Claim | PerLevel, ...] = (
    Claim(
        id="last_year_classifies_as_all_years",
        section="IV, paragraph 1",
        words="The last year alone classifies a customer as six years do; raw traits move more "
        "(share with the same dominant trait)",
        paper="vast majority; raw traits moved",
        evidence="segments/stability.json",
        quantity=q.same_in_both_windows("states"),
        conditions=[
            Condition(INTERVAL_ABOVE, 0.5),
            Condition(
                INTERVAL_ABOVE, q.same_in_both_windows("raw"), "above that of raw traits ({bound})"
            ),
        ],
        missing="no recent window, or too few test customers (segments.minimum_customers)",
    ),
    Claim(
        id="states_are_steadier_than_spending",
        section="IV, paragraph 1",
        words="Inside the long window the state's label is steadier from step to step than the "
        "step's own spending",
        paper="vast majority remained",
        evidence="segments/stability.json",
        quantity=q.steady_steps("states"),
        conditions=[
            Condition(
                INTERVAL_ABOVE, q.steady_steps("raw"), "interval above that of raw traits ({bound})"
            )
        ],
        missing="a single step, or too few test customers (segments.minimum_customers)",
    ),
    _separated,
)

DYNAMICS: tuple[Claim | PerLevel, ...] = (
    Claim(
        id="three_units_are_enough",
        section="III-A",
        words="Three units are enough",
        paper="3",
        evidence="model/elbow.json",
        quantity=q.enough_units,
        conditions=[Condition(EQUAL, 3, "the elbow criterion chooses {bound}")],
        missing="the most units that were tried (elbow.units) are still better than fewer",
    ),
    Claim(
        id="printed_inverse_can_be_computed",
        section="III-C",
        words="The inverse regression can be computed as printed, (O′ᵀO′)⁻¹O′ᵀS′ "
        "(largest error on the grid)",
        paper="used",
        evidence="space/inverse.json",
        quantity=q.error_of_printed_inverse,
        conditions=[Condition(BELOW, 1e-6, "error below {bound}")],
    ),
    _converges("location_from_true_traits", "the true traits"),
    _converges("location_from_last_output", "the last output"),
    Claim(
        id="some_have_not_converged",
        section="IV, paragraph 3",
        words="Some trajectories have not fully converged after the extension "
        "(share farther than 1e-3 from the fixed point)",
        paper="some",
        evidence="dynamics/convergence.csv",
        quantity=q.convergence("share_not_converged_after_extension"),
        conditions=[Condition(ABOVE, 0)],
    ),
    Claim(
        id="stronger_traits_converge_quicker",
        section="IV, paragraph 3",
        words="The stronger the dominant trait, the quicker the convergence "
        "(rank correlation of strength and steps)",
        paper="negative",
        evidence="dynamics/convergence.csv",
        quantity=q.convergence("correlation_of_strength_and_steps"),
        conditions=[Condition(INTERVAL_BELOW, 0)],
        rests_on="correlation_of_strength_and_steps",
    ),
    Claim(
        id="attractors_can_be_labelled",
        section="IV, paragraph 3",
        words="Attractors can be labelled by the output dimensions "
        "(share of customers whose label is their own dominant trait)",
        paper="labelled",
        evidence="dynamics/convergence.csv",
        quantity=q.convergence("label_equals_true_dominant"),
        conditions=[LABELLED],
        rests_on="label_equals_true_dominant",
    ),
    Claim(
        id="attractors_exist",
        section="IV, paragraph 1",
        words="Attractors exist: every customer's trajectory ends in a stable fixed point",
        paper="hypothesised",
        evidence="dynamics/fixed_points.parquet",
        quantity=q.ends_in_stable_fixed_points,
        conditions=[Condition(AT_LEAST, 1, "share certified or verified at or above {bound}")],
        rests_on="ends_in_a_stable_fixed_point",
    ),
    Claim(
        id="attractors_are_lines_or_points",
        section="IV, paragraph 3",
        words="Each trait has a line attractor or point attractors",
        paper="three lines, two points",
        evidence="dynamics/attractors.json",
        quantity=q.low_dimensional_loci,
        conditions=[
            Condition(
                AT_LEAST, 1, "share of traits with a point, points or a curve at or above {bound}"
            )
        ],
    ),
    Claim(
        id="lines_are_attractors_of_one_system",
        section="IV, paragraph 3",
        words="The lines are attractors of one system (spectral radius under the mean input)",
        paper="line attractors",
        evidence="dynamics/attractors.json",
        quantity=q.spectral_radius_of_mean_input,
        conditions=[Condition(AT_LEAST, q.slow, "spectral radius at or above dynamics.slow")],
    ),
)

OTHERWISE: tuple[Claim | PerLevel, ...] = (
    _otherwise(
        "r2_all_traits",
        "the network predicts the traits (R²)",
        Condition(INTERVAL_AT_LEAST, 0.9),
    ),
    _otherwise(
        "location_from_true_traits",
        "trajectories converge to L from the true traits (R²)",
        LOCATED,
    ),
    _otherwise(
        "label_equals_true_dominant",
        "attractors can be labelled (share that agrees)",
        LABELLED,
    ),
)

CLAIMS: tuple[Claim | PerLevel, ...] = (
    *SURROGATE,
    *SEGMENTS,
    *DYNAMICS,
    *EXPLAINED,
    *OTHERWISE,
)
