"""What happens to an invented tenant: visits that find hazards, duties that lapse, complaints, penalties, locked exits."""

from functools import partial
from typing import TYPE_CHECKING, Any

from services.grading.domain.days import iso_of
from shared.contracts.vocabulary import VisitType

if TYPE_CHECKING:
    from services.grading.simulator.life import Happening, Life

_YEAR = 365
_ASKED_AGAIN = 30
"""Days until a level that asks for no visit of a type is looked at again."""
_RARE = {"penalty": "penalty_on", "accident": "accident_on", "fatal_accident": "fatal_accident_on"}
_VETOES = {"order_refused": "refused_order", "exit_locked": "exit_locked"}


def plan(life: "Life", first: int, days: int) -> None:
    """What is certain to come, and what chance has in store for the year."""
    for visit, look in (
        (VisitType.PATROL, patrol),
        (VisitType.LANDLORD_CHECK, landlord_check),
        (VisitType.SELF_CHECK, self_check),
        (VisitType.GUIDANCE, guidance),
    ):
        life.at(first + 1, partial(_begin, visit=visit, look=look))
    for role in ("principal", "safety_officer"):
        train(life, first - life.chance.day_within(_YEAR), role=role)
    drill(life, first - life.chance.day_within(_YEAR))
    confirm_ledger(life, first - life.chance.day_within(90))
    _sign(life, first)
    _chances(life, first, days)


def _chances(life: "Life", first: int, days: int) -> None:
    for name in life.guesses["events_per_year"]:
        for _ in range(life.chance.number_of(life.guess("events_per_year", name) * days / _YEAR)):
            life.at(first + life.chance.day_within(days), partial(befall, name=name))
    for _ in range(life.chance.number_of(life.guess("hazards", "reported_by_worker_per_year") * days / _YEAR)):
        life.at(first + life.chance.day_within(days), partial(find, source="worker"))


def _begin(life: "Life", day: int, *, visit: VisitType, look: "Happening") -> None:
    """The rounds were there before the year began, so the first visit falls anywhere within its period."""
    following = life.next_visit(visit, day)
    if following is None:
        life.at(day + _ASKED_AGAIN, partial(_begin, visit=visit, look=look))
    else:
        life.at(day + life.chance.day_within(following - day + 1), partial(_round, visit=visit, look=look))


def _round(life: "Life", day: int, *, visit: VisitType, look: "Happening") -> None:
    """A visit that the level asks for, and the next one by the level as it is then."""
    life.visits[visit.value] += 1
    look(life, day)
    following = life.next_visit(visit, day)
    if following is None:
        life.at(day + _ASKED_AGAIN, partial(_begin, visit=visit, look=look))
    else:
        life.at(following, partial(_round, visit=visit, look=look))


def patrol(life: "Life", day: int) -> None:
    """An officer looks and finds what is there; sometimes what the self-check had denied."""
    life.say("visit", "patrol", {"on": iso_of(day)})
    for _ in range(life.chance.number_of(life.guess("hazards", "found_per_patrol"))):
        find(life, day, source="patrol")
    if life.chance.happens(life.guess("duties", "self_check_contradicted_per_visit")):
        life.say("contradiction", life.name("contradiction"), {"on": iso_of(day)})


def guidance(life: "Life", day: int) -> None:
    """An engineer helps: that is a look on site, and nothing that he sees is held against anybody."""
    life.say("visit", "guidance", {"on": iso_of(day)})


def landlord_check(life: "Life", day: int) -> None:
    """The landlord looks; what he finds is not held against the tenant while it is in time."""
    for _ in range(life.chance.number_of(life.guess("hazards", "found_by_landlord_check"))):
        find(life, day, source="landlord")


def self_check(life: "Life", day: int) -> None:
    """The tenant looks at itself, late, or not at all."""
    missed = life.chance.happens(life.guess("duties", "self_check_missed"))
    late = not missed and life.chance.happens(life.guess("duties", "self_check_late"))
    result = "missed" if missed else "late" if late else "on_time"
    life.say("self_check", life.name("check"), {"last": iso_of(day), "due": iso_of(day), "result": result})
    life.told["duty"] += 1
    for _ in range(0 if missed else life.chance.number_of(life.guess("hazards", "found_by_self_check"))):
        find(life, day, source="self_check")


def find(life: "Life", day: int, *, source: str) -> None:
    """A hazard is found; it is put right in time or not, and verified."""
    levels = {name: share for name, share in life.guesses["hazards"]["levels"].items() if name != "reason"}
    level = life.chance.one_of(levels)
    major = level == "major_candidate" and life.chance.happens(life.guesses["hazards"]["major_share"]["share"])
    level = "major" if major else level
    due = day + life.guesses["hazards"]["due_days"][level]
    late = life.chance.happens(life.guess("hazards", "late_share"))
    submitted = (
        due + life.chance.days(life.guess("hazards", "late_days")) if late else day + life.chance.day_within(due - day + 1)
    )
    name = life.name("hazard")
    value: dict[str, Any] = {
        "number": name,
        "item": "LF-12" if major else "LF-21",
        "level": level,
        "source": source,
        "due": iso_of(due),
    }
    value |= {"found": iso_of(day), "by": [], "state": "major_confirmed" if major else "confirmed"}
    if life.chance.happens(life.guess("hazards", "repeat_share")):
        value["repeat"] = True
    life.say("hazard", name, value)
    life.hazards += 1
    life.told["hazard"] += 1
    verified = submitted + life.chance.days(life.guess("hazards", "verify_days"))
    life.at(submitted, partial(_submit, name=name))
    life.at(verified, partial(_close, name=name, overdue=max(0, submitted - due)))


def _submit(life: "Life", day: int, *, name: str) -> None:
    hazard = life.known("hazard", name)
    life.say("hazard", name, {**hazard, "state": "submitted"})
    life.say("hazard_waiting", name, {"on": iso_of(day)})
    life.told["hazard"] += iso_of(day) > hazard.get("due", "")


def _close(life: "Life", day: int, *, name: str, overdue: int) -> None:
    hazard = life.known("hazard", name)
    life.say("hazard", name, {**hazard, "state": "closed"})
    life.say("hazard_ended", name, {"on": iso_of(day), "overdue_days": overdue})
    life.told["hazard"] += 1


def train(life: "Life", day: int, *, role: str) -> None:
    """Trained for a year; the next time in time, or after a lapse."""
    until = day + _YEAR
    life.say("trained", f"{role}:1", {"role": role, "on": iso_of(day), "until": iso_of(until)})
    life.told["duty"] += 1
    life.at(_again(life, until, "training_lapses"), partial(train, role=role))


def drill(life: "Life", day: int) -> None:
    """A drill once a year, or after a lapse."""
    life.say("drill", life.name("drill"), {"on": iso_of(day), "passed": True})
    life.told["duty"] += 1
    life.at(_again(life, day + _YEAR, "drill_lapses"), drill)


def confirm_ledger(life: "Life", day: int) -> None:
    """The ledger is confirmed every 90 days, or after a lapse."""
    life.say("fact", "ledger_confirmed_on", {"value": iso_of(day), "since": iso_of(day)})
    life.told["duty"] += 1
    life.at(_again(life, day + 90, "ledger_lapses"), confirm_ledger)


def _again(life: "Life", due: int, lapse: str) -> int:
    """When a yearly duty is done again: shortly before it is due, or some time after."""
    if life.chance.happens(life.guess("duties", lapse)):
        return due + life.chance.days(life.guess("duties", "lapse_days"))
    return due - life.chance.day_within(20)


def _sign(life: "Life", first: int) -> None:
    """Most have signed; the others do within weeks."""
    unsigned = life.chance.happens(life.guess("duties", "agreement_missing"))
    life.say("fact", "safety_agreement", {"value": "missing" if unsigned else "signed", "since": iso_of(first)})
    if unsigned:
        life.at(first + life.chance.days(life.guess("duties", "agreement_days")), _signed)
    if life.chance.happens(life.guess("duties", "certificate_missing")):
        missing = {"role": "special_operator", "type": "welder", "required": True, "state": "missing"}
        life.say("certificate", "certificate", missing)
        life.at(first + life.chance.days(life.guess("duties", "lapse_days")), _certified)
    if life.chance.happens(life.guess("duties", "unreachable")):
        life.say("fact", "principal_unreachable", {"value": True, "since": iso_of(first)})
        life.at(first + life.chance.days(life.guess("duties", "lapse_days")), _reached)
    if life.known("fact", "occupancy_sleeping").get("value"):
        life.at(first + life.chance.days(life.guess("lifted_after_days")), partial(_lift, key="occupancy_sleeping"))


def _signed(life: "Life", day: int) -> None:
    life.say("fact", "safety_agreement", {"value": "signed", "since": iso_of(day)})


def _certified(life: "Life", _day: int) -> None:
    life.say("certificate", "certificate", {"role": "special_operator", "type": "welder", "required": True, "state": "valid"})


def _reached(life: "Life", day: int) -> None:
    life.say("fact", "principal_unreachable", {"value": False, "since": iso_of(day)})


def befall(life: "Life", day: int, *, name: str) -> None:
    """A complaint, a penalty, a refusal, an accident, a veto."""
    if name == "complaint":
        life.say("complaint", life.name(name), {"on": iso_of(day), "founded": life.chance.happens(1 / 3)})
    elif name == "refusal":
        life.say("refusal", life.name(name), {"on": iso_of(day)})
    elif name in _RARE:
        life.say("fact", _RARE[name], {"value": iso_of(day), "since": iso_of(day), "verified": True})
    else:
        life.say("fact", _VETOES[name], {"value": True, "since": iso_of(day), "verified": True})
        life.at(day + life.chance.days(life.guess("lifted_after_days")), partial(_lift, key=_VETOES[name]))


def _lift(life: "Life", day: int, *, key: str) -> None:
    """A certified officer has seen that it is over."""
    life.say("fact", key, {"value": False, "since": iso_of(day), "verified": True})
    life.say("visit", "recheck", {"on": iso_of(day)})
