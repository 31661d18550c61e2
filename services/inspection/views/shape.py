"""What requests have in common: bounded texts, times with an offset, points in any of the coordinate systems."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.geo import Point, to_cgcs2000

_STORABLE = r"^[^\x00]*$"

Note = Annotated[str, Field(max_length=2000, pattern=_STORABLE)]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=_STORABLE)]
Short = Annotated[str, Field(max_length=128, pattern=_STORABLE)]
FileIds = Annotated[tuple[UUID, ...], Field(max_length=9)]


class Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Position(Request):
    """Where a device says it is."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    crs: str = "wgs84"
    accuracy: Annotated[float, Field(ge=0)] | None = None

    @property
    def point(self) -> Point:
        """The point as stored."""
        return to_cgcs2000(self.lon, self.lat, self.crs)


class Warned(BaseModel):
    """Something that a person should know, and that stopped nothing."""

    code: str
    detail: str
    item: str | None = None
