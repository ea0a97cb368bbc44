"""The config of cards and the explorer."""

from pydantic import Field

from spendscape.config.section import Positive, Section

UNMOVABLE = ["rent", "residential_mortgage", "council_tax", "car_tax", "life_insurance"]
NEVER_SUGGEST = ["gambling", "lottery", "tobacco", "traffic_fines", "bank_charges", "legal_fees"]


class Cards(Section):
    """The cards: why is this customer where it is."""

    examples: int = Field(
        3,
        description="cards made by default, of customers chosen to differ; any other: snakemake results/explain/ID.html",
        ge=0,
    )
    customers: list[str] = Field(
        [],
        description="ids of customers whose cards are made instead of the examples: snakemake cards --config 'cards={customers: [ID, …]}'",
    )
    segment: str | None = Field(
        None,
        description="examples are chosen in this segment only: an order of traits, or how it begins, such as openness > extraversion; null: in all",
    )
    classes: Positive = Field(10, description="spending classes shown, the most influential first")


class Explain(Section):
    """What would change a customer's label: swaps of spending from one class to another."""

    unmovable: list[str] = Field(
        UNMOVABLE,
        description="classes whose money cannot move, such as a mortgage: they neither give nor take; a default that the data lack is passed over",
    )
    never_suggest: list[str] = Field(
        NEVER_SUGGEST,
        description="classes that nobody should be told to spend more on, such as gambling; a default that the data lack is passed over",
    )


class Explorer(Section):
    """The interactive page of directions and states."""

    customers: Positive = Field(
        100_000,
        description="customers drawn; of more than so many an even sample, and up to 200,000 others can be found by their ids",
    )
