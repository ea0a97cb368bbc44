"""The config of the targets and of the split."""

from typing import Literal

from pydantic import Field, model_validator

from spendscape.config.section import Positive, Section, Share


class Shares(Section):
    """Shares of the customers in each split; they add up to 1."""

    train: Share = Field(0.70, description="share to train on")
    validation: Share = Field(0.15, description="share that stops the training")
    test: Share = Field(0.15, description="share that every score is measured on")

    @model_validator(mode="after")
    def whole(self) -> "Shares":
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9 or min(self.train, self.validation, self.test) <= 0:
            raise ValueError(
                f"the three shares must be above 0 and add up to 1, they add up to {total:g}"
            )
        return self


class Traits(Section):
    """The targets: a formula of spending, or traits that were measured."""

    coefficients: str = Field(
        "config/coefficients/illustrative_big_five.csv",
        description="table of the formula: for the linear one class × traits, where classes without a row count as 0",
    )
    measured: str | None = Field(
        None,
        description="table (CSV, Parquet) with customer_id and one column of numbers a trait, such as questionnaire scores: the targets instead of the coefficients; null: none",
        min_length=1,
    )
    mean: Literal["steps", "spend"] = Field(
        "steps",
        description="a customer's mean fractions over the steps: plain, or weighted with each step's spend",
    )
    shares: Shares = Field(
        Shares(),
        description="train, validation and test shares; a customer's side is a hash of its id",
    )
    max_uncovered_share: Share = Field(
        0.75,
        description="the run stops when a larger share of the money is in classes without a coefficient",
    )
    minimum_customers: Positive = Field(
        300, description="fewer customers than this are refused, as too few to train on"
    )
