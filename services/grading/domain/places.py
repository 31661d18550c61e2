"""The colour of a building or a compound: that of its landlord or its worst site, and why."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.grading.domain.assessment import RED
from services.grading.domain.registers import Registers
from services.grading.domain.standing import VetoInForce

_AGREED: Final = frozenset({"signed", "in_contract"})
_RUNNING: Final = frozenset({"active", "expiring"})
_ENDED: Final = frozenset({"closed", "rejected"})


class Occupant(NamedTuple):
    """One site of a place. ``reported``: the landlord has himself reported what makes it red, and an agreement is signed."""

    site: str
    is_landlord: bool
    level: int
    reported: bool


class PlaceLevel(NamedTuple):
    """The colour of a place, the sites that make it so, and whether the landlord's report has bettered it."""

    level: int
    decisive: tuple[str, ...]
    bettered: bool


def place_level(occupants: Iterable[Occupant], *, better_if_reported: bool) -> PlaceLevel | None:
    """None where nothing is graded."""
    counted = [(_counts(occupant, better_if_reported=better_if_reported), occupant) for occupant in occupants]
    if not counted:
        return None
    level = max(level for level, _ in counted)
    decisive = tuple(sorted(occupant.site for counts, occupant in counted if counts == level))
    return PlaceLevel(level, decisive, any(counts < occupant.level for counts, occupant in counted))


def _counts(occupant: Occupant, *, better_if_reported: bool) -> int:
    """A red tenant counts one level better where its landlord has reported it: reporting must pay."""
    is_bettered = better_if_reported and occupant.reported and occupant.level == RED and not occupant.is_landlord
    return occupant.level - is_bettered


def reported_by_landlord(facts: Registers, vetoes: Iterable[VetoInForce]) -> bool:
    """Whether the landlord found or reported what makes the site red, with an agreement signed.

    Where vetoes make it red, each of them must be about a hazard of his; else one open hazard of his is enough.
    """
    hazards = {name: value for name, value, _ in facts.values("hazard") if value["state"] not in _ENDED}
    told = {name for name, _, _ in facts.values("landlord_report")}
    his = {name for name, value in hazards.items() if value["source"] == "landlord" or name in told}
    subjects = {veto.subject for veto in vetoes}
    return bool(his) and subjects <= his and _has_agreement(facts)


def _has_agreement(facts: Registers) -> bool:
    agreements: Sequence[str] = [value["agreement"] for _, value, _ in facts.values("lease") if value["state"] in _RUNNING]
    answer = (facts.value("fact", "safety_agreement") or {}).get("value")
    return answer in _AGREED or any(agreement in _AGREED for agreement in agreements)
