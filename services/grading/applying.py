"""Applying what was heard: facts of a batch into the sites that they are about, and one decision for each."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from services.grading.case import Case
from services.grading.casebook import Entries
from services.grading.domain.registers import Write
from services.grading.domain.translation import writes_of
from services.grading.rulings import rules_in_force
from services.grading.saying import say_decisions
from services.grading.store import cases as stored
from shared.contracts.event import Event, decode
from shared.database import Transaction

Saying = tuple[Event | None, UUID, list[Write]]
"""An event, its id, and what it says of one site."""


async def apply_events(events: Iterable[Event], tx: Transaction) -> None:
    """Load, fold, save: a fixed number of statements however many events; sites are locked in order of their ids."""
    await apply_sayings(by_site(events), tx, tx.today)


async def apply_messages(raw: Sequence[bytes], tx: Transaction) -> None:
    """Apply messages as they stand on the wire, without the inbox: for whoever measures or replays."""
    await apply_events([decode(message) for message in raw], tx)


async def apply_sayings(sayings: dict[UUID, list[Saying]], tx: Transaction, today: date) -> None:
    """Apply what is said of each site, as heard on a day."""
    if not sayings:
        return
    rules, day = await rules_in_force(tx), today.toordinal()
    entries = Entries(today)
    for row in await stored.lock_sites(tx, list(sayings)):
        case = Case.of(row)
        said = sayings[case.site_id]
        for _, source, writes in said:
            case.hear(source, writes, day, rules)
        if case.is_changed:
            case.decide(day, rules, said[-1][0])
        entries.enter(case)
    await entries.write(tx)
    await say_decisions(tx, entries.spoken, rules)


def by_site(events: Iterable[Event]) -> dict[UUID, list[Saying]]:
    """What is said of each site, event by event."""
    sayings: dict[UUID, list[Saying]] = {}
    for event in events:
        heard = event.envelope
        for write in writes_of(event, heard):
            said = sayings.setdefault(write.site, [])
            if said and said[-1][0] is event:
                said[-1][2].append(write)
            else:
                said.append((event, heard.id, [write]))
    return sayings
