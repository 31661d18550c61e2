"""What the ledger itself knows about a site: from its building, its lease and its neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.registry.domain.building import Answer, FireSystem, SystemState
from services.registry.domain.facts import UNKNOWN

_ANSWERS: Final = {Answer.YES.value: True, Answer.NO.value: False, Answer.UNKNOWN.value: UNKNOWN}
_REQUIRED_SYSTEMS: Final = (FireSystem.SPRINKLER, FireSystem.ALARM)
_THERE: Final = frozenset({SystemState.SOUND.value, SystemState.FAULTY.value})
_SETTLED: Final = frozenset({SystemState.SOUND.value, SystemState.FAULTY.value, SystemState.NOT_REQUIRED.value})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around one site. ``floor`` is the highest of its floors; ``depth`` 1 is a lease from the owner."""

    building: Mapping[str, Any]
    tenants: int
    floor: int | None = None
    depth: int | None = None
    agreement: str | None = None
    confirmed_on: date | None = None
    confirm_is_overdue: bool = False


def derive(around: Surroundings) -> dict[str, Any]:
    """The derived facts by key; a key is left out where the question does not arise."""
    building = around.building
    found = {
        "building_fire_resistance": building["fire_resistance"].removeprefix("class_"),
        "building_fire_class_design": building["fire_class_design"],
        "building_sandwich_panel": building["sandwich_panel"],
        "building_fire_system_absent": _system_absent(building["details"].get("fire_systems", {})),
        "fire_system_tested_on": _oldest_test(building["details"].get("fire_systems", {})),
        "building_shared_escape": _ANSWERS[building["shared_escape"]],
        "building_tenants": around.tenants,
        "floor": around.floor,
        "sublet_depth": around.depth,
        "safety_agreement": around.agreement,
        "ledger_confirmed_on": around.confirmed_on.isoformat() if around.confirmed_on else None,
        "ledger_confirmation_overdue": True if around.confirm_is_overdue else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _system_absent(systems: Mapping[str, Any]) -> bool | str:
    states = [systems.get(system.value, {}).get("state", SystemState.UNKNOWN.value) for system in _REQUIRED_SYSTEMS]
    if SystemState.ABSENT.value in states:
        return True
    return False if all(state in _SETTLED for state in states) else UNKNOWN


def _oldest_test(systems: Mapping[str, Any]) -> str | None:
    """The day by which every system that is there had been tested; None where one of them never was, or none is there."""
    tests = [system.get("last_tested_on") for system in systems.values() if system.get("state") in _THERE]
    return None if None in tests else min(tests, default=None)


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is new or other in ``after``, and what is gone."""
    changed = {key: value for key, value in after.items() if before.get(key, object()) != value}
    return changed, tuple(sorted(key for key in before if key not in after))
