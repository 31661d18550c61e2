"""Text statements on the driver itself: compiled once by SQLAlchemy, asked of asyncpg, answered as plain dictionaries.

SQLAlchemy's cursor, greenlet and result cost more than the question: 97 µs of processor time a statement against 37.
Its pool, its transactions and its errors stay: what goes wrong here is raised as it would raise it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, Executable, TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.expression import TextualSelect

if TYPE_CHECKING:
    import asyncpg
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

Convert = Callable[[Any], Any]
Written = TextClause | TextualSelect

_DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Question:
    """A text statement as asyncpg takes it: ``$1`` for parameters, their names in order, and what turns values over."""

    sql: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    writers: Mapping[str, Convert]
    readers: tuple[tuple[str, Convert], ...]

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Values in the order of the statement. Raises KeyError for one that is missing."""
        given = {**self.defaults, **parameters} if self.defaults else parameters
        if not self.writers:
            return [given[name] for name in self.names]
        return [self.writers[name](given[name]) if name in self.writers else given[name] for name in self.names]

    def row(self, record: "asyncpg.Record") -> dict[str, Any]:
        """One answer by column name."""
        found = dict(record)
        for name, convert in self.readers:
            found[name] = convert(found[name])
        return found


_QUESTIONS: "WeakKeyDictionary[Written, Question]" = WeakKeyDictionary()


def is_text(statement: Executable) -> TypeGuard[Written]:
    """Whether it can be asked directly: everything else SQLAlchemy has to run itself."""
    return isinstance(statement, (TextClause, TextualSelect))


def question_of(statement: Written) -> Question:
    """The statement for the driver, compiled once in its life."""
    known = _QUESTIONS.get(statement)
    if known is None:
        known = _QUESTIONS[statement] = _compiled(statement)
    return known


def _compiled(statement: Written) -> Question:
    compiled: Any = statement.compile(dialect=_DIALECT)
    kinds = {name: bind.type.dialect_impl(_DIALECT) for name, bind in compiled.binds.items()}
    writers = {name: convert for name, kind in kinds.items() if (convert := kind.bind_processor(_DIALECT))}
    defaults = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    typed = statement.selected_columns if isinstance(statement, TextualSelect) else ()
    readers = [(column.name, column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)) for column in typed]
    known = tuple((name, convert) for name, convert in readers if convert is not None)
    return Question(str(compiled), tuple(compiled.positiontup or ()), defaults, writers, known)


@dataclass(frozen=True, slots=True)
class Direct:
    """The driver's connection below a connection of SQLAlchemy that stands in a transaction."""

    connection: "AsyncConnection"
    driver: "asyncpg.Connection[Any]"

    @classmethod
    async def begun(cls, connection: "AsyncConnection") -> "Direct":
        """Begin the transaction that SQLAlchemy would begin with its first statement.

        Where that fails or is cancelled the connection is given up: a BEGIN may stand of which neither it nor the pool knows.
        Whoever came next would commit a savepoint in it, be told that it is done, and lose it with the connection.
        """
        below: Any = connection.sync_connection
        below.begin()  # says so only; the driver is told by the next lines
        direct = cls(connection, below.connection.driver_connection)
        try:
            await below.connection.dbapi_connection._start_transaction()  # noqa: SLF001 - what its cursor does before a statement
        except BaseException as error:  # noqa: BLE001 - raised again as SQLAlchemy's
            try:
                await direct._raise(error, "BEGIN")
            finally:
                if not connection.invalidated:
                    await connection.invalidate()
        return direct

    async def rows(self, statement: Written, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All rows. Raises what SQLAlchemy would."""
        question = question_of(statement)
        return [question.row(record) for record in await self._records(question, parameters)]

    async def value(self, statement: Written, parameters: Mapping[str, Any]) -> Any:
        """The first column of the first row, or None."""
        question = question_of(statement)
        records = await self._records(question, parameters)
        return next(iter(question.row(records[0]).values())) if records else None

    async def run(self, statement: Written, parameters: Mapping[str, Any]) -> int:
        """How many rows it touched."""
        question = question_of(statement)
        return await self.run_sql(question.sql, question.arguments(parameters))

    async def run_sql(self, sql: str, values: Sequence[Any]) -> int:
        """The same for a statement in the driver's own form."""
        try:
            status = await self.driver.execute(sql, *values)
        except Exception as error:  # noqa: BLE001 - raised again as SQLAlchemy's
            await self._raise(error, sql)
        number = status.rpartition(" ")[2]
        return int(number) if number.isdigit() else 0

    async def _records(self, question: Question, parameters: Mapping[str, Any]) -> "Sequence[asyncpg.Record]":
        try:
            return await self.driver.fetch(question.sql, *question.arguments(parameters))
        except Exception as error:  # noqa: BLE001 - the same
            await self._raise(error, question.sql)

    async def _raise(self, error: BaseException, sql: str) -> NoReturn:
        """As SQLAlchemy does it: its kind of error, without values; a connection that is lost is taken out of the pool."""

        def tell(sync: "Connection") -> None:
            place: Any = sync
            try:
                place.connection.dbapi_connection._handle_exception(error)  # noqa: SLF001 - what its cursor does
            except Exception as translated:  # noqa: BLE001 - this is what it is for
                place._handle_dbapi_exception(translated, sql, None, None, None)  # noqa: SLF001 - what its execute does

        await self.connection.run_sync(tell)
        raise error
