"""Timeout is not failure: whoever may have it is asked before anybody sends again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify import library
from services.notify.address_book import Away, Person
from services.notify.channels.channel import (
    AsksLater,
    Channel,
    Concern,
    Dispatch,
    Impossible,
    KeyKind,
    Outcome,
    TryLater,
    Unknown,
)
from services.notify.domain.planning import Library
from services.notify.errands import Errand
from services.notify.office import Office
from services.notify.results import Result
from services.notify.settling import settle
from services.notify.store import unsettled
from shared.database import Transaction as Tx
from shared.identifiers import new_id

_HARMLESS_AGAIN = frozenset({"webhook"})
_MOST = 200
_LEASE = timedelta(seconds=60)
_PATIENCE = timedelta(hours=24)
_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Questions:
    holder: UUID
    errands: Sequence[Errand]
    now: datetime


async def ask(office: Office) -> bool:
    """One turn: claim what is open, ask each provider with no transaction open, record the answers."""
    questions = await office.station.database.run(_claim)
    if not questions.errands:
        return False
    try:
        people = await office.find([errand.row for errand in questions.errands])
    except Away:
        return False
    gate = asyncio.Semaphore(office.settings.at_once)

    async def answer(errand: Errand) -> Result:
        async with gate:
            person = people.get(errand.row["person_id"], Person())
            outcome = await _answer(office, errand, person)
            return Result(errand, _waited(errand, outcome, questions.now), person.at(errand.row["on_channel"]), asked=True)

    results = await asyncio.gather(*(answer(errand) for errand in questions.errands))
    await office.station.database.run(lambda tx: settle(tx, questions.holder, results), repeatable=True)
    return len(questions.errands) == _MOST


async def _claim(tx: Tx) -> _Questions:
    rows = await unsettled.lock_unknown(tx, _MOST)
    holder = new_id()
    if not rows:
        return _Questions(holder, (), tx.now)
    in_force = await library.in_force(tx)
    await unsettled.hold(tx, [row["id"] for row in rows], holder, _LEASE)
    return _Questions(holder, [_errand(row, in_force) for row in rows], tx.now)


def _errand(row: Any, in_force: Library) -> Errand:
    template = in_force.shelf.exact(row["template"], row["template_version"])
    title = template.title.get(row["language"], template.title["zh-CN"])
    ordered = {**row, "variables": template.in_order(row["variables"])}
    return Errand(ordered, row["by_provider"], KeyKind(row["under_key"]), title, row["text"], row["started_at"])


async def _answer(office: Office, errand: Errand, person: Person) -> Outcome:
    """What became of it; who has no address here was not called here, and is told over the next channel instead of tomorrow."""
    channel = office.senders.channel(errand.row["on_channel"], errand.provider, errand.key_kind)
    address = person.at(errand.row["on_channel"])
    if channel is not None and address is not None and isinstance(channel, AsksLater):
        return await _asked(office, channel, office.dispatch(errand, person, address))
    if errand.is_for_nobody or errand.row["on_channel"] in _HARMLESS_AGAIN:
        return TryLater(timedelta(), "not_asked", Concern.DISPATCH)
    if address is None:
        return Impossible("no_address", Concern.ADDRESS)
    return Unknown(_AGAIN, "cannot_ask")


async def _asked(office: Office, channel: Channel, dispatch: Dispatch) -> Outcome:
    try:
        outcome = await channel.ask(dispatch) if isinstance(channel, AsksLater) else Unknown(_AGAIN)
    except Exception as error:  # noqa: BLE001 - a question that fails leaves the matter as open as it was
        return Unknown(_AGAIN, type(error).__name__)
    if not isinstance(outcome, Unknown):
        office.senders.answered(channel.kind, channel.name)
    return outcome


def _waited(errand: Errand, outcome: Outcome, now: datetime) -> Outcome:
    """After a day without an answer the channel has failed; it is never sent again on a mere hope."""
    waited = now - errand.stored_at
    return Impossible("never_answered", Concern.PROVIDER) if isinstance(outcome, Unknown) and waited > _PATIENCE else outcome
