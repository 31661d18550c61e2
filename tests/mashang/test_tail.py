"""Events are watched as they are stored: all of them, those of one site, those of one type, past ones and coming ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import nats
import pytest

from shared.clock import utc_now
from shared.contracts.event import Envelope, Event, encode, subject_of
from shared.contracts.registry import SiteClosed
from shared.identifiers import new_id
from tests.mashang.stand import Stand, stand
from tests.services.inspection.stories import Yard

MILL, FORGE = Yard(), Yard()


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Stand]:
    """Streams that hold the registrations of two yards, and one closing."""
    async with stand(tmp_path) as made:
        await publish(made, [*MILL.registered(), *FORGE.registered(), MILL.closed()])
        yield made


async def publish(made: Stand, events: Sequence[Event]) -> None:
    """Store events in the order given."""
    client = await nats.connect(made.settings.nats_url.get_secret_value())
    for event in events:
        identity = new_id()
        envelope = Envelope(identity, "/registry", event.wire_type(), event.site, utc_now(), identity, None, 1)
        await client.jetstream().publish(subject_of(event), encode(event, envelope))
    await client.close()


async def told(made: Stand, *words: str) -> list[dict[str, Any]]:
    """The events that the command prints for a program, in the order of the stream."""
    said = await made.says("events", "tail", "--json", *words)
    assert said.code == 0, said
    return [json.loads(line) for line in said.out.splitlines()]


async def test_past_events_are_told_in_order(studio: Stand) -> None:
    sites = [event["subject"] for event in await told(studio, "--past", "5", "--count", "5")]
    assert sites == [str(site) for site in (MILL.landlord_site, MILL.mill, FORGE.landlord_site, FORGE.mill, MILL.mill)]


async def test_one_site_and_one_type_are_picked_out(studio: Stand) -> None:
    of_the_mill = await told(studio, "--past", "5", "--count", "2", "--site", str(MILL.mill))
    assert [event["type"] for event in of_the_mill] == ["registry.site_registered.v1", "registry.site_closed.v1"]
    for name in ("registry.site_closed", "registry.site_closed.v1"):
        (closed,) = await told(studio, "--past", "5", "--count", "1", "--type", name)
        assert closed["data"]["reason"] == MILL.closed().reason


async def test_people_read_one_line_for_an_event(studio: Stand) -> None:
    said = await studio.says("events", "tail", "--past", "1", "--count", "1")
    (line,) = said.out.splitlines()
    assert "registry.site_closed.v1" in line
    assert str(MILL.mill) in line
    assert "moved_out" in line


async def test_coming_events_are_told_and_past_ones_not(studio: Stand) -> None:
    watching = asyncio.create_task(told(studio, "--count", "1", "--type", SiteClosed.event_name))
    while not watching.done():
        await publish(studio, [FORGE.closed()])
        await asyncio.sleep(0.02)
    (seen,) = await watching
    assert seen["subject"] == str(FORGE.mill)


async def test_watching_leaves_no_durable_behind(studio: Stand) -> None:
    await told(studio, "--past", "5", "--count", "5")
    client = await nats.connect(studio.settings.nats_url.get_secret_value())
    consumers = await client.jetstream().consumers_info("REGISTRY")
    await client.close()
    assert all(info.config.durable_name or info.config.inactive_threshold for info in consumers)
