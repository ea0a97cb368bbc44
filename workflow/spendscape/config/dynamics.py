"""The config of fixed points and attractors."""

from pydantic import Field

from spendscape.config.section import Positive, Section, Share


class Dynamics(Section):
    """Fixed points and attractors."""

    tolerance: float = Field(1e-12, description="largest residual of a fixed point", gt=0)
    rollout_steps: Positive = Field(
        5000,
        description="most steps of the rollout before Newton's method, and most of the slow ones' after it",
    )
    starts: Positive = Field(
        5, description="start states per customer in the search for further fixed points"
    )
    point_spread: Share = Field(
        0.1,
        description="a cluster of fixed points tighter than this share of the overall spread is a point attractor",
    )
    locus_variance: Share = Field(
        0.9,
        description="share of a locus's variance that its dimensions must hold: one is a curve, two a sheet",
    )
    maximum_points: Positive = Field(
        5, description="most clusters tried for a trait with several point attractors"
    )
    basin_customers: Positive = Field(
        1000, description="customers per trait whose basins are tried, an even sample"
    )
    basin_starts: Positive = Field(
        10, description="random start states of each: how many end at the same fixed point"
    )
    slow: Share = Field(
        0.95,
        description="spectral radius from which the mean-input dynamics counts as a slow manifold",
    )
    bootstrap: Positive = Field(500, description="bootstrap draws behind each interval")
