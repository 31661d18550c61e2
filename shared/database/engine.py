"""The engine and the only two ways into it: ``run`` (a whole unit of work, retried) and ``transaction`` (once)."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TypeVar
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, QueuePool

from shared.database.closing import Closing
from shared.database.connection import NOTICES_SILENCE, notice_silence
from shared.database.transaction import CLOCK, Ancestry, Statement, Transaction
from shared.errors import OutcomeUnknown, Unavailable
from shared.settings import DatabaseSettings

T = TypeVar("T")

ancestry_of_request: ContextVar[Ancestry] = ContextVar("ancestry_of_request", default=Ancestry())  # noqa: B039 - frozen

_SERIALIZATION_FAILURE, _DEADLOCK = "40001", "40P01"
_TRIES = 6
_LONGEST_WAIT = 10.0
_NO_LIMIT = 1 << 20
_statements = count(secrets.randbits(40))
_SERVER_GONE = frozenset({"57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006", "53300"})


def make_engine(settings: DatabaseSettings, application: str = "mashang") -> AsyncEngine:
    """An asyncpg engine with statement and idle-in-transaction timeouts; parameters never appear in its errors."""
    url = settings.database_url.get_secret_value().replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = _behind_pgbouncer(url, application) if settings.database_behind_pgbouncer else _pooled(url, settings, application)
    event.listen(engine.sync_engine, "connect", lambda below, _record: notice_silence(below.driver_connection))
    return engine


def _behind_pgbouncer(url: str, application: str) -> AsyncEngine:
    """PgBouncer keeps the connections, and refuses who asks for a timeout: those belong to the role (docs/operations.md)."""
    connect = {
        "timeout": 5,
        "server_settings": {"application_name": application, "timezone": "UTC"},
        "statement_cache_size": 0,
        "prepared_statement_name_func": lambda: f"__mashang_{next(_statements)}__",
    }
    return create_async_engine(
        f"{url}?prepared_statement_cache_size=0", poolclass=NullPool, hide_parameters=True, connect_args=connect
    )


def _pooled(url: str, settings: DatabaseSettings, application: str) -> AsyncEngine:
    told = {
        "application_name": application,
        "statement_timeout": str(settings.statement_timeout_ms),
        "idle_in_transaction_session_timeout": str(settings.idle_in_transaction_timeout_ms),
        "timezone": "UTC",
        "jit": "off",
        **NOTICES_SILENCE,
    }
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=settings.database_pool_size,
        max_overflow=0,  # an overflowing connection is opened for one transaction, which costs ten times the transaction
        pool_timeout=_LONGEST_WAIT,
        pool_pre_ping=False,
        pool_use_lifo=True,  # a few connections do most of the work; the others stay small, here and in PostgreSQL
        connect_args={"timeout": 5, "server_settings": told},
    )


def is_connection_lost(error: BaseException) -> bool:
    """Whether ``error`` says that the database is gone rather than that the statement is wrong.

    A server that dies in the middle of an answer leaves asyncpg's protocol in a state of which only InternalClientError tells.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, InterfaceError) or _sqlstate(error) in _SERVER_GONE
    return isinstance(error, (OSError, PoolTimeoutError, Unavailable, asyncpg.InternalClientError))


def is_contention(error: BaseException) -> bool:
    """Whether running the same unit of work again is the right answer (serialization failure, deadlock)."""
    return isinstance(error, DBAPIError) and _sqlstate(error) in {_SERIALIZATION_FAILURE, _DEADLOCK}


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)


_GATES: "WeakKeyDictionary[AsyncEngine, asyncio.Semaphore]" = WeakKeyDictionary()


class NoConnectionFree(Unavailable):
    """All connections are in use, and none came free for as long as one waits."""


class Turn:
    """One's turn at the connections of an engine, in the order of asking. Raises NoConnectionFree after ten seconds.

    The pool alone gives a connection that comes back to whoever asks next, and sends who waited to the end of the line:
    with fifty readers at once the slowest twentieth then waited five times as long as the middle one.
    """

    __slots__ = ("_gate",)

    def __init__(self, engine: AsyncEngine) -> None:
        if engine not in _GATES:
            _GATES[engine] = asyncio.Semaphore(engine.pool.size() if isinstance(engine.pool, QueuePool) else _NO_LIMIT)
        self._gate = _GATES[engine]

    async def __aenter__(self) -> None:
        if not self._gate.locked():
            await self._gate.acquire()
            return
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                await self._gate.acquire()
        except TimeoutError:
            raise NoConnectionFree from None

    async def __aexit__(self, *_: object) -> None:
        self._gate.release()


class _CommitLostError(Exception):
    """The connection broke during COMMIT: done or not, nobody can say."""


@dataclass(slots=True)
class Database:
    """One service's door to PostgreSQL.

    ``rung`` is told the bells of each committed transaction and whether it put letters into the outbox;
    ``shift`` moves the clock in tests.
    """

    engine: AsyncEngine
    service: str
    rung: Callable[[frozenset[str], bool], None] = lambda _bells, _letters: None
    shift: timedelta = timedelta()
    _closing: Closing = field(init=False)

    def __post_init__(self) -> None:
        self._closing = Closing.of(self.service)

    async def run(  # noqa: PLR0913 - each is a permission of its own
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        read_only: bool = False,
        repeatable: bool = False,
        reconnect: bool = True,
        ancestry: Ancestry | None = None,
        opening: Statement = CLOCK,
    ) -> T:
        """Run ``work`` in one transaction and commit it; the whole unit again on contention or a lost connection.

        ``repeatable`` says that doing it twice changes nothing (an inbox or an idempotency key guards it), so that a
        connection lost *during* the commit is tried again too. Otherwise that raises OutcomeUnknown.
        ``reconnect=False`` raises what lost the connection at once, for who would rather do less than the same again.
        Raises Unavailable when the database stays away, and NoConnectionFree when none came free: one wait is enough.
        """
        last: Exception | None = None
        for attempt in range(_TRIES):
            try:
                async with self.transaction(ancestry, read_only=read_only, opening=opening) as tx:
                    return await work(tx)
            except _CommitLostError as error:
                if not (repeatable or read_only):
                    raise OutcomeUnknown from None
                last = error
            except (NoConnectionFree, PoolTimeoutError) as error:
                raise NoConnectionFree from error
            except Exception as error:
                if not (is_contention(error) or (reconnect and is_connection_lost(error))):
                    raise
                last = error
            if attempt + 1 < _TRIES:
                await asyncio.sleep(random.uniform(0.5, 1.0) * 0.03 * 3**attempt)  # noqa: S311 - jitter, no secret
        raise Unavailable from last

    @asynccontextmanager
    async def transaction(
        self, ancestry: Ancestry | None = None, *, read_only: bool = False, opening: Statement = CLOCK
    ) -> AsyncIterator[Transaction]:
        """One transaction, committed on leaving, rolled back on any error; no retry."""
        async with Turn(self.engine), self.engine.connect() as connection:
            if read_only:
                await connection.execution_options(postgresql_readonly=True)
            chosen = ancestry or ancestry_of_request.get()
            tx = await Transaction.begun(connection, self.service, self.shift, chosen, opening)
            yield tx
            await tx.close(self._closing)
            await self._commit(connection)
        if tx.bells or tx.letters:
            self.rung(frozenset(tx.bells), bool(tx.letters))
        for call in tx.afterwards:
            call()

    @staticmethod
    async def _commit(connection: AsyncConnection) -> None:
        try:
            await connection.commit()
        except Exception as error:
            if is_connection_lost(error):
                raise _CommitLostError from error
            raise
