"""What inspection hears of sites and leases, in any order and any number of times."""

from datetime import date

from services.inspection import workers
from shared.contracts.inspection import HazardEscalated, RectificationSubmitted
from shared.contracts.registry import LeaseActivated, LeaseEnded, SiteChanged, SiteFactsChanged
from shared.contracts.vocabulary import (
    AgreementState,
    FactValue,
    LeaseEndReason,
    LeaseId,
    LeaseState,
    LeaseUse,
    PartyId,
    SiteId,
    SiteKind,
)
from shared.identifiers import new_id
from tests.services.inspection.stories import People, Yard, found, posted, read, refused, settled, stepped, visit
from tests.support.service import ServiceUnderTest


def changed(yard: Yard, name: str) -> SiteChanged:
    card = yard.registered()[1].model_dump(exclude={"facts"})
    return SiteChanged(**{**card, "name": name}, changed=("name",))


async def name_of(inspection: ServiceUnderTest, yard: Yard) -> str:
    return next(str(row["name"]) for row in await inspection.table("sites") if row["site_id"] == yard.mill)


async def test_of_two_cards_in_the_wrong_order_the_later_one_holds(inspection: ServiceUnderTest) -> None:
    yard = Yard()
    assert await inspection.hears(changed(yard, "新名"), sequence=3) == "acked"
    assert await inspection.hears(yard.registered()[1], sequence=1) == "acked"
    assert await inspection.hears(changed(yard, "旧名"), sequence=2) == "acked"
    assert await name_of(inspection, yard) == "新名"


async def test_several_cards_of_one_site_in_one_batch_end_in_the_latest(inspection: ServiceUnderTest) -> None:
    yard = Yard()
    assert await inspection.hears(*yard.registered(), changed(yard, "新名")) == "acked"
    assert len(await inspection.table("sites")) == 2


async def test_a_card_heard_twice_changes_nothing(inspection: ServiceUnderTest) -> None:
    yard, same = Yard(), new_id()
    assert await inspection.hears(yard.registered()[1], message=same) == "acked"
    assert await inspection.hears(yard.registered()[1], message=same) == "acked"
    assert len(await inspection.table("sites")) == 1


async def test_a_site_closed_before_it_was_heard_of_is_tried_again(inspection: ServiceUnderTest) -> None:
    yard = Yard()
    assert await inspection.hears(yard.closed()) == "retried"
    await inspection.hears(yard.registered()[1])
    assert await inspection.hears(yard.closed(), sequence=2) == "acked"


async def test_an_older_card_does_not_open_a_closed_site_again(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await inspection.hears(people.yard.closed(), sequence=5)
    await inspection.hears(changed(people.yard, "旧名"), sequence=2)
    async with people.grid_officer() as officer:
        assert (await posted(officer, "visits", visit(people.yard.mill), 409))["code"] == "site_closed"


async def test_at_a_closed_site_the_clock_of_open_hazards_stands_still(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await found(people, "LF-21")
    await inspection.hears(people.yard.closed(), sequence=2)
    assert [row["next_step_at"] for row in await inspection.table("hazards")] == [None]


async def test_at_a_closed_site_no_step_starts_the_clock_again(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await inspection.hears(people.yard.closed(), sequence=2)
    await stepped(people.tenant(), hazard["id"], "acknowledge")
    assert [row["next_step_at"] for row in await inspection.table("hazards")] == [None]


async def test_what_is_known_later_decides_which_items_are_asked(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection, dust="metal")

    def fact(value: str) -> FactValue:
        return FactValue(value=value, source="visit", valid_from=date(2026, 11, 1))

    gone = SiteFactsChanged(site_id=people.yard.mill, facts={"dust": fact("none")})
    late = SiteFactsChanged(site_id=people.yard.mill, facts={"dust": fact("wood")})
    await inspection.hears(gone, sequence=3)
    await inspection.hears(late, sequence=2)
    assert not await is_asked(people, "LF-28")
    await inspection.hears(SiteFactsChanged(site_id=people.yard.mill, facts={}, removed=("dust",)), sequence=4)
    assert await is_asked(people, "LF-28")


async def is_asked(people: People, item: str) -> bool:
    async with people.grid_officer() as officer:
        (checklist,) = (await read(officer, "checklists", site_id=people.yard.mill))["items"]
    return next(bool(row["applies"]) for row in checklist["items"] if row["item"] == item)


def lease(yard: Yard, landlord: PartyId, **more: object) -> dict[str, object]:
    return {
        "lease_id": LeaseId(new_id()),
        "landlord_party_id": landlord,
        "tenant_party_id": yard.tenant,
        "building_id": yard.building,
        "rooms": ("201",),
        "area": 300.0,
        "start": date(2026, 1, 1),
        "end": date(2027, 1, 1),
        "use": LeaseUse.PRODUCTION,
        "state": LeaseState.ACTIVE,
        "agreement": AgreementState.SIGNED,
        **more,
    }


async def test_a_lease_names_the_landlord_where_the_site_names_none(inspection: ServiceUnderTest) -> None:
    yard, landlord = Yard(), PartyId(new_id())
    await inspection.hears(yard.site(SiteId(yard.mill), SiteKind.TENANT, yard.tenant))
    card = lease(yard, landlord)
    await inspection.hears(LeaseActivated.model_validate(card), sequence=1)
    people = People(inspection, yard)
    (hazard,) = await found(people, "LF-06")
    assert [side["party_id"] for side in hazard["responsible"]] == [str(landlord)]
    ended = card | {"state": LeaseState.TERMINATED, "reason": LeaseEndReason.TERMINATED, "ended_on": date(2026, 11, 1)}
    await inspection.hears(LeaseEnded.model_validate(ended), sequence=2)
    (after,) = await found(people, "LF-01")
    assert after["rule"]["rule"] == "responsibility.landlord_unknown"


def merged(people: People) -> tuple[PartyId, SiteChanged]:
    """The tenant's party was found to be a double of another."""
    party = PartyId(new_id())
    card = people.yard.registered()[1].model_dump(exclude={"facts"})
    return party, SiteChanged(**{**card, "party_id": party}, changed=("party_id",))


async def test_after_a_merge_the_party_that_goes_on_puts_right_what_the_other_owed(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "acknowledge")
    party, change = merged(people)
    await inspection.hears(change, sequence=2)
    inspection.time_passes(days=2)
    await inspection.works(workers.escalate_due_hazards)
    assert await inspection.said(HazardEscalated) == []
    shown = await stepped(inspection.client("tenant", parties=[party]), hazard["id"], "submit")
    assert [side["party_id"] for side in shown["responsible"]] == [str(party), str(people.yard.landlord)]
    (said,) = await inspection.said(RectificationSubmitted)
    assert (said.by_party_id, said.responsible[0].party_id) == (party, party)


async def test_a_new_landlord_urges_and_the_former_one_does_not(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    buyer, office = PartyId(new_id()), SiteId(new_id())
    card = people.yard.registered()[1].model_dump(exclude={"facts"})
    await inspection.hears(people.yard.site(office, SiteKind.LANDLORD, buyer))
    await inspection.hears(SiteChanged(**{**card, "landlord_site_id": office}, changed=("landlord_site_id",)), sequence=2)
    await stepped(inspection.client("landlord", parties=[buyer]), hazard["id"], "urge")
    assert await refused(people.landlord(), hazard["id"], "urge", 404) == "hazard_unknown"


async def test_a_landlord_who_becomes_known_takes_over_what_the_tenant_answered_for(inspection: ServiceUnderTest) -> None:
    yard, landlord = Yard(), PartyId(new_id())
    await inspection.hears(yard.site(SiteId(yard.mill), SiteKind.TENANT, yard.tenant))
    people = People(inspection, yard)
    (hazard,) = await found(people, "LF-06")
    assert hazard["rule"]["rule"] == "responsibility.landlord_unknown"
    await inspection.hears(LeaseActivated.model_validate(lease(yard, landlord)))
    shown = await stepped(inspection.client("landlord", parties=[landlord]), hazard["id"], "acknowledge")
    assert (shown["rule"]["rule"], shown["state"]) == ("responsibility.structure", "rectifying")


async def test_a_landlord_whose_lease_has_ended_still_owes_what_he_owed(inspection: ServiceUnderTest) -> None:
    yard, landlord = Yard(), PartyId(new_id())
    await inspection.hears(yard.site(SiteId(yard.mill), SiteKind.TENANT, yard.tenant))
    card = lease(yard, landlord)
    await inspection.hears(LeaseActivated.model_validate(card), sequence=1)
    people = People(inspection, yard)
    (hazard,) = await found(people, "LF-06")
    ended = card | {"state": LeaseState.TERMINATED, "reason": LeaseEndReason.TERMINATED, "ended_on": date(2026, 11, 1)}
    await inspection.hears(LeaseEnded.model_validate(ended), sequence=2)
    async with people.bureau() as bureau:
        shown = await read(bureau, f"hazards/{hazard['id']}")
    assert [side["party_id"] for side in shown["responsible"]] == [str(landlord)]


async def test_an_activation_heard_after_the_end_does_not_bring_the_lease_back(inspection: ServiceUnderTest) -> None:
    yard, landlord = Yard(), PartyId(new_id())
    card = lease(yard, landlord)
    ended = card | {"state": LeaseState.TERMINATED, "reason": LeaseEndReason.TERMINATED, "ended_on": date(2026, 11, 1)}
    await inspection.hears(LeaseEnded.model_validate(ended), sequence=2)
    await inspection.hears(LeaseActivated.model_validate(card), sequence=1)
    assert [row["is_active"] for row in await inspection.table("leases")] == [False]
