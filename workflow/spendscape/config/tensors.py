"""The config of the windows, from which the tensors are made."""

from typing import Literal

from pydantic import Field, model_validator

from spendscape.config.section import Month, Positive, Section


class Window(Section):
    """Equal steps of a customer's history."""

    steps: Positive = Field(6, description="time steps T")
    months_per_step: Positive = Field(12, description="months in a step")
    end: Literal["latest"] | Month = Field(
        "latest",
        description="last month for all (2024-12), or latest: each customer's own last complete run of steps",
    )


class LongWindow(Window):
    """The window that the network is trained on."""

    sliding: bool = Field(
        False,
        description="train on every complete window of a customer, not on the latest alone; scores, states and segments are of the latest",
    )


class Tensors(Section):
    """The spending fractions per customer, step and class."""

    long: LongWindow = Field(LongWindow(), description="the window that the network is trained on")
    recent: Window | None = Field(
        Window(months_per_step=2),
        description="the recent window, compared with the long one; null: none (yearly postings)",
    )
    posting_months: Positive = Field(
        1,
        description="months that a posting covers, up to its own: 12 for yearly ledgers, 3 for quarterly, else 1",
    )

    coverage: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of a step's months (in units of posting_months) that need a posting; 0: any posting makes a step, also the first and the last one that the history covers in part",
    )

    @model_validator(mode="after")
    def same_steps(self) -> "Tensors":
        """The network reads both windows, so both have the same number of steps (maths §1)."""
        if self.recent and self.recent.steps != self.long.steps:
            raise ValueError(
                f"recent.steps is {self.recent.steps} and long.steps {self.long.steps}; "
                "the same network reads both, so give them the same number"
            )
        return self

    @model_validator(mode="after")
    def whole_postings(self) -> "Tensors":
        """A step shorter than a posting would be empty, or hold another step's money."""
        for name, window in (("long", self.long), ("recent", self.recent)):
            if window and window.months_per_step % self.posting_months:
                raise ValueError(
                    f"{name}.months_per_step is {window.months_per_step}, no multiple of "
                    f"posting_months {self.posting_months}; such postings have no steps of that length"
                    + ("; set recent to null" if name == "recent" else "")
                )
        return self
