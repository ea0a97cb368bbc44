"""What the sections of the config have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from spendscape.core.months import MONTH

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Month = Annotated[str, Field(pattern=f"^{MONTH}$")]


class Section(BaseModel):
    """A section of the config."""

    model_config = ConfigDict(extra="forbid", frozen=True)
