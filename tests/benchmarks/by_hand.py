"""The floor of the grading step: asyncpg, nats-py and Pydantic by hand, in batches, with the same pure rules and rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.grading.case import Case
from services.grading.casebook import _decision, _facts, _notes, _rollups, _row
from services.grading.domain.compaction import compact
from services.grading.domain.course import Rules
from services.grading.domain.registers import Write
from services.grading.domain.translation import writes_of
from services.grading.rulings import shipped_policy, working_days
from services.grading.saying import say_decisions
from shared.clock import shanghai_date
from shared.contracts.event import Envelope, Event, decode, encode, subject_of
from shared.identifiers import new_id

HANDLER = "grading-regrade"
_INBOX = (
    "INSERT INTO grading.inbox (event_id, handler, heard_at) SELECT id, $2, $3 FROM unnest($1::uuid[]) AS u(id)"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)
_LOCK = "SELECT * FROM grading.sites WHERE site_id = ANY($1) ORDER BY site_id FOR UPDATE"
_PARTIES = "SELECT site_id, party_id FROM grading.sites WHERE site_id = ANY($1) AND party_id IS NOT NULL"
_OUTBOX = (
    "INSERT INTO grading.outbox (event_id, subject, body, created_at)"
    " SELECT id, subject, body, $4 FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS u(id, subject, body)"
)
_TYPES = {
    **dict.fromkeys(("site_id", "event_id", "subject_id"), "uuid"),
    **dict.fromkeys(("heard", "revision", "number", "points", "score", "overdue"), "int"),
    **dict.fromkeys(("check_days", "check_months"), "smallint"),
    **dict.fromkeys(("day", "valid_until", "level_since"), "date"),
}


@dataclass(slots=True)
class Voice:
    """What is said in one transaction; stands in for ours where the service's words are put together."""

    connection: "asyncpg.Connection[Any]"
    now: datetime
    letters: list[tuple[UUID, str, bytes]] = field(default_factory=list)

    async def rows(self, _statement: Any, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """The only question that the words ask: the landlords' parties."""
        return list(await self.connection.fetch(_PARTIES, parameters["ids"]))

    def say(self, *events: Event, sequence: int = 1, because_of: Event | None = None) -> None:
        """Encode and keep."""
        cause = because_of.envelope if because_of else None
        for event in events:
            identity = new_id()
            correlation = cause.correlation_id if cause else identity
            envelope = Envelope(
                identity, "/grading", event.wire_type(), event.site, self.now, correlation, cause.id if cause else None, sequence
            )
            self.letters.append((identity, subject_of(event), encode(event, envelope)))


def shipped_rules() -> Rules:
    """The policy that ships, as every contestant grades by it."""
    policy = shipped_policy()
    return Rules(((policy.document.effective_from.toordinal(), policy),), working_days)


async def grade(bus: Client, connection: "asyncpg.Connection[Any]", durable: str, count: int) -> None:
    """Pull, grade and acknowledge ``count`` messages, at most 500 at once."""
    subscription = await bus.jetstream().pull_subscribe_bind(durable, "INSPECTION")
    rules, done = shipped_rules(), 0
    while done < count:
        messages = await subscription.fetch(500, timeout=5)
        await _step(connection, messages, rules)
        for message in messages:
            await message.ack()
        done += len(messages)
    await bus.flush()


async def _step(connection: "asyncpg.Connection[Any]", messages: Sequence[Msg], rules: Rules) -> None:
    events = {event.envelope.id: event for event in map(decode, (message.data for message in messages))}
    async with connection.transaction():
        now = await connection.fetchval("SELECT now()")
        fresh = {row[0] for row in await connection.fetch(_INBOX, list(events), HANDLER, now)}
        heard = _by_site(event for identity, event in events.items() if identity in fresh)
        today = shanghai_date(now).toordinal()
        cases = [Case.of(row) for row in await connection.fetch(_LOCK, sorted(heard))]
        for case in cases:
            for event, writes in heard[case.site_id]:
                case.hear(event.envelope.id, writes, today, rules)
            if case.is_changed:
                case.decide(today, rules, heard[case.site_id][-1][0])
        await _save(connection, cases, now)
        voice = Voice(connection, now)
        await say_decisions(voice, [case for case in cases if case.decisions], rules)  # type: ignore[arg-type]
        if voice.letters:
            await connection.execute(_OUTBOX, *map(list, zip(*voice.letters, strict=True)), now)


def _by_site(events: Iterable[Event]) -> dict[UUID, list[tuple[Event, list[Write]]]]:
    found: dict[UUID, list[tuple[Event, list[Write]]]] = {}
    for event in events:
        of_event: dict[UUID, list[Write]] = {}
        for write in writes_of(event, event.envelope):
            of_event.setdefault(write.site, []).append(write)
        for site, writes in of_event.items():
            found.setdefault(site, []).append((event, writes))
    return found


async def _save(connection: "asyncpg.Connection[Any]", cases: Sequence[Case], now: datetime) -> None:
    changed = [case for case in cases if case.is_changed or case.decisions]
    today = shanghai_date(now)
    for case in changed:
        compact(case.course.facts, today.toordinal())
    notes = [row for case in changed for row in _notes(case)]
    await _insert(connection, "journal", [{**row, "day": today} for row in notes], {"heard_at": now})
    await _update(connection, [_row(case) | _facts(case) for case in changed], now)
    decisions = [_decision(case, kept) for case in changed for kept in case.decisions]
    await _insert(connection, "decisions", decisions, {"decided_at": now})
    wishes = dict.fromkeys(wish for case in changed for wish in _rollups(case))
    rows = [dict(zip(("kind", "subject_id", "event_id"), wish, strict=True)) for wish in wishes]
    await _insert(connection, "rollups", rows, {})


async def _insert(
    connection: "asyncpg.Connection[Any]", table: str, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]
) -> None:
    if rows:
        names = [*rows[0], *same]
        fixed = "".join(f", ${number}" for number in range(len(rows[0]) + 1, len(names) + 1))
        await connection.execute(
            f"INSERT INTO grading.{table} ({', '.join(names)}) SELECT u.*{fixed} FROM unnest({_arrays(rows[0])}) AS u",
            *_columns(rows),
            *same.values(),
        )


async def _update(connection: "asyncpg.Connection[Any]", rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    names = list(rows[0])
    changes = ", ".join(f"{name} = u.{name}" for name in names[1:])
    await connection.execute(
        f"UPDATE grading.sites s SET changed_at = ${len(names) + 1}, {changes}"
        f" FROM unnest({_arrays(rows[0])}) AS u({', '.join(names)}) WHERE s.site_id = u.site_id",
        *_columns(rows),
        now,
    )


def _arrays(row: Mapping[str, Any]) -> str:
    return ", ".join(f"${number}::{_TYPES.get(name, 'text')}[]" for number, name in enumerate(row, start=1))


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in rows[0]]
