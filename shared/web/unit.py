"""One request, one transaction: the answer is sent after the commit, and asking again with the same key changes nothing."""

import hashlib
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import TextClause, text
from starlette.responses import Response

from shared.database import Database, Transaction
from shared.database.engine import ancestry_of_request
from shared.database.transaction import Answer
from shared.errors import Refused
from shared.web.identity import Caller
from shared.web.together import Asked, Gathering, ManyAction, claim_keys

C = TypeVar("C", bound=BaseModel)
T = TypeVar("T")

_LONGEST_KEY = 200

SHOWN_ONCE = "shown once"
"""Marks a field of an answer, ``Annotated[str | None, SHOWN_ONCE]``, that is not kept: whoever repeats the request gets none."""


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
        caller = self._caller(arguments)
        request = self._digest(arguments)

        async def once(tx: Transaction) -> T:
            if not tx.opened["taken"]:
                await self._replay(tx, key, caller, request)
            answer = await action(*arguments, tx)
            tx.answers.append(self._kept(key, caller, answer))
            return answer

        return await self.database.run(once, repeatable=True, opening=claim_keys(self.database, [(key, caller, request)]))

    async def together(self, action: ManyAction[C, T], body: C, caller: Caller, *, apart: Hashable) -> T:
        """As a call, but with others of its kind that are waiting: one transaction for all of them, an answer for each.

        Those with the same ``apart`` are never in one transaction. Whatever is wrong with one of them is its own affair:
        then each of them is carried out alone.
        """
        key = self._key((body, caller))
        if key is None:
            return await self._alone(action, body, caller)
        gatherings: dict[Any, Gathering[C, T]] = self.request.app.state.gatherings
        gathering = gatherings.get(action) or gatherings.setdefault(action, Gathering(self.database, action))
        asked = Asked(body, caller, ancestry_of_request.get(), key, self._digest((body,)), apart)
        return await gathering.carry(asked, partial(self._alone, action, body, caller), partial(self._kept, key, caller.subject))

    async def _alone(self, action: ManyAction[C, T], body: C, caller: Caller) -> T:
        async def one(body: C, caller: Caller, tx: Transaction) -> T:
            [answer] = await action([Asked(body, caller, tx.ancestry)], tx)
            return answer

        return await self(one, body, caller)

    async def anew(self, action: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run the action each time it is asked, whatever the key: its answer is one that nobody keeps, a number in full."""
        return await self.database.run(lambda tx: action(*arguments, tx))

    async def replay(self, *arguments: Any) -> None:
        """Give the stored answer again where there is one, before anybody is asked what the action must know.

        ``arguments`` are those of the action that a request carries: the body and the caller.
        """
        key = self._key(arguments)
        if key is not None:
            caller, request = self._caller(arguments), self._digest(arguments)
            await self.database.run(lambda tx: self._replay_known(tx, key, caller, request), read_only=True)

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

    @staticmethod
    def _caller(arguments: tuple[Any, ...]) -> str:
        return next((item.subject for item in arguments if isinstance(item, Caller)), "-")

    async def _replay(self, tx: Transaction, key: str, caller: str, request: bytes) -> NoReturn:
        await self._replay_known(tx, key, caller, request)
        raise IdempotencyMismatch

    async def _replay_known(self, tx: Transaction, key: str, caller: str, request: bytes) -> None:
        found = await tx.row(_find_key(self.database.service), {"key": key, "caller": caller})
        if found is not None and found["request"] != request:
            raise IdempotencyMismatch
        if found is not None:
            raise Replayed(found["status"], found["answer"])

    def _kept(self, key: str, caller: str, answer: Any) -> Answer:
        status = getattr(self.request.scope.get("route"), "status_code", None) or 200
        if not isinstance(answer, BaseModel):
            return Answer(key, caller, status, b"null")
        return Answer(key, caller, status, answer.model_dump_json(by_alias=True, exclude=_shown_once(type(answer))).encode())


@cache
def _shown_once(view: type[BaseModel]) -> set[str]:
    return {name for name, field in view.model_fields.items() if SHOWN_ONCE in field.metadata}


@cache
def _find_key(schema: str) -> TextClause:
    return text(f'SELECT request, status, answer FROM "{schema}".idempotency WHERE key = :key AND caller = :caller')  # noqa: S608


async def _unit_of(request: Request) -> UnitOfWork:
    state = request.app.state
    return UnitOfWork(request, state.database, state.settings, state.data)


Unit = Annotated[UnitOfWork, Depends(_unit_of)]
