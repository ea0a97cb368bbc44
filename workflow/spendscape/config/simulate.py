"""The config of the built-in transactions."""

from pydantic import Field

from spendscape.config.section import Positive, Section, Share


class Simulate(Section):
    """The built-in transactions, used while `source` is simulated."""

    taxonomy: str = Field(
        "config/taxonomy/classes.csv",
        description="table of spending classes: class, share of a typical household's spend, ticket (mean amount), and perhaps users (share of the customers who use it) and household (what decides that; 'not tenure': the others)",
    )
    customers: Positive = Field(26_000, description="customers")
    years: Positive = Field(6, description="calendar years, one file each")
    first_year: int = Field(2019, description="the first of them", ge=1970, le=2100)
    transactions_per_year: int = Field(
        200, description="mean transactions per customer and year", ge=1, le=2000
    )
    taste: float = Field(
        0.6,
        description="spread of the tastes that drive the traits, in standard deviations of log spend",
        gt=0,
        le=3,
    )
    own_taste: float = Field(
        0.5,
        description="spread of each customer's own taste per class, beside the traits, same unit",
        ge=0,
        le=3,
    )
    yearly_drift: float = Field(
        0.1,
        description="spread of the yearly change of the tastes that drive the traits, relative to their spread",
        ge=0,
        le=3,
    )
    yearly_noise: float = Field(
        0.3,
        description="spread of the yearly change of an own taste, unit of own_taste",
        ge=0,
        le=3,
    )
    label_rank: Positive = Field(3, description="number of independent tastes behind the traits")
    movers: Share = Field(
        0.03, description="share of customers whose taste changes for good in the last year"
    )
    protected: float | None = Field(
        0.2,
        description="correlation with the first taste of what decides on a protected attribute, the column protected of simulate/truth.parquet; null: no such column; with a column it is audited",
        ge=-1,
        le=1,
    )
    refunds: Share = Field(0.05, description="share of transactions that are refunds")
    currency: str = Field(
        "EUR", description="currency of all amounts, as the raw rows name it", min_length=1
    )
    merchant_category_codes: str = Field(
        "config/taxonomy/merchant_category_codes.csv",
        description="table of Merchant Category Codes and their class, of which the raw rows have one each; classes without a code have none",
    )
    messy: Share = Field(
        0.01,
        description="share of the rows that are broken in the exports beside simulate/defects.parquet, which are made on demand",
    )
    short_histories: Share = Field(
        0.02,
        description="share of customers who join late or leave early, in any month; few have all the steps of a window",
    )
    life_events: Share = Field(
        0.02,
        description="share of the customers who change, in a year, what decides the use of a class, such as their tenure",
    )
    inflation: float = Field(0.025, description="yearly growth of amounts by prices", ge=-0.5, le=1)
    income_growth: float = Field(
        0.01, description="yearly growth of amounts by incomes", ge=-0.5, le=1
    )
    concentration: float = Field(
        1.4,
        description="exponent of the taxonomy's shares: above 1 the large classes are larger",
        gt=0,
        le=3,
    )
    activity_spread: float = Field(
        0.35,
        description="spread of the number of transactions between customers, in standard deviations of its logarithm",
        ge=0,
        le=2,
    )
    income_spread: float = Field(
        0.4, description="spread of the size of amounts between customers, same unit", ge=0, le=2
    )
    amount_spread: float = Field(
        0.4, description="spread of the amounts within a class, same unit", ge=0, le=2
    )
    season: Share = Field(
        0.2, description="height of a class's yearly peak above its mean, as a share of the mean"
    )
