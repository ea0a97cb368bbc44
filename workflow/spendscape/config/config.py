"""The whole config: a model for each section, a file for each room; unknown keys are refused.

`config/config.yaml`, the JSON schema and docs/reference/config.md are generated from these models
(`workflow/spendscape/config/documents.py`), so a key is added and explained in them and nowhere else.
"""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from spendscape.config.dynamics import Dynamics
from spendscape.config.explanation import Space, Surrogate
from spendscape.config.ingest import Ingest
from spendscape.config.network import Elbow, Ensemble, Model, States
from spendscape.config.pages import Cards, Explain, Explorer
from spendscape.config.privacy import Privacy
from spendscape.config.section import Section
from spendscape.config.segments import Score, Segments
from spendscape.config.simulate import Simulate
from spendscape.config.tensors import Tensors
from spendscape.config.traits import Traits


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
