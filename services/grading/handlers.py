"""What grading does when others speak: every fact about a site may move its level."""

from collections.abc import Sequence
from uuid import UUID

from services.grading.casebook import Case, save
from services.grading.domain.registers import Write
from services.grading.domain.translation import TRANSLATORS, writes_of
from services.grading.rulings import rules_in_force
from services.grading.saying import say_decisions
from services.grading.store import cases as stored
from shared.contracts.event import Event, decode
from shared.database import Transaction as Tx
from shared.messaging import Subscriptions

on = Subscriptions("grading")


@on(*TRANSLATORS)
async def regrade(events: Sequence[Event], tx: Tx) -> None:
    """Fold a batch of facts into the sites that they are about and decide once for each: load, fold, save."""
    by_site = _by_site(events)
    if not by_site:
        return
    rules = await rules_in_force(tx)
    today = tx.today.toordinal()
    cases = [Case.of(row) for row in await stored.lock_sites(tx, list(by_site))]
    for case in cases:
        for _, source, writes in by_site[case.site_id]:
            case.hear(source, writes, today, rules)
        if case.is_changed:
            case.decide(today, rules, by_site[case.site_id][-1][0])
    await say_decisions(tx, await save(tx, cases), rules)


def _by_site(events: Sequence[Event]) -> dict[UUID, list[tuple[Event, UUID, list[Write]]]]:
    """What is said of each site, event by event."""
    by_site: dict[UUID, list[tuple[Event, UUID, list[Write]]]] = {}
    for event in events:
        heard = event.envelope
        for write in writes_of(event, heard):
            said = by_site.setdefault(write.site, [])
            if said and said[-1][0] is event:
                said[-1][2].append(write)
            else:
                said.append((event, heard.id, [write]))
    return by_site


async def apply_messages(raw: Sequence[bytes], tx: Tx) -> None:
    """Apply a batch of messages as they stand on the wire, without the inbox: for replays and benchmarks."""
    await regrade([decode(message) for message in raw], tx)
