"""What is filed about a place or a party: kinds of document, each in versions of which the newest counts."""

from enum import StrEnum
from typing import Final

from shared.errors import Refused


class Holder(StrEnum):
    """What a document is about."""

    COMPOUND = "compound"
    BUILDING = "building"
    PARTY = "party"


_PLACE: Final = ("plan", "risk_map", "escape_map", "property_certificate", "land_use", "planning_permit", "other")
KINDS: Final[dict[Holder, tuple[str, ...]]] = {
    Holder.COMPOUND: _PLACE,
    Holder.BUILDING: (
        *_PLACE,
        "fire_acceptance",
        "completion_acceptance",
        "structural_appraisal",
        "illegal_construction",
        "manager_appointment",
        "fire_system_test",
        "alarm_test",
        "lightning_test",
    ),
    Holder.PARTY: (
        "licence",
        "standardisation",
        "emergency_plan",
        "work_injury_insurance",
        "safety_liability_insurance",
        "responsibility_system",
        "other",
    ),
}


class DocumentKindWrong(Refused):
    """A kind of document that is not filed about such a thing."""

    code = "document_kind_wrong"
    zh = "文件类型应为：{kinds}"
    en = "The kind of document is one of: {kinds}"


def require_kind(holder: Holder, kind: str) -> None:
    """Refuse a document that does not belong to its holder."""
    if kind not in KINDS[holder]:
        raise DocumentKindWrong(kinds=" | ".join(KINDS[holder]), pointer="/kind")
