"""What is said about codes over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.registry.codes.life import WARNINGS, CodeState, ScanWarning
from services.registry.views.shape import Answer, GivenPoint, Question, ShownPoint, shown_point
from shared.contracts.vocabulary import CodeHolder, CodeVoidReason, PlaceCheck, PlaceVerdict
from shared.errors import Refused


class Posting(Question):
    """Somebody put the label on the wall: the photo, and where he stood."""

    photo_file_id: UUID
    position: GivenPoint | None = None


class Ending(Question):
    """Why a code no longer holds."""

    reason: CodeVoidReason = CodeVoidReason.OTHER


class Replacing(Question):
    """Why a new code is needed."""

    reason: CodeVoidReason = CodeVoidReason.REPLACED


class Scan(Question):
    """A code was scanned, here if the phone knows it."""

    position: GivenPoint | None = None


class SheetTooWide(Refused):
    """A sheet is for one building or one grid."""

    code = "sheet_needs_one_place"
    zh = "请指定一个楼栋(building_id)或一个网格(grid_id)"
    en = "Name one building (building_id) or one grid (grid_id)"


class SheetAsked(Question):
    """Whose labels: those of a building, or those of a grid from a place in the list on."""

    building_id: UUID | None = None
    grid_id: UUID | None = None
    skip: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.building_id is None) == (self.grid_id is None):
            raise SheetTooWide
        return self


class CodeView(Answer):
    """One code and its life so far."""

    code: str
    version: int
    holder: CodeHolder
    site_id: UUID | None = None
    building_id: UUID | None = None
    party_id: UUID | None = None
    state: CodeState
    address: str | None = None
    issued_at: datetime
    batch: str | None = None
    posted_at: datetime | None = None
    photo_file_id: UUID | None = None
    position: ShownPoint | None = None
    place_check: PlaceCheck | None = None
    ended_at: datetime | None = None
    reason: CodeVoidReason | None = None
    replaced_by: str | None = None


class ScanView(Answer):
    """What the person who scanned should know; ``replaced_by`` where a new code hangs."""

    code: str
    state: CodeState
    holder: CodeHolder
    warning: ScanWarning
    detail: str
    place_check: PlaceCheck
    replaced_by: str | None = None


_IDS = {CodeHolder.SITE: "site_id", CodeHolder.BUILDING: "building_id", CodeHolder.LANDLORD: "party_id"}


def holder_ids(holder: str, holder_id: UUID) -> dict[str, Any]:
    """The id of a code's holder under the name that tells what it is."""
    return {_IDS[CodeHolder(holder)]: holder_id}


def code_view(row: Any) -> CodeView:
    """A row of the codes as it is shown."""
    own = {name: row[name] for name in CodeView.model_fields if name in row}
    place = PlaceCheck(verdict=PlaceVerdict(row["verdict"]), metres=row["metres"]) if row["verdict"] else None
    return CodeView(**own, **holder_ids(row["holder"], row["holder_id"]), place_check=place, position=shown_point(row))


def scan_view(row: Any, warning: ScanWarning, place: PlaceCheck) -> ScanView:
    """What a scan of this row says."""
    told: dict[str, Any] = {"warning": warning, "detail": WARNINGS[warning], "place_check": place}
    return ScanView(code=row["code"], state=row["state"], holder=row["holder"], replaced_by=row["replaced_by"], **told)
