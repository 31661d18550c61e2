"""From a worked case to the facts that it tells: plain registers, without any rule."""

from typing import Any

from services.grading.domain.assessment import LEVELS
from services.grading.domain.policy.compiled import BANDS
from services.grading.domain.registers import Registers, Write
from services.grading.domain.standing import Notice, Standing, VetoInForce
from tests.services.grading.builders import HARMLESS, MILL, MILLER
from tests.services.grading.domain.days import MONDAY, iso

Case = dict[str, Any]
EVENT = "0192f300-0000-7000-b000-000000000001"

RISKS: dict[str, Case] = {
    "r4": {},
    "r3": {"facts": {"spray": "solvent", "hazwaste": True}},
    "r2": {"facts": {"dust": "metal", "dust_collector": "wet", "hazwaste": True}},
    "r1": {"facts": {"dust": "metal", "dust_collector": "wet", "ammonia": "nitriding"}},
}
CONDUCT: dict[int, Case] = {
    100: {},
    85: {"facts": {"penalty_on": -5}, "hazards": [{"level": "serious"}]},
    70: {"facts": {"penalty_on": -5, "accident_on": -5}, "refusals": [-5]},
    50: {"facts": {"penalty_on": -5, "accident_on": -5}, "refusals": [-5, -6, -7]},
}


def spelt_out(case: Case) -> Case:
    """The case with the facts of its row and column in the matrix."""
    risk, conduct = RISKS[case.get("risk", "r4")], CONDUCT[case.get("conduct", 100)]
    facts = {**risk.get("facts", {}), **conduct.get("facts", {}), **case.get("facts", {})}
    return {**conduct, **case, "facts": facts}


def registers(case: Case) -> Registers:
    """Everything that the case tells and does not tell otherwise."""
    known = Registers()
    known.fold(list(_writes(case)), MONDAY)
    disproved = case.get("disproved", {})
    if disproved:
        on = MONDAY + case.get("disproved_on", -1)
        known = Registers()
        declared = [_fact(key, value, {"since": iso(MONDAY - 200)}, 1) for key, value in disproved.items()]
        found = [_fact(key, case["facts"][key], {"since": iso(on), "verified": True}, 2) for key in disproved]
        plain = [write for write in _writes(case) if write.name not in disproved]
        known.fold(declared, on - 50)
        known.fold(found + plain, on)
    return known


def _writes(case: Case) -> Any:
    yield _write("site", "card", {"kind": case.get("kind", "tenant"), "party": str(MILLER), "name": "磨坊"})
    yield _write("site", "registered", {"on": day(case.get("registered", -60))})
    yield _write("visit", "patrol", {"on": day(case.get("visited", -5))})
    for role, until in case.get("trained", {"principal": 200, "safety_officer": 200}).items():
        yield _write("trained", f"{role}:1", {"role": role, "on": day(-100), "until": day(until)})
    for role in {"principal", "safety_officer"} - set(case.get("trained", {"principal": 1, "safety_officer": 1})):
        if case.get("trained"):
            yield _write("trained", f"{role}:1", {"role": role, "on": day(-100), "until": day(200)})
    yield from _facts(case)
    yield from _conduct(case)
    yield from _hazards(case)
    yield from _leases(case)
    yield from _tenants(case)
    if "override" in case:
        set_by_hand = case["override"]
        yield _write(
            "override",
            "current",
            {"id": EVENT, "level": set_by_hand["level"], "from": day(set_by_hand["from"]), "until": day(set_by_hand["until"])},
        )
    if case.get("lifted"):
        for rule, _ in case["raised"]:
            yield Write(MILL, "lift", rule, 1, EVENT, {"rule": rule, "events": [EVENT]})


def _conduct(case: Case) -> Any:
    for family, days in (
        ("drill", case.get("drills", [-30])),
        *((name, case.get(f"{name}s", [])) for name in ("contradiction", "refusal")),
    ):
        for number, on in enumerate(days):
            yield _write(family, f"{family}-{number}", {"on": day(on)} | ({"passed": True} if family == "drill" else {}))
    for number, on in enumerate(case.get("unreached", [])):
        yield _write("unreached", f"contact-{number}", {"party": str(MILLER), "role": "principal", "on": day(on)})
    for number, complaint in enumerate(case.get("complaints", [])):
        yield _write("complaint", f"complaint-{number}", {"founded": complaint["founded"], "on": day(complaint["at"])})
    for number, check in enumerate(case.get("self_checks", [])):
        last = day(check["last"])
        yield _write("self_check", f"check-{number}", {"last": last, "due": last, "result": check["result"]})
    for number, certificate in enumerate(case.get("certificates", [])):
        until = {"until": day(certificate["until"])} if "until" in certificate else {}
        held = {"role": "special_operator", "type": "welder", "required": True, "state": certificate["state"]}
        yield _write("certificate", f"certificate-{number}", held | until)
    for number, alarm in enumerate(case.get("alarms", [{"at": -10, "result": "working"}] if case.get("kind") else [])):
        yield _write("alarm", f"alarm-{number}", {"result": alarm["result"], "on": day(alarm["at"])})


def _facts(case: Case) -> Any:
    for key, value in {**HARMLESS, **case.get("facts", {})}.items():
        more: dict[str, Any] = {"since": day(-60)}
        if key in case.get("qty", {}):
            more["qty"] = case["qty"][key]
        if key in case.get("until", {}):
            more["until"] = day(case["until"][key])
        if key in case.get("verified", []):
            more["verified"] = True
        yield _fact(key, value, more, 2 if key in case.get("verified", []) else 1)


def _fact(key: str, value: Any, more: dict[str, Any], sequence: int) -> Write:
    told = day(value) if key.endswith("_on") and isinstance(value, int) else list(value) if isinstance(value, tuple) else value
    known = {} if told is None else {"value": told}
    return Write(MILL, "fact", key, sequence, EVENT, known | more)


def _hazards(case: Case) -> Any:
    for number, hazard in enumerate(case.get("hazards", [])):
        name = "hazard" if number == 0 else f"hazard-{number}"
        usual = {"number": f"{number:04d}", "item": "LF-21", "source": "patrol", "state": "confirmed", "due": 5}
        told = usual | {key: value for key, value in hazard.items() if key not in {"waiting", "ended"}}
        told |= {"due": day(told["due"]), "found": day(told.get("found", -30)), "by": [told.get("by", str(MILLER))]}
        yield _write("hazard", name, told)
        if "waiting" in hazard:
            yield _write("hazard_waiting", name, {"on": day(hazard["waiting"])})
        if "ended" in hazard:
            yield _write(
                "hazard_ended", name, {"overdue_days": hazard["ended"].get("overdue_days", 0), "on": day(hazard["ended"]["at"])}
            )


def _leases(case: Case) -> Any:
    for number, lease in enumerate(case.get("leases", [])):
        told = {"state": "active", "agreement": "signed", "depth": 1} | lease
        told |= {"start": day(-400), "end": day(lease.get("end", 300))}
        if "agreement_until" in lease:
            told["agreement_until"] = day(lease["agreement_until"])
        yield _write("lease", f"lease-{number}", told)


def _tenants(case: Case) -> Any:
    for number, tenant in enumerate(case.get("tenants", [])):
        name = f"tenant-{number}"
        told = {"level": tenant.get("level", "blue"), "band": tenant.get("band", "r4"), "overdue": tenant.get("overdue", 0)}
        more = {"check_within": tenant["check_within"]} if "check_within" in tenant else {}
        yield _write("tenant", name, told | more | {"since": day(tenant.get("since", -5))})
        if "checked" in tenant:
            yield _write("tenant_check", name, {"on": day(tenant["checked"])})
        if "missed" in tenant:
            yield _write("tenant_check_missed", name, {"due": day(tenant["missed"])})


def _write(family: str, name: str, value: dict[str, Any]) -> Write:
    return Write(MILL, family, name, 1, EVENT, value)


def day(number: int) -> str:
    """A day counted from today, as it stands in a fact."""
    return iso(MONDAY + number)


def last_of(case: Case) -> Standing | None:
    """What stood when the day began."""
    if "last" not in case:
        return None
    level, days, *more = case["last"]
    vetoes = tuple(VetoInForce(rule, subject, EVENT, MONDAY - days, None) for rule, subject in case.get("raised", []))
    names = [word.value for word in LEVELS]
    notices = tuple(Notice(names.index(worse), MONDAY + on) for worse, on in case.get("noticed", {}).items())
    band = [word.value for word in BANDS].index(case.get("notice_since", "r4"))
    return Standing(MONDAY - 1, names.index(level), MONDAY - days, "by_veto" in more, band, notices, vetoes)
