"""What a person is sent at most: so many SMS a day, and as many subscription messages as he has agreed to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.channels.channel import Accepted, Impossible
from services.notify.domain.book import Book
from services.notify.domain.telling import Urgency
from services.notify.results import Postponed, Result
from services.notify.store import allowances as store
from services.notify.store.records import Row
from shared.clock import SHANGHAI, shanghai_date
from shared.database import Transaction as Tx

_SMS, _SUBSCRIPTION = "sms", "mini_program"
_SPENT = "no_quota"


async def within_cap(tx: Tx, rows: Sequence[Row], book: Book) -> list[Row]:
    """The rows that may go today; ordinary SMS beyond the cap are put off to the next morning. Alarms count, and always go."""
    texts = _texts(rows)
    if not texts:
        return list(rows)
    totals = await store.count_sms(tx, _per_day(texts, tx.now))
    over = {person: total - book.sms_cap for (person, _), total in totals.items() if total > book.sms_cap}
    held = _held_back(texts, over) if over else []
    if held:
        await store.put_off(tx, [row["id"] for row in held], _next_morning(tx.now, book))
        await store.count_sms(tx, _less(_per_day(held, tx.now)))
    gone = {row["id"] for row in held}
    return [row for row in rows if row["id"] not in gone]


async def count(tx: Tx, rows: Sequence[Row]) -> None:
    """Count texts that no cap holds back."""
    if texts := _texts(rows):
        await store.add_sms(tx, _per_day(texts, tx.now))


async def give_back(tx: Tx, postponed: Sequence[Postponed]) -> None:
    """What was claimed and never called is counted when it is claimed again; the day on which it was counted has it back."""
    returned = Counter[store.Day]()
    for errand in (result.errand for result in postponed):
        returned.update(_per_day(_texts([errand.row]), errand.stored_at))
    if returned:
        await store.add_sms(tx, _less(returned))


def _texts(rows: Sequence[Row]) -> list[Row]:
    """First attempts at an SMS: what a day's cap is about."""
    return [row for row in rows if row["on_channel"] == _SMS and row["attempt"] == 1]


def _per_day(texts: Sequence[Row], counted_at: datetime) -> Counter[store.Day]:
    day = shanghai_date(counted_at).isoformat()
    return Counter((row["person_id"], day) for row in texts)


def _less(counts: Mapping[store.Day, int]) -> dict[store.Day, int]:
    return {key: -count for key, count in counts.items()}


def _held_back(texts: Sequence[Row], over: dict[UUID, int]) -> list[Row]:
    """Of each person who is over the cap as many ordinary texts as are too many, the latest first."""
    held: list[Row] = []
    for row in reversed(texts):
        if row["urgency"] == Urgency.ORDINARY and over.get(row["person_id"], 0) > 0:
            over[row["person_id"]] -= 1
            held.append(row)
    return held


def _next_morning(now: datetime, book: Book) -> datetime:
    local = now.astimezone(SHANGHAI)
    return datetime.combine(local.date() + timedelta(days=1), book.quiet.end, SHANGHAI)


async def exhausted(tx: Tx, rows: Sequence[Row]) -> set[tuple[UUID, str]]:
    """Persons and templates of which we know that no agreed message is left."""
    people = {row["person_id"] for row in rows if row["on_channel"] == _SUBSCRIPTION}
    return await store.spent_quotas(tx, people) if people else set()


async def spend(tx: Tx, results: Sequence[Result]) -> None:
    """One agreed message less for each that was taken; none left where the provider says so."""
    mine = [result for result in results if result.errand.row["on_channel"] == _SUBSCRIPTION]
    taken = [result.errand.row for result in mine if isinstance(result.outcome, Accepted)]
    refused = [r.errand.row for r in mine if isinstance(r.outcome, Impossible) and r.outcome.reason.startswith(_SPENT)]
    if taken:
        await store.take_one(tx, Counter((row["person_id"], row["template"]) for row in taken))
    if refused:
        await store.take_all(tx, {(row["person_id"], row["template"]) for row in refused})
