"""Rows of a ledger: taken at once, found again by business key, told like anything else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from services.registry.actions.taking import take_rows
from services.registry.domain.building import Structure
from services.registry.domain.ledger_row import (
    BuildingCells,
    CompoundCells,
    FactCells,
    LandlordCells,
    LeaseCells,
    LedgerRow,
    PersonCells,
    PointCells,
    RowOutcome,
    TenantCells,
)
from services.registry.vault import vault_at
from services.registry.workers import advance_leases
from shared.contracts.registry import (
    ContactChanged,
    LeaseActivated,
    LeaseChanged,
    LeaseEnded,
    PartyChanged,
    PartyRegistered,
    SiteChanged,
    SiteFactsChanged,
    SiteRegistered,
)
from shared.contracts.vocabulary import FireClass, LeaseUse, PartyType
from tests.services.registry.builders import building, compound, credit_code, lease, party, site
from tests.support.service import ServiceUnderTest

START, END = date(2026, 1, 1), date(2029, 12, 31)
LANDLORD = LandlordCells("宜兴市宏达实业有限公司", credit_code(900_001), principal=PersonCells("王建国", "13912345678"))


def ledger_row(number: int, **changes: object) -> LedgerRow:
    """A row with a tenant of its own on a floor of its own."""
    tenant = TenantCells(
        f"宜兴市第{number}机械厂",
        credit_code(910_000 + number),
        employees=20 + number,
        principal=PersonCells("李四", f"1381234{number:04d}"),
        safety_officer=PersonCells("赵六", f"1371234{number:04d}"),
    )
    row = LedgerRow(
        number=number,
        landlord=LANDLORD,
        compound=CompoundCells("宏达工业园", "文庄路1号", "320282", PointCells(119.82, 31.34)),
        building=BuildingCells("1号楼", Structure.CONCRETE_FRAME, 5, Decimal(9000)),
        tenant=tenant,
        lease=LeaseCells(f"{number}F", "", Decimal(900), START, END, agreement_signed_on=START, fire_class_declared=FireClass.D),
        facts={"dust": FactCells("metal", Decimal(12)), "spray": FactCells("none")},
        grid_name="第一网格",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


async def taken(registry: ServiceUnderTest, rows: Sequence[LedgerRow]) -> list[RowOutcome]:
    vault = vault_at(registry.settings, registry.data)
    return await registry.database.run(lambda tx: take_rows(rows, vault, tx))


async def test_a_point_of_a_ledger_says_so_until_somebody_measures_it(registry: ServiceUnderTest) -> None:
    await taken(registry, [ledger_row(1)])
    async with registry.client("bureau") as client:
        [compound_] = (await client.get("/api/registry/compounds")).json()["items"]
        point = {"lon": 119.83, "lat": 31.35, "crs": "cgcs2000", "source": "gps"}
        places = (await client.get("/api/registry/sites")).json()["items"]
        await client.patch(f"/api/registry/compounds/{compound_['id']}", json={"point": point})
        same = CompoundCells("宏达工业园", "文庄路1号", "320282", PointCells(119.83, 31.35))
        await taken(registry, [replace(ledger_row(1), compound=same)])
        measured = (await client.get(f"/api/registry/compounds/{compound_['id']}")).json()
    assert {place["point"]["source"] for place in places} == {compound_["point"]["source"]} == {"import"}
    assert measured["point"]["source"] == "gps"


async def test_a_row_registers_everybody_and_everything_in_it(registry: ServiceUnderTest) -> None:
    [outcome] = await taken(registry, [ledger_row(1)])
    assert outcome.problems == ()
    assert set(outcome.created) == {"landlord", "contact", "grid", "compound", "building", "tenant", "site", "lease", "facts"}
    parties, contacts = await registry.said(PartyRegistered), await registry.said(ContactChanged)
    assert (len(parties), len(contacts)) == (2, 3)
    landlord, tenant = await registry.said(SiteRegistered)
    assert (landlord.kind, tenant.kind, tenant.landlord_site_id) == ("landlord", "tenant", landlord.site_id)
    assert tenant.site_id == outcome.site_id
    facts = {key: fact.value for key, fact in tenant.facts.items()}
    expected = {"dust": "metal", "people_on_site": 21, "floor": 1, "safety_agreement": "signed", "sublet_depth": 1}
    assert expected.items() <= facts.items()
    [lease] = await registry.said(LeaseActivated)
    assert (lease.site_id, lease.rooms, lease.agreement) == (tenant.site_id, ("1F",), "signed")


async def test_the_same_rows_again_change_nothing(registry: ServiceUnderTest) -> None:
    rows = [ledger_row(number) for number in range(1, 6)]
    await taken(registry, rows)
    before = len(await registry.said())
    outcomes = await taken(registry, rows)
    assert all(outcome.is_unchanged for outcome in outcomes)
    assert len(await registry.said()) == before


async def test_what_differs_is_changed_and_said(registry: ServiceUnderTest) -> None:
    row = ledger_row(1)
    await taken(registry, [row])
    before = len(await registry.said())
    assert row.tenant is not None
    assert row.lease is not None
    later = replace(
        row,
        tenant=replace(row.tenant, employees=99, principal=PersonCells("钱七", "13600000000")),
        lease=replace(row.lease, end=date(2031, 12, 31)),
        facts={"dust": FactCells("none"), "spray": FactCells("none")},
    )
    [outcome] = await taken(registry, [later])
    assert (outcome.created, set(outcome.updated)) == ((), {"tenant", "contact", "lease", "facts"})
    said = (await registry.said())[before:]
    assert [type(event) for event in said] == [PartyChanged, ContactChanged, SiteFactsChanged, LeaseChanged]
    assert (said[2].facts["dust"].value, set(said[2].facts)) == ("none", {"dust"})
    assert (said[3].end, said[3].envelope.sequence) == (date(2031, 12, 31), 2)


async def test_a_room_let_twice_is_a_problem_that_names_the_tenant_and_leaves_the_row_out(registry: ServiceUnderTest) -> None:
    first, second = ledger_row(1), ledger_row(2)
    assert first.lease is not None
    clash = replace(second, lease=replace(first.lease, floor="", room="101"))
    free, taken_twice = await taken(registry, [first, clash])
    assert free.problems == ()
    [problem] = taken_twice.problems
    assert (problem.column, problem.code, problem.detail) == ("lease.room", "lease_overlaps", "该房间已租给宜兴市第1机械厂")
    assert len(await registry.table("parties")) == 2


async def test_every_wrong_cell_of_a_row_is_told_by_its_path(registry: ServiceUnderTest) -> None:
    row = ledger_row(1)
    assert row.tenant is not None
    assert row.lease is not None
    wrong = replace(
        row,
        tenant=replace(row.tenant, uscc="9132", principal=PersonCells("李", "12345")),
        lease=replace(row.lease, end=START - timedelta(days=1)),
        facts={"dust": FactCells("gold")},
    )
    [outcome] = await taken(registry, [wrong])
    assert {problem.column for problem in outcome.problems} == {
        "tenant.uscc",
        "tenant.principal.mobile",
        "lease.end",
        "facts.dust",
    }
    assert await registry.table("parties") == []


async def test_a_firm_without_a_code_is_a_problem_unless_it_is_known_by_name(registry: ServiceUnderTest) -> None:
    row = ledger_row(1)
    assert row.tenant is not None
    nameless = replace(row, tenant=replace(row.tenant, uscc=None))
    [refused] = await taken(registry, [nameless])
    assert [problem.code for problem in refused.problems] == ["credit_code_needed"]
    await taken(registry, [row])
    [known] = await taken(registry, [nameless])
    assert known.is_unchanged


async def test_a_lease_that_ran_out_before_today_is_expired_and_keeps_no_room(registry: ServiceUnderTest) -> None:
    row = ledger_row(1)
    assert row.lease is not None
    await taken(registry, [replace(row, lease=replace(row.lease, start=date(2020, 1, 1), end=date(2021, 12, 31)))])
    [ended] = await registry.said(LeaseEnded)
    assert (ended.reason, ended.ended_on) == ("expired", date(2021, 12, 31))
    assert await registry.table("lease_spaces") == []


async def test_a_verified_answer_stands_over_a_ledger(registry: ServiceUnderTest) -> None:
    [outcome] = await taken(registry, [ledger_row(1)])
    async with registry.client("bureau") as client:
        path = f"/api/registry/sites/{outcome.site_id}/facts"
        await client.put(path, json={"spray": {"value": "solvent", "source": "patrol", "verified_by": "officer-7"}})
    [again] = await taken(registry, [ledger_row(1)])
    assert again.is_unchanged


async def test_a_row_without_a_tenant_registers_a_vacant_building(registry: ServiceUnderTest) -> None:
    [outcome] = await taken(registry, [replace(ledger_row(1), tenant=None, lease=None, facts={})])
    assert outcome.site_id is None
    assert [event.kind for event in await registry.said(SiteRegistered)] == ["landlord"]


async def test_rows_of_one_building_in_two_chunks_count_together(registry: ServiceUnderTest) -> None:
    await taken(registry, [ledger_row(1)])
    await taken(registry, [ledger_row(2)])
    changed = await registry.said(SiteChanged)
    assert {event.scope for event in changed if event.kind == "tenant"} == {("single_building_split", "compound_multi_unit")}
    assert len(await registry.table("grids")) == 1


async def test_no_number_of_a_person_leaves_the_vault(registry: ServiceUnderTest) -> None:
    await taken(registry, [ledger_row(1)])
    for table in ("outbox", "history", "contacts"):
        for row in await registry.table(table):
            stored = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
            assert b"13912345678" not in stored
            assert b"13812340001" not in stored


Answer = dict[str, Any]


def row_about(owner: Answer, tenant: Answer, **said: Any) -> LedgerRow:
    """A row about rooms on the second floor of a building that was registered by hand, with nothing said but the term."""
    let = LeaseCells("2F", "", None, START, date(2028, 12, 31))
    facts = said.pop("facts", {})
    return LedgerRow(
        number=1,
        landlord=LandlordCells(owner["name"], owner["uscc"]),
        compound=CompoundCells("甲园"),
        building=BuildingCells("1号楼"),
        tenant=TenantCells(tenant["name"], tenant["uscc"]),
        lease=replace(let, **said),
        facts=facts,
    )


async def a_place(client: Any) -> tuple[Answer, Answer, Answer]:
    """An owner, his building, and who is to rent there."""
    owner = await party(client)
    place = await building(client, owner, compound_id=(await compound(client, owner, name="甲园"))["id"], building_no="1号楼")
    return owner, place, await party(client)


async def in_force(client: Any, draft: Answer) -> Answer:
    answer = await client.post(f"/api/registry/leases/{draft['id']}/activate")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_what_a_row_does_not_say_of_a_lease_stays(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, place, tenant = await a_place(client)
        held = await in_force(client, await lease(client, place, owner, tenant, existing=True, use="storage", area=321))
        [silent] = await taken(registry, [row_about(owner, tenant)])
        path = f"/api/registry/leases/{held['id']}"
        assert "lease" not in silent.updated
        assert (await client.get(path)).json() == held
        await taken(registry, [row_about(owner, tenant, use=LeaseUse.OFFICE, is_unsigned=True)])
        said = (await client.get(path)).json()
    assert (said["use"], said["area"], said["agreement"], said["agreement_signed_on"]) == (
        "office",
        held["area"],
        "missing",
        None,
    )


async def test_a_new_lease_has_defaults_for_what_its_row_does_not_say(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, _, tenant = await a_place(client)
    await taken(registry, [row_about(owner, tenant)])
    [told] = await registry.said(LeaseActivated)
    assert (told.use, told.area, told.fire_class, told.agreement) == ("production", 0, "unknown", "missing")


async def test_a_lease_in_the_gate_is_not_let_through_by_a_ledger(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, place, tenant = await a_place(client)
        path = f"/api/registry/leases/{(await lease(client, place, owner, tenant))['id']}"
        before = (await client.post(f"{path}/submit")).json()
        [outcome] = await taken(registry, [row_about(owner, tenant, area=Decimal(500))])
        [problem] = outcome.problems
        assert (problem.column, problem.code) == ("lease.floor", "lease_under_review")
        assert problem.detail.startswith(f"{tenant['name']}承租2F(2026-01-01至2028-12-31)正在准入流程中(状态:准入审核)")
        assert (outcome.created, outcome.updated, (await client.get(path)).json()) == ((), (), before)
    assert await registry.table("sites") == []


async def test_a_lease_runs_on_in_the_ledger_while_its_renewal_is_in_the_gate(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, place, tenant = await a_place(client)
        await in_force(client, await lease(client, place, owner, tenant, existing=True))
        await lease(client, place, owner, tenant, start="2029-01-01", end="2031-12-31")
    [outcome] = await taken(registry, [row_about(owner, tenant, area=Decimal(500))])
    assert (outcome.problems, outcome.updated) == ((), ("lease",))


async def test_a_room_is_kept_by_a_tenant_whom_no_row_names(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, place, tenant = await a_place(client)
        holder = await party(client, "宜兴市先来五金厂")
        await in_force(client, await lease(client, place, owner, holder, existing=True))
    [outcome] = await taken(registry, [row_about(owner, tenant)])
    [problem] = outcome.problems
    assert (problem.code, problem.detail) == ("lease_overlaps", "该房间已租给宜兴市先来五金厂")


async def test_an_expired_lease_that_a_row_renews_runs_as_any_other(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, place, tenant = await a_place(client)
        term = {"start": "2025-01-01", "end": "2026-12-15"}
        held = await in_force(client, await lease(client, place, owner, tenant, existing=True, **term))
        registry.time_passes(days=40)
        await registry.works(advance_leases)
        await taken(registry, [row_about(owner, tenant)])
        path = f"/api/registry/leases/{held['id']}"
        now = (await client.get(path)).json()
        assert (now["state"], now["step"], now["ended_on"], now["end_reason"]) == ("active", "active", None, None)
        change = {"kind": "process", "facts_declared": {"spray": {"value": "solvent"}}}
        assert (await client.post(f"{path}/changes", json=change)).status_code == 201


async def test_a_lease_that_a_row_shortens_into_the_past_is_ended_by_the_clock(registry: ServiceUnderTest) -> None:
    row = ledger_row(1)
    assert row.lease is not None
    await taken(registry, [row])
    await taken(registry, [replace(row, lease=replace(row.lease, end=date(2026, 2, 1)))])
    assert await registry.said(LeaseEnded) == []
    await registry.works(advance_leases)
    [ended] = await registry.said(LeaseEnded)
    assert ended.ended_on == date(2026, 2, 1)


async def test_a_yes_keeps_what_is_known_in_detail(registry: ServiceUnderTest) -> None:
    goods = {"value": [{"name": "丙酮", "max_qty": 120, "unit": "kg"}], "source": "visit"}
    dust = {"value": "metal", "qty": 12, "valid_to": "2027-01-01", "source": "visit"}
    async with registry.client("bureau") as client:
        owner, place, tenant = await a_place(client)
        there = await site(client, place, tenant, facts={"hazchem": goods, "dust": dust})
        path = f"/api/registry/sites/{there['id']}/facts"
        before = (await client.get(path)).json()["facts"]
        facts = {"hazchem": FactCells(value=True), "dust": FactCells("metal")}
        [outcome] = await taken(registry, [row_about(owner, tenant, facts=facts)])
        after = (await client.get(path)).json()["facts"]
        assert ("facts" in outcome.updated, after["hazchem"], after["dust"]) == (False, before["hazchem"], before["dust"])
        await taken(registry, [row_about(owner, tenant, facts={"dust": FactCells("metal", Decimal(15), "person")})])
        more = (await client.get(path)).json()["facts"]["dust"]
        await taken(registry, [row_about(owner, tenant, facts={"dust": FactCells("wood")})])
        other = (await client.get(path)).json()["facts"]["dust"]
    assert (more["qty"], more["valid_to"], more["source"]) == (15, "2027-01-01", "ledger")
    assert (other["value"], other["qty"], other["valid_to"]) == ("wood", None, None)


def zhang_wei(number: int, compound_name: str, mobile: str, address: str = "") -> LedgerRow:
    """A building that one of the many people of this name lets."""
    who = LandlordCells("张伟", None, PartyType.NATURAL_PERSON, PersonCells("张伟", mobile))
    return LedgerRow(number, who, CompoundCells(compound_name, address), BuildingCells(f"{number}号楼"))


async def test_two_people_of_one_name_are_two_parties(registry: ServiceUnderTest) -> None:
    rows = [
        zhang_wei(1, "东村厂房", "13912345678"),
        zhang_wei(2, "西村厂房", "13812345678"),
        zhang_wei(3, "南村厂房", "13912345678"),
    ]
    first, second, third = await taken(registry, rows)
    assert (first.warnings, third.warnings) == ((), ())
    assert [(warning.column, warning.code) for warning in second.warnings] == [("landlord.name", "namesake")]
    assert (len(await registry.table("parties")), len(await registry.table("contacts"))) == (2, 2)
    again = await taken(registry, rows)
    assert all(outcome.is_unchanged and not outcome.warnings for outcome in again)


async def test_a_person_is_known_again_by_his_compound_when_his_number_is_new(registry: ServiceUnderTest) -> None:
    await taken(registry, [zhang_wei(1, "东村厂房", "13912345678")])
    [outcome] = await taken(registry, [zhang_wei(1, "东村厂房", "13812345678")])
    assert (outcome.created, outcome.updated) == ((), ("contact",))


async def test_a_compound_that_has_only_its_landlords_name_is_known_by_its_address(registry: ServiceUnderTest) -> None:
    rows = [zhang_wei(1, "张伟", "", "文庄路1号"), zhang_wei(2, "张伟", "", "丁蜀路9号")]
    await taken(registry, rows)
    assert len(await registry.table("parties")) == 2
    assert all(outcome.is_unchanged for outcome in await taken(registry, rows))


async def test_a_tenant_is_a_person_known_again_in_his_compound_and_nowhere_else(registry: ServiceUnderTest) -> None:
    who = TenantCells("李强", None, PartyType.NATURAL_PERSON)
    here = replace(ledger_row(1), tenant=who)
    next_door = replace(ledger_row(2), tenant=who)
    elsewhere = replace(ledger_row(3), tenant=who, compound=CompoundCells("别处的园"))
    outcomes = await taken(registry, [here, next_door, elsewhere])
    assert [len(outcome.warnings) for outcome in outcomes] == [0, 0, 1]
    assert [row["name"] for row in await registry.table("parties")].count("李强") == 2
    again = await taken(registry, [here, next_door, elsewhere])
    assert all(outcome.is_unchanged for outcome in again)


async def test_a_landlord_who_manages_his_own_buildings_is_one_person(registry: ServiceUnderTest) -> None:
    row = zhang_wei(1, "东村厂房", "13912345678")
    own = replace(row, building=replace(row.building, unified_manager=LandlordCells("张伟", None, PartyType.NATURAL_PERSON)))
    await taken(registry, [own])
    assert len(await registry.table("parties")) == 1
