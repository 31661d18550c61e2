"""What a site takes from others: a landlord's from its tenants' down the lease chain, each site of a party from the party."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.grading.case import Case, apart
from services.grading.casebook import save
from services.grading.domain.course import Rules
from services.grading.domain.registers import OF_PARTY, SEQUENCE, VALUE, Value, Write
from services.grading.rulings import rules_in_force
from services.grading.saying import say_decisions
from services.grading.store import cases as stored
from services.grading.store import chains
from services.grading.store.arrays import Row
from shared.database import Transaction

TENANT: Final = "tenant"
_MOST_AT_ONCE: Final = 200


async def roll_up(tx: Transaction) -> bool:
    """Take in what changed below landlords and above sites; True where more is waiting."""
    return await roll_up_on(tx, tx.today)


async def roll_up_on(tx: Transaction, day: date) -> bool:
    """The same, as heard on a day."""
    asked = await chains.take_rollups(tx, _MOST_AT_ONCE)
    if not asked:
        return False
    rules = await rules_in_force(tx)
    parties = {row["subject_id"] for row in asked if row["kind"] == "party"}
    landlords = {row["subject_id"]: row["event_id"] for row in asked if row["kind"] == "landlord"}
    own = await chains.sites_of_parties(tx, sorted(parties))
    rows = await stored.lock_sites(tx, sorted({*landlords, *own}))
    below = await _tenants_below(tx, sorted(landlords))
    above = await _facts_of_parties(tx, sorted(parties)) if parties else {}
    today, cases = day.toordinal(), []
    for row in rows:
        with apart(row["site_id"]):
            case = Case.of(row)
            if case.site_id in landlords:
                source = landlords[case.site_id]
                _note(case, _tenant_writes(case, below.get(case.site_id, {}), source), source, today, rules)
            if case.site_id in own:
                _note(case, _party_writes(case, above.get(own[case.site_id], ())), own[case.site_id], today, rules)
            if case.is_changed:
                case.decide(today, rules, None)
            cases.append(case)
    spoken = await save(tx, cases, day)
    await chains.ask_for_rollup(tx, _further_up(cases, landlords))
    await say_decisions(tx, spoken, rules)
    return len(asked) == _MOST_AT_ONCE


def _further_up(cases: Iterable[Case], landlords: Mapping[UUID, Any]) -> list[tuple[str, UUID, UUID | None]]:
    """A second landlord's tenants are also below the first one."""
    return [
        ("landlord", case.row["landlord_site_id"], landlords[case.site_id])
        for case in cases
        if case.is_changed and case.site_id in landlords and case.row["landlord_site_id"] not in (None, case.site_id)
    ]


async def _tenants_below(tx: Transaction, landlords: Sequence[UUID]) -> dict[UUID, dict[str, Value]]:
    found: dict[UUID, dict[str, Value]] = {}
    for row in await chains.tenants_below(tx, landlords):
        found.setdefault(row["landlord"], {})[str(row["site_id"])] = _summary(row)
    return found


def _summary(row: Row) -> Value:
    """What a landlord's site keeps of a tenant's; ``via`` names the site between them where there is one."""
    summary: Value = {
        "name": row["name"],
        "level": row["level"],
        "band": row["band"],
        "overdue": row["overdue"],
        "since": row["level_since"].isoformat(),
    }
    if row["check_days"] is not None:
        summary["check_within"] = [row["check_days"], row["check_months"]]
    if row["via"] is not None:
        summary["via"] = str(row["via"])
    return summary


def _tenant_writes(case: Case, below: Mapping[str, Value], source: UUID | None) -> list[Write]:
    """Only what differs is written, so that rolling up twice changes nothing."""
    names = case.course.facts.current.get(TENANT, {})
    writes = []
    for name in sorted({*names, *below}):
        register, value = names.get(name), below.get(name)
        if (register[VALUE] if register else None) != value:
            writes.append(
                Write(case.site_id, TENANT, name, register[SEQUENCE] + 1 if register else 1, str(source or name), value)
            )
    return writes


async def _facts_of_parties(tx: Transaction, parties: Sequence[UUID]) -> dict[UUID, list[tuple[str, str, Any]]]:
    found: dict[UUID, list[tuple[str, str, Any]]] = {}
    for row in await stored.states(tx, parties):
        facts = Case.of(row).course.facts
        found[row["site_id"]] = [
            (family, name, register) for family in OF_PARTY for name, register in facts.current.get(family, {}).items()
        ]
    return found


def _party_writes(case: Case, known: Iterable[tuple[str, str, Any]]) -> list[Write]:
    return [Write(case.site_id, family, name, register[0], register[1], register[VALUE]) for family, name, register in known]


def _note(case: Case, writes: list[Write], source: UUID | None, today: int, rules: Rules) -> None:
    if writes:
        case.hear(source or case.site_id, writes, today, rules)
