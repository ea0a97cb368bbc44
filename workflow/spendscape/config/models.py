"""The config: one model a section, unknown keys refused, every key with its meaning, unit and default.

`config/config.yaml`, the JSON schema and the table in the README are generated from these models
(`workflow/spendscape/config/documents.py`), so this file is where a key is added or explained.
"""

import re
import textwrap
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from spendscape.core.errors import DataError, nearest
from spendscape.core.months import MONTH

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Month = Annotated[str, Field(pattern=f"^{MONTH}$")]


class Section(BaseModel):
    """A section of the config."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
        None,
        description="correlation with the first taste of what decides on a protected attribute, the column protected of simulate/truth.parquet; null: no such column",
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


class Columns(Section):
    """Which column of a file holds what."""

    customer: str = Field("customer_id", description="column with the customer's id")
    date: str | Annotated[list[str], Field(min_length=2, max_length=3)] = Field(
        "booked",
        description="column with the booking date, or the columns with year, month and perhaps day",
    )
    category: str = Field(
        "class", description="column with the bank's category, mapped to a class by class_map"
    )
    amount: str = Field(
        "amount", description="column with the amount, or with the debits if credits have their own"
    )
    credit: str | None = Field(
        None, description="column with money that came back, where it has one of its own"
    )
    direction: str | None = Field(
        None, description="column that tells debits from credits, see credit_values"
    )
    currency: str | None = Field(
        None, description="column with the currency; null: all amounts have the same"
    )
    transaction: str | None = Field(
        None,
        description="column with the transaction's id: a customer's second row with the same id is excluded; null: repeats are purchases",
    )


class Ingest(Section):
    """How the raw files are read, used while `source` is files (for simulated data it is set by the simulator)."""

    folder: str = Field(".", description="folder that the file patterns start from")
    files: list[str] = Field(
        [],
        description="file names or patterns such as *.csv or 20*/part-*.parquet; .csv, .txt, .tsv (also with .gz, .zst, .bz2), .parquet, .pq, .arrow, .feather, .ipc",
    )
    from_name: str | None = Field(
        None,
        description="columns that a file's name holds: a regular expression with named groups, such as client_(?P<customer_id>.+)[.]csv; folders such as year=2024 need none",
    )
    columns: Columns = Field(Columns(), description="which column holds what")
    encoding: str = Field("utf-8", description="text: its encoding, such as cp1252 or utf-16")
    skip_lines: int = Field(0, description="text: lines before the column names", ge=0)
    column_names: list[str] = Field(
        [], description="text: the column names, where no line of the files has them"
    )
    delimiter: str = Field(
        ",", description="text: what separates the fields", min_length=1, max_length=1
    )
    quote: str = Field(
        '"', description="text: what stands around a field, empty for nothing", max_length=1
    )
    date_format: str | None = Field(
        None,
        description="dates that are text: a strptime pattern (%y%m%d), spreadsheet (serial days), quarter (2024-Q3) or financial_year (2010-11); null: ISO, 2024-12-31, a time after it is ignored",
    )
    financial_year_ends: int = Field(
        12,
        description="month in which a financial year ends; its rows are booked there",
        ge=1,
        le=12,
    )
    first_month: Month = Field(
        "1970-01", description="a date before this month is an error: its row is quarantined"
    )
    last_month: Month = Field(
        "2099-12", description="a date after this month is an error: its row is quarantined"
    )
    decimal: Literal[".", ","] = Field(".", description="the decimal mark of amounts that are text")
    amount_ignores: str = Field(
        "£$€, ",
        description="characters in amounts that mean nothing: currency signs, and thousands separators between groups of digits",
    )
    missing_amounts: list[str] = Field(
        [],
        description="amounts that mean 'nothing was spent', '' for an empty one; such rows are excluded and counted",
    )
    spend_is: Literal["positive", "negative"] = Field(
        "positive", description="the sign that spending has in the files"
    )
    credit_values: list[str] = Field(
        [], description="values of columns.direction that mean money came back; its sign is turned"
    )
    keep: dict[str, list[str]] = Field(
        {},
        description="column: values; rows with any other value are excluded and counted ('' is an empty field)",
    )
    drop: dict[str, list[str]] = Field(
        {}, description="column: values; rows with one of them are excluded and counted"
    )
    currency: str | None = Field(
        None, description="currency of the results, needed with columns.currency"
    )
    rates: str | None = Field(
        None,
        description="table with the columns currency, rate (worth of one unit in ingest.currency) and perhaps month (2024-12); null: other currencies are refused",
    )
    taxonomy: str | None = Field(
        "config/taxonomy/classes.csv",
        description="table whose column class lists the spending classes; null: the classes of class_map, or those found",
    )
    class_tables: list[str] = Field(
        [],
        description="tables with the columns category and class, such as config/taxonomy/merchant_category_codes.csv; an empty class excludes, later tables win, class_map wins over all",
    )
    class_map: dict[str, str] = Field(
        {},
        description="category in the files: class; a category that is a class already needs no entry",
    )
    excluded_categories: list[str] = Field(
        [], description="categories that are no spending (income, transfers); excluded and counted"
    )
    unmapped: str = Field(
        "fail",
        description="a category without a class: fail, exclude, or the name of a class that takes it",
        min_length=1,
    )
    max_quarantined_share: Share = Field(
        0.01, description="the run stops when a larger share of the rows cannot be read"
    )
    shards: Positive = Field(
        1,
        description="jobs that share the reading, large files are cut; 1: one job, the fastest on one machine",
    )

    @field_validator("from_name")
    @classmethod
    def pattern(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groupindex
            except re.error as error:
                raise ValueError(
                    f"{value!r} was given; it is no regular expression ({error})"
                ) from None
            if not groups:
                raise ValueError(
                    f"{value!r} was given; expected a named group such as (?P<customer_id>.+)"
                )
        return value

    @model_validator(mode="after")
    def in_pairs(self) -> "Ingest":
        if (self.columns.direction is None) != (not self.credit_values):
            raise ValueError(
                "columns.direction and credit_values need each other; give both or none"
            )
        if (self.columns.currency is None) != (self.currency is None):
            raise ValueError("columns.currency and currency need each other; give both or none")
        if self.rates is not None and self.currency is None:
            raise ValueError("rates need currency and columns.currency")
        if self.decimal in self.amount_ignores:
            raise ValueError(
                f"decimal is {self.decimal!r}, which amount_ignores {self.amount_ignores!r} takes away; "
                "give amount_ignores such as '€. '"
            )
        return self

    @field_validator("amount_ignores")
    @classmethod
    def no_number(cls, value: str, info: ValidationInfo) -> str:
        """Without them a number would be another one."""
        meant = sorted(set(value) & set("0123456789+-()" + info.data.get("decimal", ".")))
        if meant:
            raise ValueError(
                f"{value!r} was given; {' '.join(meant)} is part of a number and cannot be ignored"
            )
        return value

    @model_validator(mode="after")
    def months_in_order(self) -> "Ingest":
        if self.first_month > self.last_month:
            raise ValueError(
                f"first_month is {self.first_month}, after last_month {self.last_month}"
            )
        return self


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

    @model_validator(mode="after")
    def same_steps(self) -> "Tensors":
        """The network reads both windows, so both have the same number of steps (MATHS §1)."""
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
    """The targets: a linear formula of spending, or traits that were measured."""

    coefficients: str = Field(
        "config/coefficients/illustrative_big_five.csv",
        description="table class × traits of coefficients; classes without a row count as 0",
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
    minimum_customers: Positive = Field(
        300, description="fewer customers than this are refused, as too few to train on"
    )


class Model(Section):
    """The network: an LSTM and a linear output layer."""

    units: Positive = Field(3, description="LSTM units M")
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


class Score(Section):
    """New customers, scored with the model of a finished run."""

    run: str | None = Field(
        None,
        description="results folder of a finished run: its model scores these data and nothing is trained; null: train",
        min_length=1,
    )
    far: Share = Field(
        0.999,
        description="a customer farther from the average than this share of the training customers is flagged",
    )


class States(Section):
    """The trajectories of the hidden state."""

    extended_steps: Positive = Field(
        100,
        description="steps T′ of the extended trajectories, under each customer's mean spending",
    )


class Surrogate(Section):
    """The explanation: models of the trajectory's direction from spending."""

    start: Literal["zero", "first", "origin"] = Field(
        "zero",
        description="where a direction starts: the zero state, the first step, or where all traits are 0",
    )
    polynomial_components: Positive = Field(
        30, description="principal components that the polynomial family squares and multiplies"
    )
    ridge: list[float] = Field(
        [0.01, 0.1, 1.0, 10.0, 100.0],
        description="penalties that ridge chooses from by cross-validation",
        min_length=1,
    )
    tree_leaf: Positive = Field(20, description="fewest customers in a leaf of the decision tree")
    nonzero: Share = Field(
        0.1, description="a coefficient counts as non-zero above this share of the mean magnitude"
    )
    bootstrap: Positive = Field(500, description="bootstrap draws behind each interval")


class Space(Section):
    """The reachable outputs."""

    grid_points: int = Field(21, description="grid values per unit from -1 to 1", ge=2)
    maximum_rows: Positive = Field(
        10_000_000, description="a grid with more rows than this is refused"
    )


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


class Segments(Section):
    """The micro-segments and the tests of them."""

    depth: Positive = Field(
        3, description="levels in a segment's name: openness > extraversion > …"
    )
    levels: Positive = Field(3, description="levels that purity and stability are measured at")
    neighbours: Positive = Field(15, description="neighbours that vote in the test of the clusters")
    false_discovery_rate: float = Field(
        0.2,
        description="share of chance findings accepted among the customers that segments/movers.parquet calls likely movers",
        gt=0,
        lt=1,
    )
    minimum_customers: Positive = Field(
        30, description="fewer test customers in a parent than this are not scored"
    )
    bootstrap: Positive = Field(200, description="bootstrap draws behind each interval")


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


class Privacy(Section):
    """What may leave the raw files."""

    pseudonymise: bool = Field(
        False,
        description="replace customers by the HMAC-SHA-256 of their ids; the same key gives the same names",
    )
    key_variable: str = Field(
        "SPENDSCAPE_KEY",
        description="environment variable with the key, 16 bytes or more; it is never written",
        min_length=1,
    )

    keep_rejected_text: bool = Field(
        False, description="keep the text of quarantined rows in quarantine.parquet"
    )


class Config(Section):
    """The whole config."""

    results: str = Field(
        "results",
        description="folder for everything computed; give each dataset its own",
        min_length=1,
    )
    source: Literal["simulated", "files"] = Field(
        "simulated",
        description="where transactions come from: the simulator, or the files of section ingest",
    )
    seed: int = Field(20, description="seed of everything random", ge=0, lt=2**31)
    simulate: Simulate = Field(Simulate(), description="the simulator")
    ingest: Ingest = Field(Ingest(), description="the raw files")
    tensors: Tensors = Field(Tensors(), description="the windows")
    traits: Traits = Field(Traits(), description="the targets")
    model: Model = Field(Model(), description="the network")
    elbow: Elbow = Field(Elbow(), description="the number of units")
    ensemble: Ensemble = Field(Ensemble(), description="the retrained networks")
    score: Score = Field(Score(), description="scoring new customers")
    states: States = Field(States(), description="the trajectories")
    surrogate: Surrogate = Field(Surrogate(), description="the explanation")
    space: Space = Field(Space(), description="the reachable outputs")
    dynamics: Dynamics = Field(Dynamics(), description="fixed points and attractors")
    segments: Segments = Field(Segments(), description="the micro-segments")
    cards: Cards = Field(Cards(), description="the cards")
    explorer: Explorer = Field(Explorer(), description="the explorer")
    privacy: Privacy = Field(Privacy(), description="privacy")

    @field_validator("results")
    @classmethod
    def inside(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def own_folder(self) -> "Config":
        if self.score.run and self.score.run.rstrip("/") == self.results:
            raise ValueError(
                f"score.run: {self.score.run!r} was given, which is this run's own results folder; "
                "give results another one"
            )
        return self

    @model_validator(mode="after")
    def files_given(self) -> "Config":
        if self.source == "files" and not self.ingest.files:
            raise ValueError(
                "source is files, but ingest.files names none; give it file names or patterns"
            )
        given = [
            name
            for name in ("folder", "files")
            if getattr(self.ingest, name) != getattr(Ingest(), name)
        ]
        if self.source == "simulated" and given:
            raise ValueError(
                f"source: 'simulated' was given, and ingest.{given[0]}, which would not be read; "
                "give source: files to read them"
            )
        return self


def validate(config: Mapping[str, Any]) -> Config:
    """The validated config.

    Raises
    ------
    DataError
        One line a mistake: the key, what was given, what was expected, and for an unknown key the
        nearest right name.
    """
    try:
        return Config.model_validate(dict(config))
    except ValidationError as error:
        raise DataError("\n".join(_explain(error))) from None


def check_scoring(config: Config, run: Mapping[str, Any]) -> None:
    """That a finished run's model can read these data: the same steps, as long, of the same traits.

    Parameters
    ----------
    run : the resolved config of the finished run, its config.yaml

    Raises
    ------
    DataError
        The first key that differs, with both values.
    """
    trained, own = validate(run).model_dump(), config.model_dump()
    for path in (
        "tensors.long.steps",
        "tensors.long.months_per_step",
        "tensors.posting_months",
        "traits.mean",
    ):
        theirs: Any = trained
        ours: Any = own
        for name in path.split("."):
            theirs, ours = theirs[name], ours[name]
        if theirs != ours:
            raise DataError(
                f"{path}: {ours} was given; the model in score.run {config.score.run!r} was trained with {theirs}"
            )


# What was expected, by pydantic's type of error; its `ctx` fills the braces. All patterns are months.
EXPECTED = {
    "literal_error": "{expected}",
    "string_pattern_mismatch": "a month such as 2024-12",
    "string_type": "text, in quotes",
    "string_too_short": "{min_length} or more characters",
    "string_too_long": "at most {max_length} character(s)",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list such as [a, b]",
    "dict_type": "a table of key: value",
    "invalid_key": "text as the key",
    "too_short": "{min_length} or more entries",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
}


def _explain(error: ValidationError) -> list[str]:
    """One line a key; what the members of a union such as `latest | month` expect is joined by or."""
    lines: dict[str, str] = {}
    expected: dict[str, list[str]] = {}
    for item in error.errors(include_url=False):
        where = [str(part) for part in item["loc"] if not _union_member(part)]
        key, kind = ".".join(where) or "config", item["type"]
        if kind == "extra_forbidden":
            lines[key] = f"{key}: unknown key; {_hint(where)}"
        elif kind == "value_error":
            lines[key] = f"{key}: {item['msg'].removeprefix('Value error, ')}"
        else:
            if kind in ("model_type", "model_attributes_type"):
                wanted = f"a section with the keys {', '.join(_keys(where))}"
            else:
                wanted = EXPECTED.get(kind, item["msg"]).format(**item.get("ctx", {}))
            expected.setdefault(key, []).append(wanted)
            given = "null" if item["input"] is None else textwrap.shorten(repr(item["input"]), 80)
            lines[key] = f"{key}: {given} was given; expected {' or '.join(expected[key])}"
    return list(lines.values())


def _union_member(part: int | str) -> bool:
    """Whether a part of an error's place is no key, but the kind of value that was tried."""
    return str(part).startswith(("literal[", "constrained-str", "[key]"))


def _hint(where: list[str]) -> str:
    """The nearest right name for an unknown key, or all that there are."""
    names = _keys(where[:-1])
    near = nearest(where[-1], names, "did you mean {}?")
    return near or f"known keys: {', '.join(names)}"


def _keys(path: list[str]) -> list[str]:
    """The keys that the section at `path` knows."""
    section: type[BaseModel] = Config
    for name in path:
        section = _section_of(section.model_fields[name].annotation)
    return list(section.model_fields)


def _section_of(annotation: Any) -> type[BaseModel]:
    """The model in an annotation such as `Window` or `Window | None`."""
    options = getattr(annotation, "__args__", (annotation,))
    return next(kind for kind in options if isinstance(kind, type) and issubclass(kind, BaseModel))
