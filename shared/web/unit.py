"""One request, one transaction: the answer is sent after the commit, and asking again with the same key changes nothing."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import text
from starlette.responses import Response

from shared.database import Database, Transaction
from shared.errors import Refused
from shared.web.identity import Caller

T = TypeVar("T")

_LONGEST_KEY = 200


class IdempotencyMismatch(Refused):
    """The same key came with a different body."""

    code = "idempotency_mismatch"
    status = 409
    zh = "同一个 Idempotency-Key（或 id）之前用于不同的内容"
    en = "The same Idempotency-Key (or id) came before with different content"


class KeyTooLong(Refused):
    """An Idempotency-Key is at most 200 characters."""

    code = "idempotency_key_too_long"
    zh = "Idempotency-Key 最长 200 个字符"
    en = "An Idempotency-Key has at most 200 characters"


class AlreadyThere(Refused):
    """A unique value is taken, or a reference is broken; services name the usual cases more precisely."""

    code = "already_there"
    status = 409
    zh = "与已有记录冲突"
    en = "It conflicts with a record that is already there"


class Replayed(Exception):
    """Carries the stored answer out of the transaction."""

    def __init__(self, status: int, answer: bytes) -> None:
        super().__init__()
        self.response = Response(answer, status, {"Idempotency-Replayed": "true"}, "application/json")


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """Runs actions of one service for one request: ``await unit(action, …)`` calls ``action(…, tx)``."""

    request: Request
    database: Database
    settings: Any
    data: Path

    async def __call__(self, action: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run the action in one transaction, commit, then answer; replays the stored answer for a known key."""
        key = self._key(arguments)
        if key is None:
            return await self.database.run(lambda tx: action(*arguments, tx))
        digest = self._digest(arguments)
        caller = next((item.subject for item in arguments if isinstance(item, Caller)), "-")

        async def once(tx: Transaction) -> T:
            await self._claim(tx, key, caller, digest)
            answer = await action(*arguments, tx)
            await self._remember(tx, key, caller, answer)
            return answer

        return await self.database.run(once, repeatable=True)

    async def read(self, action: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run a question in a read-only transaction."""
        return await self.database.run(lambda tx: action(*arguments, tx), read_only=True)

    def _key(self, arguments: tuple[Any, ...]) -> str | None:
        key = self.request.headers.get("idempotency-key")
        if key is not None and len(key) > _LONGEST_KEY:
            raise KeyTooLong
        if key is None and self.request.method == "POST":
            body = next((item for item in arguments if isinstance(item, BaseModel)), None)
            identity = getattr(body, "id", None)
            return f"id:{identity}" if identity else None
        return f"key:{key}" if key else None

    def _digest(self, arguments: tuple[Any, ...]) -> bytes:
        digest = hashlib.sha256(f"{self.request.method} {self.request.url.path}".encode())
        for item in arguments:
            if isinstance(item, BaseModel):
                digest.update(item.model_dump_json().encode())
            elif isinstance(item, bytes):
                digest.update(item)
        return digest.digest()

    async def _claim(self, tx: Transaction, key: str, caller: str, digest: bytes) -> None:
        """The key is taken before anything is done: whoever comes with the same key waits here, and finds the answer."""
        schema = self.database.service
        known = {"key": key, "caller": caller}
        claimed = await tx.execute(
            text(
                f'INSERT INTO "{schema}".idempotency (key, caller, request, asked_at)'  # noqa: S608
                " VALUES (:key, :caller, :request, :now) ON CONFLICT DO NOTHING"
            ),
            known | {"request": digest, "now": tx.now},
        )
        if claimed.rowcount:
            return
        found = await tx.row(
            text(f'SELECT request, status, answer FROM "{schema}".idempotency WHERE key = :key AND caller = :caller'),  # noqa: S608
            known,
        )
        if found is None or found["request"] != digest:
            raise IdempotencyMismatch
        raise Replayed(found["status"], found["answer"])

    async def _remember(self, tx: Transaction, key: str, caller: str, answer: Any) -> None:
        await tx.execute(
            text(
                f'UPDATE "{self.database.service}".idempotency SET status = :status, answer = :answer'  # noqa: S608
                " WHERE key = :key AND caller = :caller"
            ),
            {
                "key": key,
                "caller": caller,
                "status": getattr(self.request.scope.get("route"), "status_code", None) or 200,
                "answer": answer.model_dump_json(by_alias=True).encode() if isinstance(answer, BaseModel) else b"null",
            },
        )


async def _unit_of(request: Request) -> UnitOfWork:
    state = request.app.state
    return UnitOfWork(request, state.database, state.settings, state.data)


Unit = Annotated[UnitOfWork, Depends(_unit_of)]
