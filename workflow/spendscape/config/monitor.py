"""The config of the monitor: from which change on a new period raises an alarm."""

from pydantic import Field

from spendscape.config.section import Section, Share


class Monitor(Section):
    """A new period beside the finished run in score.run, and the last step of a run beside the one before: what has drifted."""

    fail: bool = Field(
        False,
        description="whether the target monitor fails on an alarm, for schedulers; the table and the page are written first",
    )
    stability_index: float = Field(
        0.1,
        description="alarm above this population stability index of classes, labels or segments; by custom .1 is some change and .25 a large one",
        gt=0,
    )
    jensen_shannon: Share = Field(
        0.02, description="alarm above this Jensen-Shannon divergence of the same, in bits"
    )
    class_change: float = Field(
        1.0,
        description="the smallest change of a class that matters, in points of the spending: alarm where a larger one is certain",
        gt=0,
        le=100,
    )
    label_change: float = Field(
        3.0,
        description="the same for the share of customers with a label, in points of the customers",
        gt=0,
        le=100,
    )
    error: float = Field(
        0.05,
        description="most chance of a false alarm, over all changes of classes and labels and all distances together",
        gt=0,
        lt=1,
    )
    direction: float = Field(
        0.1,
        description="alarm when the mean of the directions (unit vectors from where all traits are 0) moved farther, 0 to 2",
        gt=0,
        le=2,
    )
    customer_turn: float = Field(
        30.0,
        description="alarm when the directions of half of the customers in both periods turned by more, in degrees",
        gt=0,
        le=180,
    )
    flips: Share = Field(
        0.15,
        description="alarm when more of the customers in both periods have another label, of those who were not neutral",
    )
    location: float = Field(
        0.05,
        description="alarm when the mean fixed point moved farther; states lie between -1 and 1",
        gt=0,
    )
    customer_location: float = Field(
        0.2,
        description="alarm when the fixed points of half of the customers in both periods moved farther",
        gt=0,
    )
    outside: Share = Field(
        0.01,
        description="alarm when more of the new customers are outside the training range (score.far)",
    )
    class_turnover: Share = Field(
        0.005,
        description="alarm when more of the money is in classes that are new, or was in classes that vanished",
    )
    draws: int = Field(
        1000,
        description="draws in which chance decides who is in which period: how far apart they are without any drift",
        ge=100,
    )
