"""The config of the linear explanation and of the map from outputs back to states."""

from typing import Literal

from pydantic import Field

from spendscape.config.section import Positive, Section, Share


class Surrogate(Section):
    """The explanation: models of the trajectory's direction from spending."""

    start: Literal["zero", "first", "origin"] = Field(
        "origin",
        description="where a direction starts: where all traits are 0 (origin), so that it gives the order of the traits; the zero state, as the study has it; or the first step",
    )
    minimum_users: Positive = Field(
        10,
        description="training customers who spend in a class, at least, for a coefficient of its own; rarer classes share one",
    )
    polynomial_components: Positive = Field(
        30, description="principal components that the polynomial family squares and multiplies"
    )
    ridge: list[float] = Field(
        [0.01, 0.1, 1.0, 10.0, 100.0],
        description="penalties that ridge chooses from by cross-validation",
        min_length=1,
    )
    tree_leaf: Positive = Field(
        20,
        description="fewest customers in a leaf of the decision tree, which is fitted to at most 50,000 training customers",
    )
    nonzero: Share = Field(
        0.1, description="a coefficient counts as non-zero above this share of the mean magnitude"
    )
    bootstrap: Positive = Field(500, description="bootstrap draws behind each interval")


class Space(Section):
    """The reachable outputs."""

    grid_points: int = Field(21, description="grid values per unit from -1 to 1", ge=2)
    maximum_rows: Positive = Field(
        10_000_000, description="a grid with more rows than this is refused"
    )
