"""The config of the networks, and of what is made of their hidden state."""

from typing import Literal

from pydantic import Field

from spendscape.config.section import Positive, Section, Share


class Model(Section):
    """The network: a recurrent cell and a linear output layer."""

    cell: str = Field("lstm", description="recurrent cell, a name in `spendscape.network.cells`")
    units: Positive = Field(
        3, description="units M; with 1 a direction is a sign, and what needs angles says so"
    )
    supervision: Literal["every_step", "final_step"] = Field(
        "every_step", description="which steps the loss looks at"
    )
    epochs: Positive = Field(240, description="most epochs")
    batch_size: Positive = Field(
        256,
        description="most customers in a batch; fewer where an epoch would have fewer than 64 updates",
    )
    learning_rate: float = Field(0.005, description="Adam's learning rate at the start", gt=0, le=1)
    patience: Positive = Field(
        24, description="epochs without a better validation loss before training stops"
    )


class Elbow(Section):
    """How many units are enough."""

    units: list[Positive] = Field(
        [1, 2, 3, 4, 5, 6, 7, 8], description="numbers of units to compare", min_length=1
    )
    seeds: Positive = Field(2, description="networks trained for each number")
    epochs: Positive = Field(80, description="most epochs of each, and of the baselines")
    customers: Positive = Field(
        50_000,
        description="most customers, chosen by a hash of their ids, that these networks and those of `ensemble` learn from",
    )
    tolerance: Share = Field(
        0.01,
        description="the fewest units within this R² (or one standard error, if larger) of the best are enough",
    )


class Ensemble(Section):
    """What survives retraining."""

    seeds: Positive = Field(
        5, description="networks with the chosen units, the one of the run among them"
    )
    bootstrap: Positive = Field(100, description="bootstrap draws behind each interval")


class States(Section):
    """The trajectories of the hidden state."""

    extended_steps: Positive = Field(
        100,
        description="steps T′ of the extended trajectories, under each customer's mean spending",
    )
