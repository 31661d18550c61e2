"""Requests that come while others are being committed are carried out together: one transaction for all, an answer for each.

At a quiet hour a request waits for nobody. In a storm a commit, which costs as much for twenty as for one, is shared.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.types import Text

from shared.database import Database, Transaction
from shared.database.transaction import Ancestry, Answer, Statement
from shared.errors import OutcomeUnknown, Unavailable
from shared.web.identity import Caller

C = TypeVar("C", bound=BaseModel)
T = TypeVar("T")

MOST = 50
_GATHERS = 0.01
"""Seconds from one batch to the next while others come: a report that comes alone waits for nothing."""
_PATIENCE = 0.1
"""Seconds after which those behind a batch no longer wait for it: it may be held up by a lock that does not concern them."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[C]):
    """One request among others: what it asks, who asks, and what its words descend from (``tx.ancestry`` while it speaks)."""

    body: C
    caller: Caller
    ancestry: Ancestry
    key: str = ""
    request: bytes = b""
    apart: Hashable = None


ManyAction = Callable[[Sequence[Asked[C]], Transaction], Awaitable[Sequence[T]]]
"""Carries out many requests in one transaction: one answer for each, in order. Raises what is wrong with any of them."""


class _SomeKnownError(Exception):
    """A key among them was used before."""


@dataclass(slots=True)
class _Waiting(Generic[C, T]):
    """A request in the line; ``turn`` comes true when it is answered, or when it is to lead the next ones."""

    asked: Asked[C]
    alone: Callable[[], Awaitable[T]]
    kept: Callable[[T], Answer]
    turn: "asyncio.Future[None]"
    answer: "asyncio.Future[T]"


@dataclass(slots=True)
class Gathering(Generic[C, T]):
    """The line for one action of one service. Whoever is first in it leads: he carries out what waits, his own among it."""

    database: Database
    action: ManyAction[C, T]
    _line: "list[_Waiting[C, T]]" = field(default_factory=list)
    _is_led: bool = False
    _began: float = -3600.0

    async def carry(self, asked: Asked[C], alone: Callable[[], Awaitable[T]], kept: Callable[[T], Answer]) -> T:
        """The answer to one request, given after the commit. Raises what carrying it out alone would raise."""
        loop = asyncio.get_running_loop()
        mine = _Waiting(asked, alone, kept, loop.create_future(), loop.create_future())
        self._line.append(mine)
        if not self._is_led:
            self._is_led = True
            mine.turn.set_result(None)
        try:
            await mine.turn
            if not mine.answer.done() and (rest := self._began + _GATHERS - loop.time()) > 0:
                await asyncio.sleep(rest)
        except asyncio.CancelledError:
            self._leave(mine)
            raise
        if not mine.answer.done():
            await self._lead(mine)
        answer: T = await mine.answer
        return answer

    def _leave(self, mine: "_Waiting[C, T]") -> None:
        """Nobody waits for the answer any more; a turn that came meanwhile goes to the next."""
        if mine in self._line:
            self._line.remove(mine)
            if mine.turn.done() and not mine.turn.cancelled():
                self._pass_on()

    async def _lead(self, mine: "_Waiting[C, T]") -> None:
        batch = self._take(mine)
        loop, stepped_aside = asyncio.get_running_loop(), False
        self._began = loop.time()

        def step_aside() -> None:
            nonlocal stepped_aside
            stepped_aside = True
            self._pass_on()

        slow = loop.call_later(_PATIENCE, step_aside)
        try:
            await self._carry_out(batch)
        finally:
            slow.cancel()
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(OutcomeUnknown())
                if not waiting.turn.done():
                    waiting.turn.set_result(None)
            if not stepped_aside:
                self._pass_on()

    def _pass_on(self) -> None:
        following = next((waiting for waiting in self._line if not waiting.turn.done()), None)
        self._is_led = following is not None
        if following is not None:
            following.turn.set_result(None)

    def _take(self, mine: "_Waiting[C, T]") -> "list[_Waiting[C, T]]":
        """One's own and all that go with it; who is about to lead himself stays, and so does a second one of the same kind."""
        taken: dict[Hashable, _Waiting[C, T]] = {mine.asked.apart: mine}
        for waiting in self._line:
            if len(taken) < MOST and not waiting.turn.done():
                taken.setdefault(waiting.asked.apart, waiting)
        self._line = [waiting for waiting in self._line if taken.get(waiting.asked.apart) is not waiting]
        return list(taken.values())

    async def _carry_out(self, batch: "Sequence[_Waiting[C, T]]") -> None:
        if len(batch) > 1:
            try:
                answers = await self._together(batch)
            except (Unavailable, OutcomeUnknown) as error:
                for waiting in batch:
                    waiting.answer.set_exception(error)
                return
            except Exception:  # noqa: BLE001, S110 - rolled back; each of them is told alone what is wrong with it
                pass
            else:
                for waiting, answer in zip(batch, answers, strict=True):
                    waiting.answer.set_result(answer)
                return
        await asyncio.gather(*map(_carry_alone, batch))

    async def _together(self, batch: "Sequence[_Waiting[C, T]]") -> Sequence[T]:
        async def work(tx: Transaction) -> Sequence[T]:
            if tx.opened["taken"] < len(batch):
                raise _SomeKnownError
            answers = await self.action([waiting.asked for waiting in batch], tx)
            tx.answers += [waiting.kept(answer) for waiting, answer in zip(batch, answers, strict=True)]
            return answers

        keys = [(waiting.asked.key, waiting.asked.caller.subject, waiting.asked.request) for waiting in batch]
        return await self.database.run(work, repeatable=True, opening=claim_keys(self.database, keys))


async def _carry_alone(waiting: "_Waiting[Any, Any]") -> None:
    try:
        waiting.answer.set_result(await waiting.alone())
    except Exception as error:  # noqa: BLE001 - raised again where the request waits
        waiting.answer.set_exception(error)


def claim_keys(database: Database, keys: Sequence[tuple[str, str, bytes]]) -> Statement:
    """Take the keys as the transaction opens: who comes with the same one waits there, and then finds the answer."""
    names, callers, requests = zip(*sorted(keys), strict=True)
    values = {"keys": list(names), "callers": list(callers), "requests": list(requests), "shift": database.shift}
    return _claim(database.service), values


@cache
def _claim(schema: str) -> TextClause:
    arrays: dict[str, Any] = {"keys": ARRAY(Text), "callers": ARRAY(Text), "requests": ARRAY(BYTEA)}
    claim = (
        f'WITH new AS (INSERT INTO "{schema}".idempotency (key, caller, request, asked_at)'  # noqa: S608 - our own schema name
        " SELECT u.*, now() + CAST(:shift AS interval) FROM unnest(:keys, :callers, :requests) AS u"
        " ON CONFLICT DO NOTHING RETURNING key)"
        " SELECT now() AS now, (SELECT count(*) FROM new) AS taken"
    )
    return text(claim).bindparams(*(bindparam(name, type_=kind) for name, kind in arrays.items()))
