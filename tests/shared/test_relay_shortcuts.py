"""What a relay's usual shortcuts cost, and how it mends a stream that lost what it had."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from nats.errors import MaxPayloadError

from mashang.embedded import EmbeddedNats
from shared.database import Transaction, transaction
from shared.database.transaction import EventTooLarge
from shared.identifiers import new_id
from shared.messaging.relay import Relay, Row
from shared.messaging.streams import plan_for, provision
from tests.support.post_office import LetterPosted
from tests.support.relaying import DiesBeforeTheMark, KilledError, Office, all_sent, comes_back, office_on
from tests.support.running import until


class SendsSingly(Relay):
    """The negative control of whole batches: one by one, and dead in the middle."""

    async def _publish(self, rows: Sequence[Row]) -> list[int]:
        for row in rows[: len(rows) // 2]:
            await self._publish_one(row)
        raise KilledError


class DoesNotWait(Relay):
    """The negative control of waiting for JetStream's word: publishes and takes it for stored."""

    async def _publish(self, rows: Sequence[Row]) -> list[int]:
        for row in rows:
            await self.bus.publish(row.subject, row.body, headers={"Nats-Msg-Id": row.event_id})
        return [row.id for row in rows]


class SharesTheWork(Relay):
    """The negative control of one leader: several take what the others have not locked."""

    def __init__(self, *arguments: Any, goes_on: asyncio.Event) -> None:
        super().__init__(*arguments)
        self.goes_on = goes_on

    async def carry(self, connection: Any) -> int:
        async with connection.transaction():
            found = await connection.fetch(
                "SELECT id, event_id::text, subject, body FROM sender.outbox WHERE sent_at IS NULL"
                " ORDER BY id LIMIT 5 FOR UPDATE SKIP LOCKED"
            )
            rows = [Row(*record) for record in found]
            self.busy = True
            await self.goes_on.wait()
            if rows:
                await self._mark(connection, rows, await self._publish(rows))
        return 0


@pytest.fixture
async def office(server: EmbeddedNats, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_on(server, tmp_path) as office:
        yield office


async def test_negative_control_who_sends_singly_leaves_half_of_what_belongs_together(office: Office) -> None:
    await office.posts(40)
    with pytest.raises(KilledError):
        await office.carried_by(SendsSingly("sender", office.settings, office.bus))
    assert await office.stored() == 20


async def test_negative_control_without_ids_a_killed_relay_leaves_every_event_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.relay._headers", _without_ids)
    await office.posts(40)
    with pytest.raises(KilledError):
        await office.carried_by(DiesBeforeTheMark("sender", office.settings, office.bus))
    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.stored() == 80


def _without_ids(_row: Row, batch: str | None = None, number: int = 0) -> dict[str, str]:
    return {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)} if batch else {}


async def test_negative_control_two_relays_that_share_the_rows_change_their_order(office: Office) -> None:
    await office.posts(10)
    late, now = asyncio.Event(), asyncio.Event()
    now.set()
    first = SharesTheWork("sender", office.settings, office.bus, goes_on=late)
    async with office.outbox() as one, office.outbox() as other:
        waiting = asyncio.create_task(first.carry(one))
        await until(lambda: _is_busy(first))
        await SharesTheWork("sender", office.settings, office.bus, goes_on=now).carry(other)
        late.set()
        await waiting
    stored, said = await office.stream_ids(), await office.outbox_ids()
    assert stored == said[5:] + said[:5]


async def _is_busy(relay: Relay) -> bool:
    return relay.busy


async def test_negative_control_a_relay_that_does_not_wait_for_the_word_of_the_stream_loses_with_the_server(
    office: Office, server: EmbeddedNats
) -> None:
    await office.posts(3)
    os.kill(server.pid, signal.SIGSTOP)
    await office.carried_by(DoesNotWait("sender", office.settings, office.bus))
    server.kill()
    await comes_back(office, server)
    assert (await office.unsent(), await office.stored()) == (0, 0)


async def test_a_stream_that_was_made_anew_is_given_again_what_it_had(office: Office, server: EmbeddedNats) -> None:
    relay = Relay("sender", office.settings, office.bus)
    await office.posts(30)
    await office.carried_by(relay)
    server.stop()
    shutil.rmtree(server.folder.path / "jetstream")
    await comes_back(office, server)
    await provision(office.bus, plan_for(["sender"], [], office.settings))

    await office.posts(5)
    await office.carried_by(relay)
    assert sorted(await office.stream_ids()) == sorted(await office.outbox_ids())
    assert await office.unsent() == 0


async def test_a_stream_from_a_backup_is_given_again_what_came_after_it_even_by_a_new_relay(
    office: Office, server: EmbeddedNats
) -> None:
    await office.posts(10)
    await office.carried_by(Relay("sender", office.settings, office.bus))
    server.stop()
    backup = server.folder.path / "backup"
    shutil.copytree(server.folder.path / "jetstream", backup)
    await comes_back(office, server)
    await office.posts(20)
    await office.carried_by(Relay("sender", office.settings, office.bus))
    server.stop()
    shutil.rmtree(server.folder.path / "jetstream")
    backup.rename(server.folder.path / "jetstream")
    await comes_back(office, server)

    leading = asyncio.create_task(Relay("sender", office.settings, office.bus).run())
    await office.posts(1)
    await until(lambda: all_sent(office))
    await until(lambda: _holds(office, 31))
    leading.cancel()
    assert sorted(await office.stream_ids()) == sorted(await office.outbox_ids())


async def _holds(office: Office, messages: int) -> bool:
    return await office.stored() == messages


async def test_negative_control_without_a_limit_a_letter_that_no_stream_takes_stands_before_all_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lets it into the outbox has a relay that fails at every turn; with the limit the request was refused."""
    monkeypatch.setattr(transaction, "LARGEST_LETTER", 1 << 30)
    await office.database.run(_says(LetterPosted(letter_id=new_id(), mood="x" * 256 * 1024)))
    await office.posts(2)
    for _ in range(3):
        with pytest.raises(MaxPayloadError):
            await office.carried_by(Relay("sender", office.settings, office.bus))
    assert (await office.unsent(), await office.stored()) == (3, 0)


async def test_with_the_limit_the_letter_is_refused_and_the_others_are_carried(office: Office) -> None:
    with pytest.raises(EventTooLarge):
        await office.database.run(_says(LetterPosted(letter_id=new_id(), mood="x" * 256 * 1024)))
    await office.posts(2)
    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert (await office.unsent(), await office.stored()) == (0, 2)


def _says(event: LetterPosted) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        tx.say(event)

    return work
