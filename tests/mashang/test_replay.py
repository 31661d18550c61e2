"""Every level is built again from the streams; a level that somebody has tampered with is found, by site and value."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import nats
import pytest
from sqlalchemy import text

from mashang.replay import HEARD
from services.grading import workers
from services.grading.deciding import settle
from services.grading.domain.registers import Write
from services.grading.service import service
from shared.contracts.event import Event
from shared.contracts.vocabulary import GradeCause
from shared.database import Database, make_engine
from shared.identifiers import new_id
from shared.messaging.delivery import Delivery, Message
from shared.service import Station
from tests.benchmarks.facts import letter
from tests.mashang.command import Said
from tests.mashang.stand import Stand, stand
from tests.services.grading.builders import (
    MILL,
    OWNER_SITE,
    RISKY,
    contact_unreachable,
    hazard_found,
    landlord_registered,
    lease_activated,
    site_registered,
    today,
    visit_recorded,
)

_ALL = text("SELECT * FROM grading.sites ORDER BY site_id")
_SCRATCH = text("SELECT count(*) FROM pg_database WHERE starts_with(datname, 'mashang_replay_')")


@dataclass
class Graded:
    """An instance whose grading has heard what its streams hold."""

    stand: Stand
    database: Database
    bus: Any

    async def stores(self, *events: Event) -> list[Any]:
        """The streams hold it; nobody has heard it yet."""
        letters = [letter(event, 1) for event in events]
        for one in letters:
            await self.bus.publish(one.subject, one.body)
        return letters

    async def hears(self, *events: Event, days_ago: int = 0) -> None:
        """Stored, and heard by grading on a day, which ends quietly."""
        letters = await self.stores(*events)
        self.database.shift = timedelta(days=-days_ago)
        (handler,) = service.on
        await Delivery(handler, self.database).deliver(
            [Message(one.body, one.subject, one.subject.partition(".")[0].upper(), number) for number, one in enumerate(letters)]
        )
        await self.stand.runs("UPDATE grading.journal SET heard_at = now() WHERE heard_at < now() - interval '1 hour'")
        await self.works()

    async def works(self) -> None:
        """Reviews and roll-ups until nothing is waiting."""
        station = Station(self.database, self.stand.settings, self.stand.settings, None, Path())  # type: ignore[arg-type]
        for worker in (workers.review_due_sites, workers.roll_up_sites):
            while await worker.turn(station):
                pass
        await workers.roll_up_sites.turn(station)

    async def replays(self, *words: str) -> Said:
        return await self.stand.says("replay", "grading", *words)


@asynccontextmanager
async def graded(folder: Path) -> AsyncIterator[Graded]:
    async with stand(folder) as made:
        engine = make_engine(made.settings, "test")
        client = await nats.connect(made.settings.nats_url.get_secret_value())
        yield Graded(made, Database(engine, "grading"), client.jetstream())
        await client.close()
        await engine.dispose()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Graded]:
    """A landlord with two tenants: one was visited and has a hazard that is late by now, the other was set by hand."""
    async with graded(tmp_path) as made:
        other = new_id()
        await made.hears(landlord_registered(), site_registered(known=RISKY, landlord_site_id=OWNER_SITE), days_ago=40)
        await made.hears(lease_activated(), site_registered(other, new_id(), landlord_site_id=OWNER_SITE), days_ago=40)
        late = hazard_found(level="serious", due=today() - timedelta(days=20))
        await made.hears(visit_recorded(result="hazards"), late, days_ago=27)
        await made.hears(contact_unreachable(), days_ago=3)
        set_by_hand = {"id": str(new_id()), "level": "orange", "from": today().isoformat(), "until": _iso(30)}
        write = Write(other, "override", "current", 1, set_by_hand["id"], set_by_hand)
        made.database.shift = timedelta()
        await made.database.run(lambda tx: settle(tx, other, new_id(), write, GradeCause.OVERRIDE))
        await made.works()
        yield made


def _iso(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def test_a_replay_reads_everything_that_grading_hears() -> None:
    (handler,) = service.on
    heard = handler.streams()
    assert HEARD.keys() == heard.keys()
    assert all(not HEARD[stream] or set(HEARD[stream]) == set(subjects) for stream, subjects in heard.items())


async def test_what_stands_is_what_the_streams_say(house: Graded) -> None:
    said = await house.replays("--json")
    found = said.json
    assert found["differences"] == []
    assert (said.code, found["left_out"]) == (0, {})
    assert (found["events"], found["own_decisions"], found["compared"]) == (7, 1, 3)
    assert (await house.replays()).out.splitlines()[-1] == "✓ 一致 the same"


async def test_a_level_that_was_tampered_with_is_named(house: Graded) -> None:
    await house.stand.runs("UPDATE grading.sites SET level = 'red', score = 0 WHERE site_id = $1", MILL)
    said = await house.replays("--json")
    [difference] = said.json["differences"]
    assert (said.code, difference["site_id"], difference["name"]) == (1, str(MILL), "宜兴市第一磨坊")
    assert difference["values"]["level"][0] == "red"
    assert set(difference["values"]) == {"level", "score"}
    *_, line, count = (await house.replays()).out.splitlines()
    assert line.startswith(f"✗ {MILL} 宜兴市第一磨坊: level: red ")
    assert count == "✗ 1 处不一致 differences"


async def test_a_site_that_was_lost_is_named(house: Graded) -> None:
    await house.stand.runs("DELETE FROM grading.sites WHERE site_id = $1", MILL)
    said = await house.replays("--json")
    assert said.code == 1
    assert {"site_id": str(MILL), "name": "宜兴市第一磨坊", "only": "rebuilt", "values": {}} in said.json["differences"]


async def test_what_grading_has_not_heard_yet_is_not_a_difference(house: Graded) -> None:
    await house.stores(hazard_found(level="major"))
    found = (await house.replays("--json")).json
    assert (found["not_yet_heard"], found["differences"]) == (1, [])


async def test_what_the_streams_no_longer_hold_is_said_and_not_compared(house: Graded) -> None:
    await house.stand.asks("STREAM.PURGE.REGISTRY", json.dumps({"seq": 3}).encode())
    said = await house.replays("--json")
    assert said.json["dropped"] == {"REGISTRY": 2}
    assert said.json["differences"] == []
    assert said.json["left_out"]["older_than_the_streams"] == 2
    assert "2 条已过期" in (await house.replays()).out


async def test_a_replay_leaves_nothing_behind(house: Graded) -> None:
    before = await house.database.run(lambda tx: tx.rows(_ALL))
    await house.replays()
    assert await house.database.run(lambda tx: tx.rows(_ALL)) == before
    assert await house.database.run(lambda tx: tx.value(_SCRATCH)) == 0
    for stream in ("REGISTRY", "INSPECTION", "GUIDANCE", "NOTIFY"):
        consumers = await house.bus.consumers_info(stream)
        assert all(consumer.config.durable_name for consumer in consumers)
