"""What inspection says of hazards and alarms, as the registry hears it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from shared.contracts.inspection import AlarmTested, HazardClosed, MajorHazardConfirmed
from shared.contracts.vocabulary import AlarmResult, AlarmTestId, DeterminationBasis, DeterminedBy, HazardId
from shared.identifiers import new_id

HAZARD = HazardId(UUID("0192f3aa-0000-7000-8000-000000000001"))
FOUND = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def _card(**card: Any) -> dict[str, Any]:
    own = {"hazard_id": HAZARD, "number": "0142", "item": "LF-12", "category": "evacuation", "level": "major", "source": "patrol"}
    return own | {"state": "major_confirmed", "responsible": (), "found_at": FOUND, "due": date(2026, 12, 1)} | card


def major_hazard_confirmed(**card: Any) -> MajorHazardConfirmed:
    basis = DeterminationBasis(standard="GB 35181-2025", article="5.1", version="2025")
    return MajorHazardConfirmed(
        **_card(**card), basis=basis, determined_by=DeterminedBy.EXPERT_PANEL, approvals=(), confirmed_at=FOUND
    )


def hazard_closed(**card: Any) -> HazardClosed:
    return HazardClosed(**_card(**{"state": "closed"} | card), closed_at=FOUND)


def alarm_tested(site: dict[str, Any], building: dict[str, Any], result: str, day: int) -> AlarmTested:
    place = {"site_id": site["id"], "building_id": building["id"]}
    moment = datetime(2026, 11, day, 8, 0, tzinfo=UTC)
    return AlarmTested(**place, alarm_test_id=AlarmTestId(new_id()), result=AlarmResult(result), tested_at=moment)
