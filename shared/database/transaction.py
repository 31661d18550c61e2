"""The unit of change and of speech: what is written and what is said leave together, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import Executable, TextClause, text

from shared.clock import shanghai_date
from shared.contracts.event import Envelope, Event, encode, subject_of
from shared.database.closing import Closing, Put, run_together
from shared.database.direct import Direct, is_text
from shared.errors import Refused
from shared.identifiers import new_id

if TYPE_CHECKING:
    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

Statement = tuple[TextClause, Mapping[str, Any]]

CLOCK: Statement = (text("SELECT now() AS now"), {})
"""How a transaction opens: it asks for the time. Another opening may do more in the same round trip; its row has ``now`` too."""


LARGEST_LETTER = 120 * 1024
"""What a stream takes is 128 KiB with its headers. A larger row would be refused for ever, and all behind it would wait."""


class EventTooLarge(Refused):
    """What would be said does not fit into one event: refused before it is in the outbox."""

    code = "event_too_large"
    status = 413
    zh = "内容过大：事件 {event} 超过 {kilobytes} KB，请分次提交"
    en = "Too much at once: the event {event} would be larger than {kilobytes} KB; submit it in parts"


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Where the words of a transaction come from: the request or the event that caused them."""

    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None

    @classmethod
    def of(cls, event: Event) -> "Ancestry":
        """Ancestry of what is said because of ``event``."""
        heard = event.envelope
        return cls(heard.correlation_id, heard.id, heard.traceparent)


@dataclass(frozen=True, slots=True)
class Letter:
    """One event on its way to the outbox: complete, encoded, addressed."""

    event_id: UUID
    subject: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What whoever asks again under the same key is told again."""

    key: str
    caller: str
    status: int
    body: bytes


@dataclass(slots=True)
class Transaction:
    """One PostgreSQL transaction of one service. Nobody commits it by hand: leaving it does.

    ``now`` is the database's clock when it began (UTC), ``today`` the legal day in Asia/Shanghai.
    """

    connection: "AsyncConnection"
    direct: Direct
    service: str
    now: datetime
    ancestry: Ancestry = field(default_factory=Ancestry)
    opened: Mapping[Any, Any] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    puts: list[Put] = field(default_factory=list)
    bells: set[str] = field(default_factory=set)
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    async def begun(
        cls, connection: "AsyncConnection", service: str, shift: timedelta, ancestry: Ancestry, opening: Statement = CLOCK
    ) -> "Transaction":
        """A transaction on ``connection``, its clock read from the database and moved by ``shift`` (tests only)."""
        statement, parameters = opening
        direct = await Direct.begun(connection)
        opened = (await direct.rows(statement, parameters))[0]
        return cls(connection, direct, service, opened["now"] + shift, ancestry, opened)

    @property
    def today(self) -> date:
        """The legal day of ``now``."""
        return shanghai_date(self.now)

    async def execute(self, statement: Executable, parameters: Parameters = None) -> int:
        """Run one statement, and say how many rows it touched; a list of mappings runs it once for each, and nobody counts."""
        if is_text(statement) and not isinstance(parameters, Sequence):
            return await self.direct.run(statement, parameters or {})
        return (await self.connection.execute(statement, parameters)).rowcount

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> "Sequence[RowMapping]":
        """All rows, by column name."""
        if is_text(statement):
            return cast("Sequence[RowMapping]", await self.direct.rows(statement, parameters or {}))
        return (await self.connection.execute(statement, parameters)).mappings().all()

    async def row(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> "RowMapping | None":
        """The first row by column name, or None."""
        found = await self.rows(statement, parameters)
        return found[0] if found else None

    async def value(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        if is_text(statement):
            return await self.direct.value(statement, parameters or {})
        return (await self.connection.execute(statement, parameters)).scalar()

    async def put_off(self, statement: TextClause, parameters: Mapping[str, Any]) -> None:
        """Run a statement that changes rows together with the last one of the transaction, which saves its round trip.

        It answers nothing, and nobody in this transaction looks at what it changes or changes the same rows by another
        statement: all of them see the rows as they were before the first. A second one of the same kind runs them at once.
        It must not begin with a WITH that changes rows; PostgreSQL refuses that.
        """
        if any(known is statement for known, _ in self.puts):
            await self.catch_up()
        self.puts.append((statement, parameters))

    async def catch_up(self) -> None:
        """Run what was put off."""
        puts, self.puts = self.puts, []
        await run_together(self.direct, puts)

    async def close(self, closing: Closing) -> None:
        """Run what was put off, with what was said and what was answered."""
        if self.letters:
            self.puts.append((closing.post, _columns(self.letters) | {"now": self.now}))
        if self.answers:
            self.puts.append((closing.keep, _kept(self.answers)))
        await self.catch_up()

    def say(self, *events: Event, sequence: int = 1, because_of: Event | None = None) -> None:
        """Put events into the outbox with this commit. ``sequence`` is the version of their aggregate after the change.

        ``because_of`` names the cause where one transaction handles a batch; elsewhere the transaction knows it.
        """
        ancestry = self.ancestry if because_of is None else Ancestry.of(because_of)
        self.letters.extend(self._letter(event, sequence, ancestry) for event in events)

    def ring(self, bell: str) -> None:
        """Wake the workers that listen for ``bell``, once this transaction has committed."""
        self.bells.add(bell)

    def then(self, call: Callable[[], None]) -> None:
        """Call this once the transaction has committed, in this process; never where it has not, or where nobody knows."""
        self.afterwards.append(call)

    def _letter(self, event: Event, sequence: int, ancestry: Ancestry) -> Letter:
        if event.event_name.partition(".")[0] != self.service:
            message = f"{self.service} cannot say {event.event_name}: an event is said by the service that owns it"
            raise TypeError(message)
        identity = new_id()
        envelope = Envelope(
            id=identity,
            source=f"/{self.service}",
            type=event.wire_type(),
            subject=event.site,
            time=self.now,
            correlation_id=ancestry.correlation_id or identity,
            causation_id=ancestry.causation_id,
            sequence=sequence,
            traceparent=ancestry.traceparent,
        )
        body = encode(event, envelope)
        if len(body) > LARGEST_LETTER:
            raise EventTooLarge(event=event.event_name, kilobytes=LARGEST_LETTER // 1024)
        return Letter(identity, subject_of(event), body)


def _columns(letters: Sequence[Letter]) -> dict[str, Any]:
    return {
        "ids": [letter.event_id for letter in letters],
        "subjects": [letter.subject for letter in letters],
        "bodies": [letter.body for letter in letters],
    }


def _kept(answers: Sequence[Answer]) -> dict[str, Any]:
    return {
        "keys": [answer.key for answer in answers],
        "callers": [answer.caller for answer in answers],
        "statuses": [answer.status for answer in answers],
        "bodies": [answer.body for answer in answers],
    }
