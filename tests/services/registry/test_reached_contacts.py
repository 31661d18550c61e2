"""Whether a contact can be reached is what notify has found, and of its events the last one stands."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.notify import ContactReached, ContactUnreachable
from shared.contracts.registry import ContactChanged
from shared.contracts.vocabulary import ContactId, ContactRole, PartyId
from tests.services.registry.test_verified_mobiles import boss, shown
from tests.support.service import ServiceUnderTest

DAYS = (date(2026, 3, 5), date(2026, 3, 6))


def unreachable(contact: dict[str, Any]) -> ContactUnreachable:
    return ContactUnreachable(**_card(contact), tried_on=DAYS)


def reached(contact: dict[str, Any], *, changed: bool = False) -> ContactReached:
    return ContactReached(**_card(contact), reached_on=DAYS[1], contact_changed=changed)


def _card(contact: dict[str, Any]) -> dict[str, Any]:
    own = {"contact_id": ContactId(UUID(contact["id"])), "party_id": PartyId(UUID(contact["party_id"]))}
    return own | {"role": ContactRole.PRINCIPAL}


async def test_a_contact_whom_nothing_reaches_is_shown_so_until_something_does(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        contact = await boss(client)
        seen = [contact["reachable"]]
        for number, said in enumerate((unreachable(contact), reached(contact), unreachable(contact)), 1):
            await registry.hears(said, sequence=number)
            seen.append((await shown(client, contact))["reachable"])
        await registry.hears(reached(contact, changed=True), sequence=4)
        seen.append((await shown(client, contact))["reachable"])
    assert seen == [None, False, True, False, None]
    assert len(await registry.said(ContactChanged)) == 1


@pytest.mark.parametrize("sequence", [1, 2])
async def test_what_comes_late_or_again_changes_nothing(registry: ServiceUnderTest, sequence: int) -> None:
    async with registry.client("bureau") as client:
        contact = await boss(client)
        await registry.hears(unreachable(contact), sequence=2)
        before = await shown(client, contact)
        assert await registry.hears(reached(contact), sequence=sequence) == "acked"
        assert await shown(client, contact) == before
        assert before["reachable"] is False


async def test_what_an_officer_wrote_gives_way_to_what_notify_finds_later(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        contact = await boss(client)
        await client.patch(f"/api/registry/contacts/{contact['id']}", json={"reachable": False})
        await registry.hears(reached(contact), sequence=1)
        assert (await shown(client, contact))["reachable"] is True
