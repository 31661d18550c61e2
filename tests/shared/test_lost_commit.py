"""The commit was carried out and its answer was lost on the way: what callers and deliveries make of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from shared.clock import utc_now
from shared.contracts.event import Envelope, encode
from shared.database import Database, make_engine
from shared.identifiers import new_id
from shared.messaging.delivery import Acked, Delivery, Message
from tests.support.post_office import LetterPosted, receiver, sender
from tests.support.running import post_office_tables
from tests.support.servers import fresh_database
from tests.support.service import ServiceUnderTest, settings_for
from tests.support.wire import Wire, wire_to

LETTERS = "/api/sender/letters"


@pytest.fixture
async def cut(tmp_path: Path) -> AsyncIterator[tuple[Wire, ServiceUnderTest]]:
    async with fresh_database("post_office", post_office_tables) as url, wire_to(url) as (wire, over):
        process = settings_for(over, tmp_path)
        engine = make_engine(process, "test")
        yield wire, ServiceUnderTest(sender, Database(engine, "sender"), process, process, None, tmp_path)  # type: ignore[arg-type]
        await engine.dispose()


async def test_with_a_key_the_caller_never_notices_and_it_is_done_once(cut: tuple[Wire, ServiceUnderTest]) -> None:
    wire, office = cut
    async with office.client("bureau") as client:
        wire.cut_next_commit()
        answer = await client.post(LETTERS, json={}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, wire.cuts) == (201, 1)
    assert [row["id"] for row in await office.table("letters")] == [UUID(answer.json()["id"])]
    assert len(await office.said(LetterPosted)) == 1


async def test_without_a_key_the_caller_is_told_that_nobody_knows(cut: tuple[Wire, ServiceUnderTest]) -> None:
    wire, office = cut
    async with office.client("bureau", language="en") as client:
        wire.cut_next_commit()
        answer = await client.post(LETTERS, json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
    assert "Idempotency-Key" in answer.json()["detail"]
    assert len(await office.table("letters")) == 1


async def test_negative_control_who_repeats_without_a_key_does_it_twice(cut: tuple[Wire, ServiceUnderTest]) -> None:
    wire, office = cut
    async with office.client("bureau") as client:
        wire.cut_next_commit()
        assert (await client.post(LETTERS, json={})).status_code == 503
        assert (await client.post(LETTERS, json={})).status_code == 201
    assert len(await office.table("letters")) == 2


async def test_a_delivery_finds_its_own_inbox_row_and_has_one_effect(cut: tuple[Wire, ServiceUnderTest]) -> None:
    wire, office = cut
    database = Database(office.database.engine, "receiver")
    event, identity = LetterPosted(letter_id=new_id()), new_id()
    envelope = Envelope(identity, "/sender", event.wire_type(), None, utc_now(), identity, None, 1)
    message = Message(encode(event, envelope), "sender.letter_posted.v1.-", "SENDER", 1)
    wire.cut_next_commit()
    assert await Delivery(next(iter(receiver.on)), database).deliver([message]) == [Acked()]
    assert wire.cuts == 1
    read = await ServiceUnderTest(receiver, database, office.process, office.process, office.http, office.data).table("read")
    assert [row["times"] for row in read] == [1]
