"""Of many who want one room exactly one has it, over real HTTP; and the same test finds two winners where nothing decides."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.registry.actions import lease_rooms, leases
from services.registry.service import service
from tests.services.registry.builders import building, party
from tests.services.registry.leases.contest import all_at_once, applications, let_twice
from tests.support import servers
from tests.support.running import running
from tests.support.service import ServiceUnderTest


@pytest.fixture
async def http(registry: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    """The registry as a process with its own port, relay and workers, on the database of the test."""
    url = registry.process.database_url.get_secret_value()
    with servers.own_nats() as nats:
        async with running((service,), url, nats.url, registry.data) as process:
            yield process.http


async def test_of_a_thousand_overlapping_applications_one_wins_and_999_hear_which(
    registry: ServiceUnderTest, http: httpx.AsyncClient
) -> None:
    owner, tenants = await party(http), [await party(http) for _ in range(20)]
    place = await building(http, owner)
    answers = await all_at_once(http, applications(place, owner, tenants, 1000))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 999}
    [winner] = [answer.json() for answer in answers if answer.status_code == httpx.codes.CREATED]
    name = next(tenant["name"] for tenant in tenants if tenant["id"] == winner["tenant_party_id"])
    told = {(loser["code"], loser["lease_id"], loser["winner"]) for loser in _losers(answers)}
    assert told == {("lease_overlaps", winner["id"], name)}
    assert all(name in loser["detail"] and loser["errors"][0]["pointer"] == "/rooms" for loser in _losers(answers))
    assert [str(row["id"]) for row in await registry.table("leases")] == [winner["id"]]
    assert await let_twice(registry) == 0


async def test_without_the_rule_the_database_alone_lets_one_win(
    registry: ServiceUnderTest, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _without_the_rule(monkeypatch)
    owner, tenant = await party(http), await party(http)
    answers = await all_at_once(http, applications(await building(http, owner), owner, [tenant], 100))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 99}
    assert await let_twice(registry) == 0


async def test_negative_control_without_rule_and_constraint_the_check_finds_several_winners(
    registry: ServiceUnderTest, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _without_the_rule(monkeypatch)
    drop = text("ALTER TABLE registry.lease_spaces DROP CONSTRAINT lease_spaces_one_lease_per_room")
    await registry.database.run(lambda tx: tx.execute(drop))
    owner, tenant = await party(http), await party(http)
    answers = await all_at_once(http, applications(await building(http, owner), owner, [tenant], 100))
    assert Counter(answer.status_code for answer in answers)[201] > 1
    assert await let_twice(registry) > 0


async def _without_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody_asks(*_: object) -> None:
        pass

    monkeypatch.setattr(leases, "require_free", nobody_asks)
    monkeypatch.setattr(lease_rooms, "require_free", nobody_asks)


def _losers(answers: list[httpx.Response]) -> list[dict[str, Any]]:
    return [answer.json() for answer in answers if answer.status_code == httpx.codes.CONFLICT]
