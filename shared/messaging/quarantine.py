"""The messages that a person must look at: listed, shown, replayed through the same delivery, or discarded with a note."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.database import Database, Transaction
from shared.errors import Missing, Refused
from shared.messaging.delivery import Acked, Delivery, Message, Quarantined
from shared.messaging.subscriptions import Handler, Subscriptions


class AlreadySettled(Refused):
    """It was replayed or discarded before."""

    code = "already_settled"
    status = 409
    zh = "这条消息已经处理过"
    en = "This message was settled before"


class StillFails(Refused):
    """Replayed, and refused again."""

    code = "still_fails"
    status = 409
    zh = "重新处理仍未成功：{reason}"
    en = "Replayed, and it failed again: {reason}"


_COLUMNS = "id, handler, subject, event_id, stream, stream_seq, reason, attempts, state, note, quarantined_at, settled_at"


async def listed(database: Database, *, waiting: bool = True, limit: int = 100) -> Sequence[Any]:
    """Quarantined messages, oldest first, without their bodies."""
    condition = "WHERE state = 'waiting'" if waiting else ""
    statement = text(f'SELECT {_COLUMNS} FROM "{database.service}".quarantine {condition} ORDER BY quarantined_at LIMIT :limit')  # noqa: S608
    return await database.run(lambda tx: tx.rows(statement, {"limit": limit}), read_only=True)


async def shown(database: Database, identity: UUID) -> Any:
    """One message with its body. Raises Missing."""
    statement = text(f'SELECT {_COLUMNS}, body FROM "{database.service}".quarantine WHERE id = :id')  # noqa: S608
    found = await database.run(lambda tx: tx.row(statement, {"id": identity}), read_only=True)
    if found is None:
        raise Missing
    return found


async def replay(database: Database, on: Subscriptions, identity: UUID) -> None:
    """Deliver the message again, with its original id. Raises Missing, AlreadySettled, StillFails."""
    row = await shown(database, identity)
    if row["state"] != "waiting":
        raise AlreadySettled
    handler = _handler(on, row["handler"])
    message = Message(bytes(row["body"]), row["subject"], row["stream"], row["stream_seq"], deliveries=2)
    (verdict,) = await Delivery(handler, database).deliver([message])
    if isinstance(verdict, Acked):
        await _settle(database, identity, "replayed", None)
        return
    reason = (await shown(database, identity))["reason"] if isinstance(verdict, Quarantined) else "it must be tried later"
    raise StillFails(reason=reason)


async def discard(database: Database, identity: UUID, note: str) -> None:
    """Settle the message without an effect; the note says why. Raises Missing, AlreadySettled."""
    row = await shown(database, identity)
    if row["state"] != "waiting":
        raise AlreadySettled
    await _settle(database, identity, "discarded", note)


def _handler(on: Subscriptions, consumer: str) -> Handler:
    for handler in on:
        if handler.consumer == consumer:
            return handler
    raise Missing


async def _settle(database: Database, identity: UUID, state: str, note: str | None) -> None:
    statement = text(
        f'UPDATE "{database.service}".quarantine SET state = :state, note = :note, settled_at = :now WHERE id = :id'  # noqa: S608
    )

    async def work(tx: Transaction) -> None:
        await tx.execute(statement, {"id": identity, "state": state, "note": note, "now": tx.now})

    await database.run(work, repeatable=True)
