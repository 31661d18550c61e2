"""The site as conditions see it on one day: registers become records, expired answers unknown, delays counted."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from services.grading.domain.days import NEVER, after, day_of
from services.grading.domain.language import Environment
from services.grading.domain.records import (
    Alarm,
    Certificate,
    Complaint,
    Contradiction,
    Drill,
    Hazard,
    Lease,
    Refusal,
    SelfCheck,
    Site,
    Tenant,
    Training,
)
from services.grading.domain.registers import EVENT, FACT, HEARD, VALUE, Register

_ENDED: Final = frozenset({"closed", "rejected"})
_WAITING: Final = frozenset({"submitted", "acceptance_requested", "extension_requested", "transferred"})
"""The other side has to act, so the clock of the responsible party stands still."""
_ACTIVE: Final = frozenset({"active", "expiring"})
_HOLDS: Final = frozenset({"valid", "expiring"})
_ROLES: Final = ("principal", "safety_officer")

Family = dict[str, Register]
Families = dict[str, Family]


def picture(current: Families, today: int, visits: frozenset[str]) -> Environment:
    """The environment of one site's conditions on a day; ``visits`` are the types of visit that count as being there."""
    card = _value(current, "site", "card")
    env = Environment(current.get(FACT, {}), {}, None, {}, today)
    _answer(env)
    records: dict[str, Sequence[Any]] = {
        name: make(family, current, env) for name, make in _MAKERS if (family := current.get(name))
    }
    hazards = current.get("hazard")
    records["hazard"] = hazards_of(hazards, current, env) if hazards else ()
    records["training"] = _trainings(current)
    env.records = records
    env.site = _site(card, current, records["hazard"], visits)
    return env


def _site(card: dict[str, Any], current: Families, hazards: Sequence[Hazard], visits: frozenset[str]) -> Site:
    registered = _value(current, "site", "registered").get("on")
    seen = [day_of(register[VALUE]["on"]) for visit, register in current.get("visit", {}).items() if visit in visits]
    drills = [day_of(register[VALUE]["on"]) for register in current.get("drill", {}).values() if register[VALUE]]
    return Site(
        kind=card.get("kind", "tenant"),
        registered_on=None if registered is None else day_of(registered),
        last_visit_on=max(seen, default=None),
        last_drill_on=max(drills, default=None),
        last_hazard_on=max((hazard.since for hazard in hazards), default=None),
    )


def _value(current: Families, family: str, name: str) -> dict[str, Any]:
    register = current.get(family, {}).get(name)
    return {} if register is None or register[VALUE] is None else register[VALUE]


def _answer(env: Environment) -> None:
    """The values that are known; an answer that was valid until a day is unknown after it."""
    answers = env.answers
    for key, register in env.facts.items():
        value = register[VALUE]
        if value is None or "value" not in value:
            continue
        if "until" in value:
            last = day_of(value["until"])
            if last < env.today:
                continue
            env.horizon = min(env.horizon, last + 1)
        answers[key] = value["value"]


def hazards_of(family: Family, current: Families, env: Environment) -> list[Hazard]:
    """The hazards of a family of registers, rejected ones left out."""
    party = _value(current, "site", "card").get("party")
    waiting, ended = current.get("hazard_waiting", {}), current.get("hazard_ended", {})
    found = []
    for name, register in family.items():
        value = register[VALUE]
        if value is not None and value["state"] != "rejected":
            found.append(_hazard(name, register, value, waiting.get(name), ended.get(name), env, party))
    return found


def _hazard(  # noqa: PLR0913 - the hazard and what is known beside it
    name: str,
    register: Register,
    value: dict[str, Any],
    waiting: Register | None,
    ended: Register | None,
    env: Environment,
    party: str | None,
) -> Hazard:
    state, due = value["state"], day_of(value["due"])
    is_open = state not in _ENDED
    stopped = day_of(waiting[VALUE]["on"]) if waiting is not None and state in _WAITING else None
    closed_on, late = None, 0
    if is_open:
        late = _late(due, stopped, env)
    else:
        closed_on = day_of(ended[VALUE]["on"]) if ended is not None else register[HEARD]
        late = ended[VALUE]["overdue_days"] if ended is not None else 0
    by = value["by"]
    return Hazard(
        name=name,
        event=register[EVENT],
        number=value["number"],
        item=value["item"],
        level=value["level"],
        source=value["source"],
        state=state,
        open=is_open,
        major=value["level"] == "major",
        own=party is None or not by or party in by,
        shared="shared" in value,
        repeat="repeat" in value,
        late=late > 0,
        overdue=is_open and late > 0,
        running=is_open and stopped is None,
        overdue_days=late,
        due=due,
        since=day_of(value["found"]),
        closed_on=closed_on,
    )


def _late(due: int, stopped: int | None, env: Environment) -> int:
    """Days beyond the due date; how they grow from there is the business of the rule that counts them."""
    if stopped is not None and stopped <= env.today:
        return max(0, stopped - due)
    if env.today <= due:
        env.horizon = min(env.horizon, due + 1)
        return 0
    return env.today - due


def _leases(family: Family, _current: Families, _env: Environment) -> list[Lease]:
    return [
        Lease(
            name=name,
            event=register[EVENT],
            state=value["state"],
            active=value["state"] in _ACTIVE,
            agreement=value["agreement"],
            agreement_until=_day(value.get("agreement_until")),
            depth=value["depth"],
            end=day_of(value["end"]),
            since=day_of(value["start"]),
        )
        for name, register in family.items()
        if (value := register[VALUE]) is not None
    ]


def _self_checks(family: Family, _current: Families, _env: Environment) -> list[SelfCheck]:
    known = [
        (day_of(value["last"]), value["result"], name, register[EVENT])
        for name, register in family.items()
        if (value := register[VALUE])
    ]
    on_time = [last for last, result, _, _ in known if result == "on_time"]
    return [
        SelfCheck(name, event, result, sum(last < later for later in on_time), last)
        for last, result, name, event in known
        if result != "on_time"
    ]


def _trainings(current: Families) -> list[Training]:
    """For principal and safety officer the training or certificate that holds longest."""
    best: dict[str, Training] = {role: Training(role, None, role, None, 0) for role in _ROLES}
    for family in ("trained", "certificate"):
        for register in current.get(family, {}).values():
            value = register[VALUE]
            if value is None or value["role"] not in best or value.get("state", "valid") not in _HOLDS:
                continue
            until = _day(value.get("until")) or NEVER
            standing = best[value["role"]].until
            if standing is None or until > standing:
                since = value.get("on") or value.get("since")
                best[value["role"]] = Training(
                    value["role"], register[EVENT], value["role"], until, day_of(since) if since else register[HEARD]
                )
    return list(best.values())


def _certificates(family: Family, _current: Families, _env: Environment) -> list[Certificate]:
    return [
        Certificate(
            name=name,
            event=register[EVENT],
            role=value["role"],
            state=value["state"],
            required=value["required"],
            until=_day(value.get("until")),
            since=_day(value.get("since")) or register[HEARD],
        )
        for name, register in family.items()
        if (value := register[VALUE]) is not None
    ]


def _drills(family: Family, _current: Families, _env: Environment) -> list[Drill]:
    return [Drill(name, event, value["passed"], day_of(value["on"])) for name, (_, event, _, value) in family.items() if value]


def _alarms(family: Family, _current: Families, _env: Environment) -> list[Alarm]:
    return [Alarm(name, event, value["result"], day_of(value["on"])) for name, (_, event, _, value) in family.items() if value]


def _complaints(family: Family, _current: Families, _env: Environment) -> list[Complaint]:
    return [
        Complaint(name, event, value["founded"], day_of(value["on"])) for name, (_, event, _, value) in family.items() if value
    ]


def _refusals(family: Family, _current: Families, _env: Environment) -> list[Refusal]:
    return [Refusal(name, event, day_of(value["on"])) for name, (_, event, _, value) in family.items() if value]


def _contradictions(family: Family, _current: Families, _env: Environment) -> list[Contradiction]:
    return [Contradiction(name, event, day_of(value["on"])) for name, (_, event, _, value) in family.items() if value]


def _tenants(family: Family, current: Families, _env: Environment) -> list[Tenant]:
    checks, missed = current.get("tenant_check", {}), current.get("tenant_check_missed", {})
    return [
        _tenant(name, register, value, checks.get(name), missed.get(name))
        for name, register in family.items()
        if (value := register[VALUE]) is not None
    ]


def _tenant(name: str, register: Register, value: dict[str, Any], check: Register | None, missed: Register | None) -> Tenant:
    checked = None if check is None else day_of(check[VALUE]["on"])
    due = None if missed is None else day_of(missed[VALUE]["due"])
    start = max(day_of(value["since"]), checked or 0)
    return Tenant(
        name=name,
        event=None if register[EVENT] == name else register[EVENT],  # what time alone has changed, no event said
        level=value["level"],
        band=value["band"],
        overdue=value["overdue"],
        checked_on=checked,
        check_due=after(start, *value["check_within"]) if "check_within" in value else NEVER,
        check_missed=due is not None and (checked is None or checked < due),
        since=day_of(value["since"]),
    )


def _day(iso: str | None) -> int | None:
    return None if iso is None else day_of(iso)


_MAKERS: Final[tuple[tuple[str, Callable[[Family, Families, Environment], Sequence[Any]]], ...]] = (
    ("lease", _leases),
    ("self_check", _self_checks),
    ("certificate", _certificates),
    ("drill", _drills),
    ("alarm", _alarms),
    ("complaint", _complaints),
    ("refusal", _refusals),
    ("contradiction", _contradictions),
    ("tenant", _tenants),
)
