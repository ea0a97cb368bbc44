"""The config of the micro-segments, and of scoring new customers."""

from typing import Literal

from pydantic import Field

from spendscape.config.section import Positive, Section, Share


class Segments(Section):
    """The micro-segments and the tests of them."""

    depth: Positive = Field(
        3, description="levels in a segment's name: openness > extraversion > …"
    )
    levels: Positive = Field(3, description="levels that purity and stability are measured at")
    neighbours: Positive = Field(15, description="neighbours that vote in the test of the clusters")
    largest_residual: Share = Field(
        0.01,
        description="up to this share of the largest output the part of the bias that no state reaches counts as none: a direction then gives the order of the traits",
    )
    false_discovery_rate: float = Field(
        0.2,
        description="share of chance findings accepted among the customers that segments/movers.parquet calls likely movers",
        gt=0,
        lt=1,
    )
    minimum_customers: Positive = Field(
        30,
        description="fewest customers of a named segment: those of smaller ones stay in its parent; a parent with fewer test customers is not scored",
    )
    keep_next_step: Share = Field(
        0.97,
        description="customers are neutral up to the margin from which on this share keeps its label from one step to the next",
    )
    keep_recent_window: Share = Field(
        0.93,
        description="and from which on this share has the same label in the recent window; 0: that window does not count",
    )
    bootstrap: Positive = Field(200, description="bootstrap draws behind each interval")


class Score(Section):
    """New customers, scored with the model of a finished run."""

    run: str | None = Field(
        None,
        description="results folder of a finished run: its model scores these data and nothing is trained; null: train",
        min_length=1,
    )
    unknown_classes: Literal["refuse", "leave_out"] = Field(
        "refuse",
        description="classes that the run does not know: refuse them, or leave_out their money, which tensors/summary.json names and the monitor counts",
    )
    far: Share = Field(
        0.999,
        description="a customer farther from the average than this share of the training customers is flagged",
    )
