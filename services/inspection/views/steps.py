"""What is said with each step of a hazard; a note and files go with every one."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from services.inspection.domain.determination import MajorNotConfirmedHere, TransferUnclear
from services.inspection.views.shape import FileIds, Note, Request, Title
from shared.contracts.vocabulary import (
    Department,
    DeterminationBasis,
    ExtensionReason,
    HazardId,
    HazardLevel,
    HazardRejectionReason,
    ListingLevel,
    ReturnReason,
)


class StepCommand(Request):
    note: Note | None = None
    file_ids: FileIds = ()


class ConfirmHazard(StepCommand):
    level: HazardLevel | None = None
    due: date | None = None

    @model_validator(mode="after")
    def _is_general(self) -> Self:
        if self.level in {HazardLevel.MAJOR, HazardLevel.MAJOR_CANDIDATE}:
            raise MajorNotConfirmedHere(pointer="/level")
        return self


class RejectHazard(StepCommand):
    reason: HazardRejectionReason = HazardRejectionReason.OTHER
    duplicate_of: HazardId | None = None


class SubmitRectification(StepCommand):
    cost: Annotated[float, Field(ge=0)] | None = None


class ReturnRectification(StepCommand):
    reason: ReturnReason = ReturnReason.OTHER


class VerifyRectification(StepCommand):
    on_site: bool | None = None


class AskExtension(StepCommand):
    until: date
    reason: ExtensionReason = ExtensionReason.OTHER


class DecideExtension(StepCommand):
    granted: bool


class TransferHazard(StepCommand):
    """Offered to a department by who supervises; answered by that department."""

    department: Department | None = None
    accepted: bool | None = None

    @model_validator(mode="after")
    def _offers_or_answers(self) -> Self:
        if (self.department is None) is (self.accepted is None):
            raise TransferUnclear(pointer="/department")
        return self


class ConfirmMajor(StepCommand):
    basis: DeterminationBasis | None = None


class ListHazard(StepCommand):
    listing_level: ListingLevel
    document_no: Title
    finish_by: date
    plan_due: date | None = None


class DelistHazard(StepCommand):
    document_no: Title | None = None
