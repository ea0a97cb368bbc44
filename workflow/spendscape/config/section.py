"""What the sections of the config have in common."""

from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from spendscape.core.months import MONTH

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
# YAML reads 2024 as a number; as text it is told that a month is meant.
Month = Annotated[
    str,
    Field(pattern=f"^{MONTH}$"),
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
]


class Section(BaseModel):
    """A section of the config."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def no_bool_as_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Python takes true for 1, so that `seed: true` would be read as a number.

        A number in quotes stays one, because Snakemake's --config gives all values of a section as texts.
        """
        kinds = _kinds(cls.model_fields[str(info.field_name)].annotation)
        if kinds & {int, float} and bool not in kinds:
            for own in _parts(value):
                if isinstance(own, bool):
                    raise ValueError(f"{str(own).lower()} was given; expected a number")
        return value


def _kinds(annotation: Any) -> set[Any]:
    """The types that a key takes, and those of the entries of its lists and tables."""
    inner = get_args(annotation)
    return (
        set().union(*map(_kinds, inner))
        if inner
        else {annotation}
        if isinstance(annotation, type)
        else set()
    )


def _parts(value: Any) -> list[Any]:
    """A value, or the entries of a list or a table."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else [value]
