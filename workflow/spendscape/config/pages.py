"""The config of cards and the explorer."""

from pydantic import Field

from spendscape.config.section import Positive, Section


class Cards(Section):
    """The cards: why is this customer where it is."""

    examples: int = Field(
        3,
        description="cards made by default, of customers chosen to differ; any other: snakemake results/explain/ID.html",
        ge=0,
    )
    classes: Positive = Field(10, description="spending classes shown, the most influential first")


class Explorer(Section):
    """The interactive state space."""

    customers: Positive = Field(3000, description="customers drawn, an even sample of all")
