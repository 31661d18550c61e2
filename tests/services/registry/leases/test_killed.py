"""A registry killed with -9 while leases are drafted, begun and ended: what it answered stands once and is told once."""

import asyncio
import contextlib
import signal
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from shared.contracts.registry import LeaseActivated, LeaseEnded, SiteRegistered
from shared.identifiers import new_id
from tests.services.registry.builders import building, party
from tests.services.registry.leases.contest import LEASES, applications, let_twice
from tests.support import servers
from tests.support.ports import free_port
from tests.support.running import until
from tests.support.service import ServiceUnderTest
from tests.system.processes import Running, start

_KILLS = 2
_CONTENDERS = 12
_BUILDINGS = 3


@dataclass(slots=True)
class House:
    """One registry process that somebody kills, and what it has answered so far."""

    registry: ServiceUnderTest
    nats_url: str
    port: int
    answered: dict[str, set[str]] = field(default_factory=lambda: {"drafted": set(), "begun": set(), "ended": set()})

    def start(self) -> Running:
        url = self.registry.process.database_url.get_secret_value()
        return start(["run", "registry"], self.registry.data, self.port, database_url=url, nats_url=self.nats_url)

    def answers(self) -> int:
        return sum(map(len, self.answered.values()))


async def test_after_kill_9_every_answered_step_stands_once_and_no_room_is_let_twice(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, tenants = await party(client), [await party(client) for _ in range(4)]
        places = [await building(client, owner) for _ in range(_BUILDINGS)]
    with servers.own_nats() as nats:
        house = House(registry, nats.url, free_port())
        process = house.start()
        headers = {"Authorization": f"Bearer {registry.token('bureau')}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{house.port}", headers=headers, timeout=30) as http:
            bodies = [body for place in places for body in applications(place, owner, tenants, _CONTENDERS)]
            work = [asyncio.create_task(_contend(house, http, body)) for body in bodies]
            for kill in range(1, _KILLS + 1):
                await until(partial(_reached, house, 2 * kill, work))
                process.ends(signal.SIGKILL)
                process = house.start()
            await asyncio.gather(*work)
        process.ends(signal.SIGTERM)
    await _require_whole(house)


async def _reached(house: House, steps: int, work: list["asyncio.Task[None]"]) -> bool:
    return house.answers() >= steps or all(task.done() for task in work)


async def _contend(house: House, http: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """Want a room; whoever has it moves in, and out again."""
    identity = str(new_id())
    path = f"{LEASES}/{identity}"
    if not await _step(house, http, ("drafted", identity), (LEASES, body | {"id": identity, "existing": True})):
        return
    assert await _step(house, http, ("begun", identity), (f"{path}/activate", {}))
    assert await _step(house, http, ("ended", identity), (f"{path}/end", {"reason": "terminated"}))


async def _step(house: House, http: httpx.AsyncClient, what: tuple[str, str], request: tuple[str, dict[str, Any]]) -> bool:
    """Ask until there is an answer, always under the same key."""
    path, body = request
    name, identity = what
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = await http.post(path, json=body, headers={"Idempotency-Key": f"{name}-{identity}"})
            if answer.is_success:
                house.answered[name].add(identity)
                return True
            if answer.status_code == httpx.codes.CONFLICT:
                assert answer.json()["code"] == "lease_overlaps", answer.text
                return False
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        await asyncio.sleep(0.05)


async def _require_whole(house: House) -> None:
    rows = {str(row["id"]): row["state"] for row in await house.registry.table("leases")}
    assert set(rows) == house.answered["drafted"] == house.answered["begun"] == house.answered["ended"]
    assert len(rows) >= _BUILDINGS
    assert set(rows.values()) == {"terminated"}
    assert await let_twice(house.registry) == 0
    for kind in (LeaseActivated, LeaseEnded):
        told = Counter(str(event.lease_id) for event in await house.registry.said(kind))
        assert told == dict.fromkeys(rows, 1), kind
    sites = Counter((event.party_id, event.building_id) for event in await house.registry.said(SiteRegistered))
    assert set(sites.values()) == {1}
