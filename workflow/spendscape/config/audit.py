"""The config of the audit: what segments, states and spending say of attributes that nothing was trained on."""

from pydantic import Field

from spendscape.config.section import Positive, Section


class Audit(Section):
    """The audit by attributes that are never used for training, such as age band, gender or region."""

    table: str | None = Field(
        None,
        description="table (CSV, Parquet) with a column of customer ids and one for each attribute, used by the audit alone; null: none, or the attribute that simulate.protected plants",
        min_length=1,
    )
    customer: str = Field("customer_id", description="its column of customer ids", min_length=1)
    attributes: list[str] = Field([], description="its columns to audit; empty: all others")
    bands: int = Field(
        4,
        description="a column of numbers with more different values than ten is cut into so many bands of equally many customers",
        ge=2,
    )
    fewest: int = Field(
        30,
        description="customers in a smaller group, or in one below segments.minimum_customers, are left out of an attribute's audit, counted",
        ge=5,
    )
    level: float = Field(
        0.05,
        description="how often a finding may be chance: for each attribute and kind of finding together (Holm)",
        ge=0.01,
        lt=1,
    )
    smallest_difference: float = Field(
        0.05,
        description="the smallest difference between groups that is called found, and not small: of shares and means as a part of the largest, of an area under the ROC curve twice its distance from .5",
        ge=0,
        lt=1,
    )
    folds: int = Field(5, description="folds of the cross-validation", ge=2)
    customers: Positive = Field(
        20_000,
        description="most customers that attributes are predicted for and whose classes are compared, an even sample",
    )
