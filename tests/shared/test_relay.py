"""The relay under every interruption: each row once in the stream, in order, whoever dies when."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import nats
import pytest
from nats.aio.client import Client

from mashang.embedded import EmbeddedNats
from shared.errors import MashangError
from shared.identifiers import new_id
from shared.messaging.relay import Relay, Row
from tests.support.relaying import DiesBeforeTheMark, KilledError, Office, all_sent, is_connected, is_disconnected, office_on
from tests.support.running import PATIENCE_SECONDS, until


class DiesInTheMiddle(Relay):
    """Half of the batch is on the wire, its commit is not."""

    async def _publish_batch(self, rows: Sequence[Row]) -> int:
        for number, row in enumerate(rows[: len(rows) // 2], start=1):
            headers = {"Nats-Msg-Id": row.event_id, "Nats-Batch-Id": "half", "Nats-Batch-Sequence": str(number)}
            await self.bus.publish(row.subject, row.body, headers=headers)
        await self.bus.flush()
        raise KilledError


class SendsWhatIsAfterTheLast(Relay):
    """The negative control: remembers the greatest id it has seen, as pollers often do."""

    last = 0

    async def _unsent(self, connection: Any) -> list[Row]:
        found = await connection.fetch(
            'SELECT id, event_id::text, subject, body FROM "sender".outbox WHERE id > $1 ORDER BY id LIMIT 500', self.last
        )
        rows = [Row(*record) for record in found]
        self.last = rows[-1].id if rows else self.last
        return rows


@pytest.fixture
async def office(server: EmbeddedNats, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_on(server, tmp_path) as office:
        yield office


async def test_a_thousand_rows_go_in_whole_batches_and_in_order(office: Office) -> None:
    await office.posts(1_200)
    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.stream_ids() == await office.outbox_ids()
    assert await office.unsent() == 0


async def test_a_relay_killed_between_acknowledgement_and_mark_causes_no_second_copy(
    office: Office,
) -> None:
    await office.posts(40)
    with pytest.raises(KilledError):
        await office.carried_by(DiesBeforeTheMark("sender", office.settings, office.bus))
    assert await office.unsent() == 40
    await office.posts(10)

    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.unsent() == 0
    assert await office.stream_ids() == await office.outbox_ids()


async def test_a_relay_killed_in_the_middle_of_a_batch_leaves_no_half_batch(office: Office) -> None:
    await office.posts(40)
    with pytest.raises(KilledError):
        await office.carried_by(DiesInTheMiddle("sender", office.settings, office.bus))
    assert (await office.bus.jetstream().stream_info("SENDER")).state.messages == 0

    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.stream_ids() == await office.outbox_ids()


async def test_only_one_of_two_relays_leads_and_the_other_takes_over(office: Office) -> None:
    first, second = (Relay("sender", office.settings, office.bus) for _ in range(2))
    leading = asyncio.create_task(first.run())
    await until(lambda: _is_leading(first))
    waiting = asyncio.create_task(second.run())
    await office.posts(5)
    await until(lambda: all_sent(office))
    assert not second.leading

    leading.cancel()
    await office.posts(5)
    await until(lambda: _is_leading(second))
    await until(lambda: all_sent(office))
    waiting.cancel()
    assert await office.stream_ids() == await office.outbox_ids()


class LosesItsPlace(Relay):
    """The server died in the middle of an answer, and asyncpg's protocol does not know where it is; once."""

    times = 0

    async def _unsent(self, connection: Any) -> list[Row]:
        self.times += 1
        if self.times == 1:
            message = "cannot switch to state 12; another operation (2) is in progress"
            raise asyncpg.InternalClientError(message)
        return await super()._unsent(connection)


async def test_a_relay_whose_connection_is_beyond_repair_opens_another(office: Office) -> None:
    await office.posts(5)
    running = asyncio.create_task(LosesItsPlace("sender", office.settings, office.bus).run())
    await until(lambda: all_sent(office))
    assert not running.done()
    running.cancel()


async def test_a_full_stream_refuses_and_the_outbox_keeps_the_rows(office: Office) -> None:
    js = office.bus.jetstream()
    info = await js.stream_info("SENDER")
    await js.update_stream(info.config.evolve(max_msgs=10))
    await office.posts(10)
    await office.carried_by(Relay("sender", office.settings, office.bus))
    await office.posts(10)
    with pytest.raises(MashangError):
        await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.unsent() == 10

    await js.update_stream(info.config)
    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.stream_ids() == await office.outbox_ids()


async def test_a_commit_that_comes_late_is_still_carried(office: Office) -> None:
    """Ids are taken before the commit, so a greater id can be visible first; only unsent rows are asked for."""
    missed = await _with_a_late_commit(office, Relay("sender", office.settings, office.bus))
    assert missed == 0


async def test_negative_control_a_relay_that_remembers_the_last_id_misses_a_late_commit(office: Office) -> None:
    missed = await _with_a_late_commit(office, SendsWhatIsAfterTheLast("sender", office.settings, office.bus))
    assert missed == 1


async def _with_a_late_commit(office: Office, relay: Relay) -> int:
    insert = "INSERT INTO sender.outbox (event_id, subject, body, created_at) VALUES ($1, 'sender.letter_posted.v1.-', $2, now())"
    async with office.outbox() as early, office.outbox() as late:
        slow = late.transaction()
        await slow.start()
        await late.execute(insert, new_id(), b"{}")
        await early.execute(insert, new_id(), b"{}")
        await relay.carry(early)
        await slow.commit()
        await relay.carry(early)
    return await office.unsent()


async def _is_leading(relay: Relay) -> bool:
    return relay.leading


async def test_a_publish_while_the_server_is_away_fails_and_never_lands_late(office: Office, server: EmbeddedNats) -> None:
    await office.posts(3)
    server.kill()
    await until(lambda: is_disconnected(office.bus))
    with pytest.raises(nats.errors.Error):
        await office.carried_by(Relay("sender", office.settings, office.bus))
    server.start()
    await until(lambda: is_connected(office.bus))
    await office.bus.flush()
    assert (await office.bus.jetstream().stream_info("SENDER")).state.messages == 0

    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.stream_ids() == await office.outbox_ids()


async def test_an_acknowledgement_that_was_lost_with_its_connection_is_not_waited_for(
    office: Office, server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.relay._ACK_SECONDS", 3_600.0)
    await office.posts(1)
    before = office.bus.stats["out_msgs"]
    os.kill(server.pid, signal.SIGSTOP)
    carrying = asyncio.create_task(office.carried_by(Relay("sender", office.settings, office.bus)))
    await until(lambda: _sent_more_than(before, office.bus))
    server.kill()
    server.start()
    await asyncio.wait([carrying], timeout=PATIENCE_SECONDS)
    with pytest.raises(TimeoutError):
        carrying.result()

    await until(lambda: is_connected(office.bus))
    await office.carried_by(Relay("sender", office.settings, office.bus))
    assert await office.stream_ids() == await office.outbox_ids()


async def _sent_more_than(messages: int, bus: Client) -> bool:
    return bus.stats["out_msgs"] > messages
