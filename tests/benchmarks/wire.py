"""Publishing by hand as fast as nats-py can: one JetStream atomic batch."""

import json
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from nats.aio.client import Client

from shared.identifiers import new_id


class Letter(NamedTuple):
    """One message for a stream."""

    id: UUID | str
    subject: str
    body: bytes


async def publish(bus: Client, letters: Sequence[Letter]) -> None:
    """All letters are stored, or none; at most 1,000."""
    batch = str(new_id())
    for number, letter in enumerate(letters[:-1], start=1):
        headers = {"Nats-Msg-Id": str(letter.id), "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        await bus.publish(letter.subject, letter.body, headers=headers)
    last = {"Nats-Msg-Id": str(letters[-1].id), "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(letters))}
    reply = await bus.request(letters[-1].subject, letters[-1].body, headers=last | {"Nats-Batch-Commit": "1"}, timeout=30)
    assert "error" not in json.loads(reply.data), reply.data
