"""The automatic checks: what the ledger knows of an application, asked of the rules in force, kept with the lease."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.registry.actions.facts import schema_of
from services.registry.domain.application import Application
from services.registry.domain.building import alarm_answer, worst
from services.registry.domain.facts import UNKNOWN
from services.registry.domain.gate import Check, Moment, Rulebook
from services.registry.domain.lease import DocumentKind, Term, let_beyond_floor_area
from services.registry.domain.space import read_all
from services.registry.rulebook import limits
from services.registry.store.admission import documents_of, is_barred, open_major_hazards, save_checks
from services.registry.store.facts import facts_of
from services.registry.store.hearing import alarms_of_building
from services.registry.store.leases import areas_held, holder_of, lease_above, scope_number, space_rows
from services.registry.store.parties import contacts_of
from services.registry.store.rows import Row, get
from services.registry.store.sites import buildings_with_compounds, open_sites_of_building
from services.registry.tables import parties
from shared.contracts.vocabulary import AgreementState, ContactRole, FireAcceptance, FireClass, PartyStatus, PartyType, SiteKind
from shared.database import Transaction as Tx

MISSING: Final = "missing"
"""What a rule asks for where nothing is on file."""
_SIGNED: Final = frozenset({AgreementState.SIGNED, AgreementState.IN_CONTRACT})


async def check_lease(lease: Row, moment: Moment, book: Rulebook, tx: Tx) -> tuple[tuple[Check, ...], Mapping[str, Any]]:
    """What the rules say about the lease now; kept in its present round. Also the facts that they were asked with."""
    facts = (await application_of(lease, tx)).facts()
    checks = book.check(moment, facts, tx.today)
    rows = [
        {
            "lease_id": lease["id"],
            "round": lease["round"],
            "rule": check.rule,
            "place": place,
            "moment": moment.value,
            "clause": check.clause,
            "rulebook": book.version,
            "result": check.result.value,
            "reason": check.reason,
            "reason_en": check.reason_en,
        }
        for place, check in enumerate(checks)
    ]
    await save_checks(tx, rows)
    return checks, facts


async def application_of(lease: Row, tx: Tx) -> Application:
    """What the ledger knows about a lease that wants in."""
    tenant = await get(tx, parties, lease["tenant_party_id"])
    building = (await buildings_with_compounds(tx, [lease["building_id"]]))[0]
    neighbours = await _neighbours(lease, tx)
    own = await _own_risks(lease, tx)
    newest = {DocumentKind(row["kind"]): row for row in await documents_of(tx, lease["id"])}
    kinds = [kind for risks in neighbours for kind in risks]
    declared = lease["declared"]
    actual = declared.get("fire_class_actual", {}).get("value", FireClass.UNKNOWN.value)
    return Application(
        tenant_type=PartyType(tenant["party_type"]),
        tenant_has_code=tenant["uscc"] is not None,
        tenant_status=PartyStatus(tenant["status"]),
        tenant_barred=await is_barred(tx, tenant, tx.today),
        tenant_fire_class=worst(FireClass(lease["fire_class_declared"]), FireClass(actual)),
        tenant_safety_officer=await _has_safety_officer(tenant, tx),
        building_fire_class=FireClass(building["fire_class_design"]),
        building_fire_acceptance=FireAcceptance(building["fire_acceptance"]),
        building_illegal_construction=building["illegal_construction"],
        building_one_key_alarm=alarm_answer(building["one_key_alarm"], await alarms_of_building(tx, building["id"])),
        building_open_major_hazards=await open_major_hazards(tx, building["id"]),
        building_several_parties=len(neighbours) > 0,
        building_unified_manager=building["unified_manager_party_id"] is not None,
        dormitory_declared=_dormitory(lease),
        rooms_taken=await _rooms_taken(lease, building, tx),
        rooms_stated=bool(lease["rooms"]),
        let_beyond_floor_area=await _beyond(lease, building, tx),
        is_sublet=lease["depth"] > 1,
        agreement_signed=lease["agreement"] in _SIGNED,
        agreement_run_out=_run_out(lease, tx.today),
        handover=newest[DocumentKind.HANDOVER]["result"] or UNKNOWN if DocumentKind.HANDOVER in newest else MISSING,
        duty_split_filed=DocumentKind.DUTY_SPLIT in newest,
        sublet_consent_filed=DocumentKind.SUBLET_CONSENT in newest,
        fire_class_declaration_filed=DocumentKind.FIRE_CLASS_DECLARATION in newest,
        same_risk_count=max((kinds.count(kind) + 1 for kind in own), default=0),
        stacked_risk_kinds=len(set(kinds) | own) if own else 0,
    )


def _run_out(lease: Row, today: date) -> bool:
    """Whether there was an agreement that holds no more."""
    until = lease["agreement_until"]
    return lease["agreement"] == AgreementState.EXPIRED or (until is not None and until < today)


def _dormitory(lease: Row) -> bool | None:
    """People living inside, as declared for the lease or among its facts."""
    sleeping = lease["declared"].get("occupancy_sleeping", {}).get("value")
    mixed = lease["declared"].get("mixed_use", {}).get("value")
    if True in (lease["dormitory_declared"], sleeping, mixed):
        return True
    return lease["dormitory_declared"] if lease["dormitory_declared"] is not None else sleeping if sleeping is False else None


async def _neighbours(lease: Row, tx: Tx) -> list[frozenset[str]]:
    """The kinds of risk of every other tenant in the building."""
    schema = await schema_of(tx)
    others = [
        site["id"]
        for site in await open_sites_of_building(tx, lease["building_id"])
        if site["kind"] == SiteKind.TENANT and site["party_id"] != lease["tenant_party_id"]
    ]
    known = await facts_of(tx, others)
    return [schema.risk_kinds({key: row["value"] for key, row in known.get(site, {}).items()}) for site in others]


async def _own_risks(lease: Row, tx: Tx) -> frozenset[str]:
    """The tenant's own kinds of risk: as declared for this lease, over what is known of its site."""
    schema = await schema_of(tx)
    known = (await facts_of(tx, [lease["site_id"]])).get(lease["site_id"], {}) if lease["site_id"] else {}
    answers = {key: row["value"] for key, row in known.items()} | {key: row["value"] for key, row in lease["declared"].items()}
    return schema.risk_kinds(answers)


async def _has_safety_officer(tenant: Row, tx: Tx) -> bool:
    return any(row["role"] == ContactRole.SAFETY_OFFICER and row["active"] for row in await contacts_of(tx, [tenant["id"]]))


async def _rooms_taken(lease: Row, building: Row, tx: Tx) -> bool:
    parent = await lease_above(tx, lease)
    scope = scope_number(building["number"], parent["number"] if parent else None)
    ranges = (space.range for space in read_all(lease["rooms"]))
    return await holder_of(tx, space_rows(lease["id"], scope, ranges, Term(lease["start"], lease["end"]))) is not None


async def _beyond(lease: Row, building: Row, tx: Tx) -> bool:
    if lease["parent_lease_id"] is not None:
        return False
    areas = [*await areas_held(tx, building["id"], lease["id"]), Decimal(lease["area"])]
    return let_beyond_floor_area(areas, building["floor_area"], limits().lease_area_tolerance)
