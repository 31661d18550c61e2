"""What came of a batch of errands, recorded in one short transaction: states, proofs, what is said, and what comes next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify import allowances, cards, followups, library
from services.notify.chains import append
from services.notify.channels.channel import Accepted, Concern, Impossible, Outcome, TryLater, Unknown
from services.notify.domain.book import Book
from services.notify.domain.states import DispatchState, Happening, NoticeState, dispatch_states_before
from services.notify.gauges import HANDOVER_SECONDS, OUTCOMES
from services.notify.intentions import ring_for
from services.notify.results import NO_CONTACT_YET, Postponed, Result
from services.notify.store import queue, stand_ins, subscriptions
from services.notify.store.records import Row
from shared.database import Transaction as Tx

_UNREACHABLE = frozenset({"no_address", "bad_address", "number_illegal", "bad_openid", "not_follower"})
_ANOTHER_MAY = frozenset({Concern.PROVIDER, Concern.ADDRESS})
_TOO_LONG = timedelta(hours=1)
_FIRST_CHANGE = 2
_FROM = sorted({state for h in (Happening.ACCEPTED, Happening.UNKNOWN) for state in dispatch_states_before(h)})


@dataclass(slots=True)
class _Ledger:
    """What the transaction writes, collected while the outcomes are read."""

    settlements: list[Any] = field(default_factory=list)
    accepted: list[Result] = field(default_factory=list)
    unknown: list[Result] = field(default_factory=list)
    retried: list[tuple[Result, timedelta]] = field(default_factory=list)
    failed: list[Result] = field(default_factory=list)


async def settle(tx: Tx, holder: UUID, results: Sequence[Result | Postponed]) -> None:
    """Record everything that this holder still holds; what it no longer holds somebody else has recorded."""
    book = (await library.in_force(tx)).book
    ledger = _Ledger()
    for result in results:
        _enter(ledger, result, book, tx)
    held, moved = await queue.settle(tx, ledger.settlements, [*map(_acceptance, ledger.accepted)], holder, _FROM)
    postponed = [result for result in results if isinstance(result, Postponed) and result.errand.id in held]
    await allowances.give_back(tx, postponed)
    await _find_contacts(tx, postponed)
    await _accept(tx, [result for result in ledger.accepted if result.errand.id in held], moved)
    await _count_subscribers(tx, [result for result in [*ledger.accepted, *ledger.failed] if result.errand.id in held])
    await allowances.spend(tx, [result for result in results if isinstance(result, Result) and result.errand.id in held])
    await _wonder(tx, [result for result in ledger.unknown if result.errand.id in held])
    await followups.retry(
        tx, [followups.Again(r.errand, pause, r.elsewhere) for r, pause in ledger.retried if r.errand.id in held], book
    )
    await followups.fail(tx, [_failure(result) for result in ledger.failed if result.errand.id in held], book)


def _enter(ledger: _Ledger, result: Result | Postponed, book: Book, tx: Tx) -> None:
    """One outcome as a row of its dispatch, and as something that its notice may care about."""
    if isinstance(result, Postponed):
        hopes = int(result.reason == NO_CONTACT_YET)
        again: dict[str, Any] = {"due_at": tx.now + result.after, "reason": result.reason, "postponed": hopes}
        ledger.settlements.append(queue.settlement(result.errand.id, DispatchState.DUE, **again))
        return
    outcome = result.outcome
    name = type(outcome).__name__.lower()
    OUTCOMES.labels(result.errand.row["on_channel"], result.errand.provider, name).inc()
    state, found = _state_of(ledger, result, book, tx)
    ended = None if isinstance(outcome, Unknown) else tx.now
    masked = result.address.masked if result.address else None
    told: dict[str, Any] = {"text": result.errand.text, "address": masked, "ended": ended, "asked": int(result.asked)}
    ledger.settlements.append(queue.settlement(result.errand.id, state, **told, **found))


def _state_of(ledger: _Ledger, result: Result, book: Book, tx: Tx) -> tuple[DispatchState, dict[str, Any]]:
    outcome = result.outcome
    match outcome:
        case Accepted():
            ledger.accepted.append(result)
            HANDOVER_SECONDS.labels(result.errand.row["lane"]).observe(_waited(result, tx))
            return DispatchState.ACCEPTED, {"provider_id": outcome.provider_id, "parts": outcome.parts}
        case Unknown():
            ledger.unknown.append(result)
            return DispatchState.UNKNOWN, {"ask_at": tx.now + outcome.ask_after, "reason": outcome.reason}
        case TryLater():
            pause = _pause(result, outcome, book)
            if pause is None:
                ledger.failed.append(result)
                return DispatchState.FAILED, {"reason": outcome.reason, "concerns": outcome.concerns}
            ledger.retried.append((result, pause))
            return DispatchState.NOT_SENT, {"reason": outcome.reason, "concerns": outcome.concerns}
        case Impossible():
            ledger.failed.append(result)
            return DispatchState.IMPOSSIBLE, {"reason": outcome.reason, "concerns": outcome.concerns}


def _waited(result: Result, tx: Tx) -> float:
    """Seconds from the moment at which it might leave."""
    due: datetime = result.errand.row["due_at"]
    return max(0.0, (tx.now - due).total_seconds())


def _pause(result: Result, outcome: TryLater, book: Book) -> timedelta | None:
    """When it is tried again, on another provider at once; None where the next channel is the better way, or the end."""
    table, row = book.retry(result.errand.row["kind"]), result.errand.row
    if result.elsewhere and outcome.concerns in _ANOTHER_MAY:
        return table.pause_after(row["attempt"])
    if outcome.after >= _TOO_LONG and row["steps_left"]:
        return None
    return table.pause_after(row["attempt"], outcome.after)


def _failure(result: Result) -> followups.Failure:
    outcome = result.outcome
    if isinstance(outcome, Impossible):
        learned = outcome.concerns is Concern.ADDRESS and outcome.reason in _UNREACHABLE
        return followups.Failure(result.errand.row, outcome.reason, outcome.concerns, unreachable=learned)
    return followups.Failure(result.errand.row, "gave_up", Concern.PROVIDER, unreachable=False)


async def _find_contacts(tx: Tx, postponed: Sequence[Postponed]) -> None:
    """What waits for somebody to become known looks whether he has, each time that it is put off."""
    if waiting := [result.errand for result in postponed if result.errand.is_for_nobody]:
        found = await stand_ins.find_contacts(tx, {errand.row["party_id"] for errand in waiting}, [e.id for e in waiting])
        ring_for(tx, found)


def _acceptance(result: Result) -> dict[str, Any]:
    row = result.errand.row
    return {
        "id": result.errand.id,
        "notice_id": row["notice_id"],
        "channel": row["on_channel"],
        "provider": result.errand.provider,
    }


async def _accept(tx: Tx, results: Sequence[Result], moved: Sequence[Row]) -> None:
    """A provider has taken them over: the notice has moved once, and the chain of each notice grows by what was told."""
    attempts = {result.errand.row["notice_id"]: result.errand.row["attempt"] for result in results}
    for row in moved:
        cards.accepted(tx, row, attempts[row["id"]], tx.now)
    begun = {row["id"] for row in moved if row["version"] == _FIRST_CHANGE}
    await append(tx, [(result.errand.row["notice_id"], _told(result)) for result in results], begun)


def _told(result: Result) -> dict[str, Any]:
    """What the proof keeps of an acceptance: the text itself, its version, and under which number the provider has it."""
    row, errand, outcome = result.errand.row, result.errand, result.outcome
    return {
        "happened": "accepted",
        "dispatch": str(errand.id),
        "attempt": row["attempt"],
        "channel": row["on_channel"],
        "provider": errand.provider,
        **_numbers(outcome),
        "key_kind": str(errand.key_kind),
        "to": result.address.masked if result.address else None,
        "template": f"{row['template']}.{row['template_version']}",
        "clause": row["clause"],
        "title": errand.title,
        "text": errand.text,
    }


def _numbers(outcome: Outcome) -> dict[str, Any]:
    if not isinstance(outcome, Accepted):
        return {"provider_id": None}
    return {"provider_id": outcome.provider_id} | ({"together": outcome.together} if outcome.together else {})


async def _count_subscribers(tx: Tx, results: Sequence[Result]) -> None:
    """How deliveries to subscribers go: a success forgets every failure before it."""
    mine = [result for result in results if result.errand.row["subscription_id"]]
    if mine:
        taken = {result.errand.row["subscription_id"] for result in mine if isinstance(result.outcome, Accepted)}
        failed = Counter(result.errand.row["subscription_id"] for result in mine)
        await subscriptions.count_deliveries(tx, dict(failed) | dict.fromkeys(taken, 0))


async def _wonder(tx: Tx, results: Sequence[Result]) -> None:
    rows = [{"id": r.errand.row["notice_id"], "state": NoticeState.UNKNOWN, "reason": "timeout"} for r in results]
    await queue.raise_notices(tx, list({row["id"]: row for row in rows}.values()), Happening.UNKNOWN)
