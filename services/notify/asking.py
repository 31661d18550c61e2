"""Timeout is not failure: whoever may have it is asked before anybody sends again."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
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
from services.notify.claiming import NO_PROVIDER, NO_TEXT
from services.notify.domain.planning import Library
from services.notify.errands import Errand
from services.notify.groups import by_place
from services.notify.office import Office
from services.notify.recording import record
from services.notify.results import Result
from services.notify.store import unsettled
from shared.database import Transaction as Tx
from shared.identifiers import new_id

_HARMLESS_AGAIN = frozenset({"webhook"})
_MOST = 200
_LEASE = timedelta(seconds=60)
_PATIENCE = timedelta(hours=24)
_AGAIN = timedelta(minutes=5)


class AskedChannel(Channel, AsksLater, Protocol):
    """A channel that can be asked."""


@dataclass(frozen=True, slots=True)
class _Questions:
    holder: UUID
    errands: Sequence[Errand]
    now: datetime


async def ask(office: Office) -> bool:
    """One turn: claim what is open, ask with no transaction open, record what each provider answers without the others."""
    began = time.monotonic()
    questions = await office.station.database.run(_claim)
    if not questions.errands:
        return False
    try:
        people = await office.find([errand.row for errand in questions.errands])
    except Away:
        return False
    until = began + _LEASE.total_seconds()

    async def ask_one(provider: Sequence[Errand]) -> None:
        gate = asyncio.Semaphore(office.settings.at_once)

        async def answer(errand: Errand) -> Result:
            async with gate:
                person = people.get(errand.row["person_id"], Person())
                now = questions.now + timedelta(seconds=time.monotonic() - began)
                outcome = await _answer(office, errand, person, now)
                return Result(errand, _waited(errand, outcome, now), person.at(errand.row["on_channel"]), asked=True)

        results = await asyncio.gather(*map(answer, provider))
        await record(office.station.database, questions.holder, results, until)

    await asyncio.gather(*map(ask_one, by_place(questions.errands)))
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
    """As it was claimed; one that had no text then has a fault, and one whose template is gone is asked about without."""
    title, variables = "", row["variables"]
    if in_force.shelf.has(row["template"], row["template_version"]):
        template = in_force.shelf.exact(row["template"], row["template_version"])
        title = template.title.get(row["language"], "")
        variables = template.in_order(variables)
    provider, key, fault = row["by_provider"], KeyKind(row["under_key"]), None if row["text"] else NO_TEXT
    return Errand({**row, "variables": variables}, provider, key, title, row["text"], row["started_at"], fault)


async def _answer(office: Office, errand: Errand, person: Person, now: datetime) -> Outcome:
    """What became of it; who has no address here was not called here, and is told over the next channel instead of tomorrow."""
    if errand.fault or errand.provider == NO_PROVIDER:
        return Impossible(errand.fault or "no_channel")
    channel = office.senders.channel(errand.row["on_channel"], errand.provider, errand.key_kind)
    address = person.at(errand.row["on_channel"])
    if channel is not None and address is not None and isinstance(channel, AsksLater):
        return await _asked(office, channel, replace(office.dispatch(errand, person, address), asked_at=now))
    if errand.is_for_nobody or errand.row["on_channel"] in _HARMLESS_AGAIN:
        return TryLater(timedelta(), "not_asked", Concern.DISPATCH)
    if address is None:
        return Unknown(_AGAIN, person.fault) if person.fault else Impossible("no_address", Concern.ADDRESS)
    return Unknown(_AGAIN, "cannot_ask")


async def _asked(office: Office, channel: AskedChannel, dispatch: Dispatch) -> Outcome:
    try:
        outcome = await channel.ask(dispatch)
    except Exception as error:  # noqa: BLE001 - a question that fails leaves the matter as open as it was
        return Unknown(_AGAIN, type(error).__name__)
    if not isinstance(outcome, Unknown):
        office.senders.answered(channel.kind, channel.name)
    return outcome


def _waited(errand: Errand, outcome: Outcome, now: datetime) -> Outcome:
    """After a day without an answer the channel has failed; it is never sent again on a mere hope."""
    waited = now - errand.stored_at
    return Impossible("never_answered", Concern.PROVIDER) if isinstance(outcome, Unknown) and waited > _PATIENCE else outcome
