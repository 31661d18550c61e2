"""The shapes that several views share."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.vocabulary import Crs

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
LongLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Area = Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False)]


READERS = ("admin", "bureau", "enforcer", "grid_officer", "engineer", "department", "landlord", "tenant", "integrator")
"""Who may ask at all; what each may see is decided per record."""

REGISTRARS = ("admin", "bureau", "grid_officer", "landlord", "integrator")
OFFICIALS = ("admin", "bureau", "grid_officer", "integrator")


class Filter(BaseModel):
    """What a list is narrowed by: query parameters of the fields' names."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Question(BaseModel):
    """What a caller sends: an unknown field is a mistake that he is told about; his values are never repeated to him."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class GivenPoint(Question):
    """A place as it was measured or picked, in the system of the device or map; an unknown system is refused."""

    lon: float
    lat: float
    crs: str
    source: Annotated[str, StringConstraints(pattern=r"^(gps|map|import|survey)$")] | None = None


class ShownPoint(Answer):
    """A place in CGCS2000; ``crs`` is the system in which it was given, ``source`` how it was found."""

    lon: float
    lat: float
    crs: Crs = Crs.CGCS2000
    source: str | None = None


def shown_point(row: Any) -> ShownPoint | None:
    """The point of a row with lon, lat and crs, or None."""
    return (
        None
        if row["lon"] is None
        else ShownPoint(**{name: row[name] for name in ("lon", "lat", "crs")}, source=row.get("coord_source"))
    )


class Warned(Answer):
    """Something doubtful that does not stop anything: where, which rule, and in words."""

    code: str
    pointer: str
    detail: str
