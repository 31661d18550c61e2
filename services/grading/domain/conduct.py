"""Everything else that was done or left undone, as conditions see it: leases, checks, training, drills, tenants."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from services.grading.domain.days import NEVER, after, day_of
from services.grading.domain.records import (
    Alarm,
    Certificate,
    Complaint,
    Contradiction,
    Drill,
    Lease,
    Refusal,
    SelfCheck,
    Tenant,
    Training,
    Unreached,
)
from services.grading.domain.registers import EVENT, HEARD, VALUE, Families, Family, Register

_ACTIVE: Final = frozenset({"active", "expiring"})
_HOLDS: Final = frozenset({"valid", "expiring"})
_ROLES: Final = ("principal", "safety_officer")
_ON_TIME: Final = "on_time"
_EMPTY: Final[Family] = {}


def trainings_of(current: Families, registered_on: int) -> list[Training]:
    """For principal and safety officer the training or certificate that holds longest; without one, since registration."""
    best: dict[str, tuple[int, str, Register]] = {}
    for family in ("trained", "certificate"):
        for register in current.get(family, _EMPTY).values():
            value = register[VALUE]
            if value is None or (role := value["role"]) not in _ROLES or value.get("state", "valid") not in _HOLDS:
                continue
            until = value.get("until")
            ends = NEVER if until is None else day_of(until)
            if role not in best or (ends, register[EVENT]) > best[role][:2]:
                best[role] = (ends, register[EVENT], register)
    found = []
    for role in _ROLES:
        if role in best:
            ends, event, register = best[role]
            found.append(Training(role, event, role, ends, _since(register[VALUE], register)))
        else:
            found.append(Training(role, None, role, None, registered_on))
    return found


def _since(value: dict[str, Any], register: Register) -> int:
    return _day(value.get("on") or value.get("since")) or int(register[HEARD])


def _leases(family: Family, _current: Families) -> list[Lease]:
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


def _self_checks(family: Family, _current: Families) -> list[SelfCheck]:
    """The periods that were not on time, each with the number of on-time periods that followed."""
    others = [name for name, register in family.items() if register[VALUE] and register[VALUE]["result"] != _ON_TIME]
    if not others:
        return []
    values = [register[VALUE] for register in family.values() if register[VALUE]]
    on_time = [day_of(value["last"]) for value in values if value["result"] == _ON_TIME]
    return [_not_on_time(name, family[name], on_time) for name in others]


def _not_on_time(name: str, register: Register, on_time: Sequence[int]) -> SelfCheck:
    last = day_of(register[VALUE]["last"])
    return SelfCheck(name, register[EVENT], register[VALUE]["result"], sum([last < later for later in on_time]), last)


def _certificates(family: Family, _current: Families) -> list[Certificate]:
    return [
        Certificate(
            name=name,
            event=register[EVENT],
            role=value["role"],
            state=value["state"],
            required=value["required"],
            until=_day(value.get("until")),
            since=_since(value, register),
        )
        for name, register in family.items()
        if (value := register[VALUE]) is not None
    ]


def _happened(record: Callable[..., Any]) -> Callable[[Family, Families], list[Any]]:
    """Records of things that happened on a day."""

    def make(family: Family, _current: Families) -> list[Any]:
        return [
            record(name, register[EVENT], day_of(value["on"])) for name, register in family.items() if (value := register[VALUE])
        ]

    return make


def _ended(record: Callable[..., Any], field: str) -> Callable[[Family, Families], list[Any]]:
    """Records of things that happened on a day and came to something: a field of their value."""

    def make(family: Family, _current: Families) -> list[Any]:
        return [
            record(name, register[EVENT], value[field], day_of(value["on"]))
            for name, register in family.items()
            if (value := register[VALUE])
        ]

    return make


def _unreached(family: Family, current: Families) -> list[Unreached]:
    """Contacts of the party that operates the site now: after a merge of parties the old one's say nothing of it any more."""
    card = current.get("site", _EMPTY).get("card")
    party = card[VALUE]["party"] if card and card[VALUE] else None
    return [
        Unreached(name, register[EVENT], value["role"], day_of(value["on"]))
        for name, register in family.items()
        if (value := register[VALUE]) and value["party"] == party
    ]


def _tenants(family: Family, current: Families) -> list[Tenant]:
    checks, missed = current.get("tenant_check", {}), current.get("tenant_check_missed", {})
    return [
        _tenant(name, register, checks.get(name), missed.get(name))
        for name, register in family.items()
        if register[VALUE] is not None
    ]


def _tenant(name: str, register: Register, check: Register | None, missed: Register | None) -> Tenant:
    """The next check is due a period after the last one, or after the tenant came to the level that it has."""
    value = register[VALUE]
    checked = None if check is None else day_of(check[VALUE]["on"])
    due = None if missed is None else day_of(missed[VALUE]["due"])
    since = day_of(value["since"])
    return Tenant(
        name=name,
        event=None if register[EVENT] == name else register[EVENT],  # what time alone has changed, no event said
        level=value["level"],
        band=value["band"],
        overdue=value["overdue"],
        checked_on=checked,
        check_due=after(max(since, checked or 0), *value["check_within"]) if "check_within" in value else NEVER,
        check_missed=due is not None and (checked is None or checked < due),
        since=since,
        called=value.get("name"),
    )


def _day(iso: str | None) -> int | None:
    return None if iso is None else day_of(iso)


MAKERS: Final[tuple[tuple[str, Callable[[Family, Families], Sequence[Any]]], ...]] = (
    ("lease", _leases),
    ("self_check", _self_checks),
    ("certificate", _certificates),
    ("drill", _ended(Drill, "passed")),
    ("alarm", _ended(Alarm, "result")),
    ("complaint", _ended(Complaint, "founded")),
    ("refusal", _happened(Refusal)),
    ("unreached", _unreached),
    ("contradiction", _happened(Contradiction)),
    ("tenant", _tenants),
)
"""How the registers of a family become records."""
