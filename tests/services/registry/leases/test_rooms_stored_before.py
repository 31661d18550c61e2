"""Rooms stored as they were read once: after the migration they meet those that are written today."""

from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, text

from services.registry.domain.space import Space
from shared.database.engine import make_engine
from shared.database.migrations import config_for
from tests.services.registry.builders import building, lease, party
from tests.support.service import ServiceUnderTest

API = "/api/registry"


def _migrated_again(connection: Connection) -> None:
    config = config_for("registry")
    config.attributes["connection"] = connection
    command.downgrade(config, "registry_0008")
    command.upgrade(config, "head")


async def _migrate_again(registry: ServiceUnderTest) -> None:
    engine = make_engine(registry.process, "migrate")
    async with engine.begin() as connection:
        await connection.run_sync(_migrated_again)
    await engine.dispose()


async def _store_as_before(registry: ServiceUnderTest, lease_id: str, label: str, space: Space) -> None:
    """The lease's only room under the label and number that it bore once."""
    low, high = space.range
    named = text("UPDATE registry.leases SET rooms = ARRAY[:label] WHERE id = :id").bindparams(label=label, id=UUID(lease_id))
    numbered = text("UPDATE registry.lease_spaces SET space = int8range(:low, :high) WHERE lease_id = :id")
    await registry.database.run(lambda tx: tx.execute(named))
    await registry.database.run(lambda tx: tx.execute(numbered.bindparams(low=low, high=high, id=UUID(lease_id))))


@pytest.mark.parametrize(
    ("label", "space", "today"), [("8F-01", Space(8, "01"), "8F-801"), ("301A", Space(None, "301A"), "3F-301A")]
)
async def test_a_room_stored_before_is_let_once_after_the_migration(
    registry: ServiceUnderTest, label: str, space: Space, today: str
) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner, floors_above=9)
        held = await lease(client, place, owner, await party(client), rooms=[today])
        await _store_as_before(registry, held["id"], label, space)
        whose = {"landlord_party_id": owner["id"], "tenant_party_id": (await party(client))["id"], "building_id": place["id"]}
        wanted = whose | {"rooms": [today], "start": "2026-01-01", "end": "2028-12-31"}
        await _migrate_again(registry)
        answer = await client.post(f"{API}/leases", json=wanted)
        shown = (await client.get(f"{API}/leases/{held['id']}")).json()
    assert (answer.status_code, answer.json()["code"], answer.json()["lease_id"]) == (409, "lease_overlaps", held["id"])
    assert shown["rooms"] == [today]


async def test_two_who_keep_one_room_since_before_both_keep_it_and_are_seen_to(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner, floors_above=9)
        first = await lease(client, place, owner, await party(client), rooms=["801"])
        await _store_as_before(registry, first["id"], "8F-01", Space(8, "01"))
        second = await lease(client, place, owner, await party(client), rooms=["801"])
        await _migrate_again(registry)
        shown = [(await client.get(f"{API}/leases/{held['id']}")).json()["rooms"] for held in (first, second)]
        third = await client.patch(f"{API}/leases/{first['id']}", json={"area": 50})
    assert shown == [["8F-801"], ["8F-801"]]
    assert (third.status_code, third.json()["lease_id"]) == (409, second["id"])
    assert len(await registry.table("lease_spaces")) == 2
