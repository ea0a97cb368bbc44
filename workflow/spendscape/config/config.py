"""The whole config: a model for each section, a file for each room; unknown keys are refused.

`config/config.yaml`, the JSON schema and docs/reference/config.md are generated from these models
(`workflow/spendscape/config/documents.py`), so a key is added and explained in them and nowhere else.
"""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from spendscape.config.audit import Audit
from spendscape.config.dynamics import Dynamics
from spendscape.config.explanation import Space, Surrogate
from spendscape.config.ingest import Ingest
from spendscape.config.monitor import Monitor
from spendscape.config.network import Elbow, Ensemble, Model, States
from spendscape.config.pages import Cards, Explain, Explorer
from spendscape.config.privacy import Privacy
from spendscape.config.section import Section
from spendscape.config.segments import Score, Segments
from spendscape.config.simulate import Simulate
from spendscape.config.tensors import Tensors
from spendscape.config.traits import Traits

# The keys of section ingest that not every source has.
READ_BY = {
    "folder": ["files"],
    "files": ["files"],
    "format": ["files"],
    "sheets": ["files"],
    "keep_sums": ["files"],
    "history": ["files"],
    "query": ["database"],
    "table": ["database", "delta", "iceberg"],
    "order": ["database"],
    "as_of": ["database"],
    "version": ["delta", "iceberg"],
    "connection": ["database", "delta", "iceberg"],
}


class Config(Section):
    """The whole config."""

    results: str = Field(
        "results",
        description="folder for everything computed; give each dataset its own",
        min_length=1,
    )
    source: Literal["simulated", "files", "database", "delta", "iceberg"] = Field(
        "simulated",
        description="where transactions come from: the simulator, or what section ingest names: files, a database, or a Delta or Iceberg table",
    )
    seed: int = Field(20, description="seed of everything random", ge=0, lt=2**31)
    currency: str = Field(
        "",
        description="unit of the money, which pages and the texts of tables write beside an amount, such as EUR or £; empty: they write the number alone",
        max_length=8,
        pattern=r"^[^\s\d=+@<>&'\",;-]*$",
    )
    simulate: Simulate = Field(Simulate(), description="the simulator")
    ingest: Ingest = Field(Ingest(), description="the raw files")
    tensors: Tensors = Field(Tensors(), description="the windows")
    traits: Traits = Field(Traits(), description="the targets")
    model: Model = Field(Model(), description="the network")
    elbow: Elbow = Field(Elbow(), description="the number of units")
    ensemble: Ensemble = Field(Ensemble(), description="the retrained networks")
    score: Score = Field(Score(), description="scoring new customers")
    monitor: Monitor = Field(Monitor(), description="what has drifted since the finished run")
    states: States = Field(States(), description="the trajectories")
    surrogate: Surrogate = Field(Surrogate(), description="the explanation")
    space: Space = Field(Space(), description="the reachable outputs")
    dynamics: Dynamics = Field(Dynamics(), description="fixed points and attractors")
    segments: Segments = Field(Segments(), description="the micro-segments")
    audit: Audit = Field(Audit(), description="the audit by attributes that nothing is trained on")
    cards: Cards = Field(Cards(), description="the cards")
    explain: Explain = Field(Explain(), description="what would change a label")
    explorer: Explorer = Field(Explorer(), description="the explorer")
    privacy: Privacy = Field(Privacy(), description="privacy")

    @field_validator("results")
    @classmethod
    def without_last_slash(cls, value: str) -> str:
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
    def grid_fits(self) -> "Config":
        """The grid of the reachable outputs has a row for each state on it (maths §5)."""
        points, units, most = self.space.grid_points, self.model.units, self.space.maximum_rows
        if points**units > most:
            fewer = next((k for k in range(points, 1, -1) if k**units <= most), None)
            fix = f"give {fewer} or fewer" if fewer else "take fewer units, or raise it"
            raise ValueError(
                f"space.grid_points: {points} was given, which makes {points**units:,} rows with model.units "
                f"{units}; space.maximum_rows is {most:,}, so {fix}"
            )
        return self

    @property
    def audited(self) -> bool:
        """Whether there are attributes to audit: a table of them, or the one that the simulator plants."""
        planted = self.source == "simulated" and self.simulate.protected is not None
        return not self.score.run and (self.audit.table is not None or planted)

    @property
    def shows_customers(self) -> bool:
        """Whether pages that are passed on show single customers (privacy.show_customers)."""
        shown = self.privacy.show_customers
        return self.source == "simulated" if shown is None else shown

    @model_validator(mode="after")
    def history_elsewhere(self) -> "Config":
        if self.ingest.history and self.ingest.history.rstrip("/") == self.results:
            raise ValueError(
                f"ingest.history: {self.ingest.history!r} was given, which is this run's own results folder; "
                "its sums are kept anyhow"
            )
        return self

    @model_validator(mode="after")
    def files_given(self) -> "Config":
        if self.source == "files" and not self.ingest.files:
            raise ValueError(
                "source is files, but ingest.files names none; give it file names or patterns"
            )
        for key, sources in READ_BY.items():
            if self.source in sources or getattr(self.ingest, key) == getattr(Ingest(), key):
                continue
            raise ValueError(
                f"source: {self.source!r} was given, and ingest.{key}, which would not be read; "
                f"give source: {' or '.join(sources)} to read {'them' if key in ('folder', 'files') else 'it'}"
            )
        return self

    @model_validator(mode="after")
    def table_given(self) -> "Config":
        own = self.ingest
        if self.source == "database" and (own.query is None) == (own.table is None):
            raise ValueError(
                "source is database, which needs ingest.query or ingest.table; "
                + ("both were given, give one" if own.table is not None else "give one")
            )
        if self.source in ("delta", "iceberg") and own.table is None:
            raise ValueError(f"source is {self.source}, which needs ingest.table")
        if self.source in ("database", "iceberg") and own.connection.uri is None:
            raise ValueError(f"source is {self.source}, which needs ingest.connection.uri")
        if self.source not in ("simulated", "files") and own.shards > 1:
            raise ValueError(
                f"ingest.shards: {own.shards} was given; expected 1, because one job reads a {self.source}"
            )
        return self
