"""失联: a contact whom no phone reached on two days is said to be unreachable, until something reaches him or he changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.notify import call_list, cards, library
from services.notify.channels.channel import Concern
from services.notify.domain.book import Book
from services.notify.domain.states import DispatchState
from services.notify.store import unreached as store
from services.notify.store.records import Row
from shared.clock import shanghai_date
from shared.contracts.notify import ContactReached, ContactUnreachable
from shared.contracts.vocabulary import ContactRole, NoticeFailure
from shared.database import Transaction as Tx

_NOT_TRIED = frozenset({"no_address", "no_channel"})
"""He gave no number, or there is no such channel here: neither for him nor against him."""
_AT_ONCE = 200


async def note(tx: Tx, failed: Collection[UUID], book: Book) -> None:
    """Notices that have no channel left: where a phone was tried in vain its day counts."""
    rules = book.unreachable
    since = tx.now - timedelta(hours=rules.provider_proven_hours)
    vain = in_vain(await store.tries(tx, failed, since)) if failed else ()
    if not vain:
        return
    people = {row["contact_id"] for row in vain}
    await store.note(tx, vain)
    _say_reached(tx, await store.reached(tx, people, rules.days))
    for row in await store.lost(tx, people, rules.days):
        days = tuple(sorted(shanghai_date(at) for at in row["tries"]))
        tx.say(ContactUnreachable(**_card(row), tried_on=days), sequence=row["version"])


async def look(tx: Tx) -> None:
    """Whom something has reached since is unreachable no longer."""
    days = (await library.in_force(tx)).book.unreachable.days
    _say_reached(tx, await store.look(tx, _AT_ONCE, days))


async def try_again(tx: Tx) -> None:
    """What was learned of a channel on one day is tried on another, before anybody is said to be lost."""
    await store.try_again(tx)


async def forget(tx: Tx, contacts: Collection[UUID]) -> None:
    """The party has changed these contacts: what was tried before says nothing of them."""
    _say_reached(tx, await store.changed(tx, contacts), contact_changed=True)


async def verified(tx: Tx, contact: UUID, version: int, book: Book) -> None:
    """Somebody has typed a code that was sent to this ``version`` of a contact: he can be reached, by SMS too."""
    await store.verified(tx, contact, version)
    _say_reached(tx, await store.reached(tx, {contact}, book.unreachable.days))


def in_vain(tries: Iterable[Row]) -> list[dict[str, Any]]:
    """For each contact the ``tries`` that say something of him, the latest of each Shanghai day.

    A notice of which one phone failed through a fault that is not his says nothing: that phone might have reached him.
    """
    tried = [row for row in tries if row["reason"] not in _NOT_TRIED]
    doubtful = {row["notice_id"] for row in tried if not is_his(row)}
    found: dict[UUID, dict[str, Any]] = {}
    for row in sorted(tried, key=lambda row: row["at"]):
        if row["notice_id"] not in doubtful:
            his = {name: row[name] for name in ("contact_id", "party_id", "role")}
            found.setdefault(row["contact_id"], his | {"tries": {}})["tries"][shanghai_date(row["at"])] = row["at"]
    return [his | {"tries": list(his["tries"].values())} for his in found.values()]


def is_his(row: Row) -> bool:
    """Whether a failed dispatch says that its number reaches nobody, or that nobody answers.

    Not money, quotas, limits of a number, texts, an opting-out, a provider that is away (``concerns`` names these), nor the
    silence of a provider that has reached nobody else of late: an unregistered signature is told like a dead number.
    """
    by_receipt = row["state"] == DispatchState.FAILED and row["concerns"] is None
    refused = row["state"] == DispatchState.IMPOSSIBLE and row["concerns"] == Concern.ADDRESS
    if not (by_receipt or refused):
        return False
    word = cards.failure_of(row["reason"] or "undelivered", Concern.ADDRESS)
    if word is NoticeFailure.UNREACHABLE:
        return bool(row["is_working"] or row["provider"] == call_list.NAME)
    return word is NoticeFailure.NO_CONTACT


def _say_reached(tx: Tx, rows: Sequence[RowMapping], *, contact_changed: bool = False) -> None:
    for row in rows:
        told = ContactReached(**_card(row), reached_on=shanghai_date(row["at"]), contact_changed=contact_changed)
        tx.say(told, sequence=row["version"])


def _card(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    return {"contact_id": row["contact_id"], "party_id": row["party_id"], "role": ContactRole(row["role"])}
