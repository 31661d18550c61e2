"""A mobile counts as verified for the number to which the code went, until there is another one."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.registry.actions.holders import require_kept
from services.registry.domain.ledger_row import PersonCells
from shared.contracts.notify import MobileVerified
from shared.contracts.registry import ContactChanged
from shared.contracts.vocabulary import ContactId, PartyId
from shared.identifiers import new_id
from tests.services.registry.builders import party
from tests.services.registry.test_taking_rows import ledger_row, taken
from tests.support.running import until
from tests.support.service import ServiceUnderTest

DAY = date(2026, 3, 5)
BOSS = {"role": "principal", "name": "王建国", "mobile": "13912345678"}


def verified(contact: dict[str, Any], version: int = 1, day: date = DAY) -> MobileVerified:
    return MobileVerified(
        verification_id=new_id(),
        contact_id=ContactId(UUID(contact["id"])),
        party_id=PartyId(UUID(contact["party_id"])),
        contact_version=version,
        verified_on=day,
    )


async def boss(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await party(client, contacts=[BOSS]))["contacts"][0]
    return found


async def shown(client: httpx.AsyncClient, contact: dict[str, Any]) -> dict[str, Any]:
    people = (await client.get(f"/api/registry/parties/{contact['party_id']}/contacts")).json()["items"]
    found: dict[str, Any] = next(person for person in people if person["id"] == contact["id"])
    return found


async def changes(client: httpx.AsyncClient, contact: dict[str, Any], **told: Any) -> None:
    assert (await client.patch(f"/api/registry/contacts/{contact['id']}", json=told)).status_code == 200


async def test_a_verified_mobile_shows_its_day_and_nobody_hears_of_a_changed_contact(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        contact = await boss(client)
        assert contact["mobile_verified_on"] is None
        assert await registry.hears(verified(contact)) == "acked"
        assert (await shown(client, contact))["mobile_verified_on"] == "2026-03-05"
    assert len(await registry.said(ContactChanged)) == 1


async def test_the_version_of_which_a_verification_speaks_stands_with_the_number(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client, registry.client("integrator", source="notify") as notify:
        contact = await boss(client)
        await changes(client, contact, name="王建军")
        address = (await notify.get(f"/api/registry/contacts/{contact['id']}/address")).json()
    assert (address["mobile"], address["version"]) == ("13912345678", 2)


@pytest.mark.parametrize(
    ("told", "version", "day"),
    [
        ({"mobile": "13987654321"}, 1, None),
        ({"mobile": "13987654321"}, 2, "2026-03-05"),
        ({"mobile": "+86 139 1234 5678"}, 1, "2026-03-05"),
        ({"name": "王建军"}, 1, "2026-03-05"),
        ({"mobile": None}, 2, None),
    ],
)
async def test_a_code_that_went_to_another_number_verifies_nothing(
    registry: ServiceUnderTest, told: dict[str, Any], version: int, day: str | None
) -> None:
    async with registry.client("bureau") as client:
        contact = await boss(client)
        await changes(client, contact, **told)
        await registry.hears(verified(contact, version))
        assert (await shown(client, contact))["mobile_verified_on"] == day


async def test_another_number_is_not_verified_and_the_same_one_written_differently_is(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        contact = await boss(client)
        await registry.hears(verified(contact))
        await changes(client, contact, mobile="139 1234 5678", name="王建军")
        assert (await shown(client, contact))["mobile_verified_on"] == "2026-03-05"
        await changes(client, contact, mobile="13987654321")
        assert (await shown(client, contact))["mobile_verified_on"] is None


async def test_of_two_who_change_a_contact_at_once_the_second_sees_the_number_of_the_first(
    registry: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has read the number and gives it once more, the second gives another one meanwhile."""
    reads, goes_on = asyncio.Event(), asyncio.Event()

    async def waits(*arguments: Any) -> None:
        await require_kept(*arguments)
        if not reads.is_set():
            reads.set()
            await goes_on.wait()

    async with registry.client("bureau") as client:
        contact = await boss(client)
        monkeypatch.setattr("services.registry.actions.contacts.require_kept", waits)
        first = asyncio.create_task(changes(client, contact, mobile=BOSS["mobile"]))
        await reads.wait()
        second = asyncio.create_task(changes(client, contact, mobile="13987654321"))
        await until(lambda: _waits_or_is_done(registry, second))
        goes_on.set()
        await asyncio.gather(first, second)
        await registry.hears(verified(contact, version=2))
        [row] = await registry.table("contacts")
        assert (row["version"], row["mobile_version"]) == (3, 3)
        assert (await shown(client, contact))["mobile_verified_on"] is None
        assert (await shown(client, contact))["mobile"].endswith("4321")


async def _waits_or_is_done(registry: ServiceUnderTest, second: "asyncio.Task[None]") -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return second.done() or bool(await registry.database.run(lambda tx: tx.value(text(waiting))))


async def test_an_earlier_verification_that_comes_late_or_twice_changes_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        contact = await boss(client)
        await registry.hears(verified(contact, day=date(2026, 3, 9)))
        before = await shown(client, contact)
        await registry.hears(verified(contact), verified(contact, day=date(2026, 3, 9)))
        assert await shown(client, contact) == before
        assert before["mobile_verified_on"] == "2026-03-09"


async def test_another_number_in_a_ledger_is_not_verified_either(registry: ServiceUnderTest) -> None:
    row = ledger_row(1)
    await taken(registry, [row])
    assert row.tenant is not None
    rows = {person["role"]: person for person in await registry.table("contacts") if person["party_id"] is not None}
    contact = {"id": str(rows["safety_officer"]["id"]), "party_id": str(rows["safety_officer"]["party_id"])}
    await registry.hears(verified(contact))
    await taken(registry, [row])
    assert await _verified_on(registry, contact) == DAY
    await taken(registry, [replace(row, tenant=replace(row.tenant, safety_officer=PersonCells("赵六", "13700000000")))])
    assert await _verified_on(registry, contact) is None
    await registry.hears(verified(contact))
    assert await _verified_on(registry, contact) is None


async def _verified_on(registry: ServiceUnderTest, contact: dict[str, Any]) -> date | None:
    people = await registry.table("contacts")
    found: date | None = next(row["mobile_verified_on"] for row in people if str(row["id"]) == contact["id"])
    return found
