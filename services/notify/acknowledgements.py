"""A party acknowledges the matter itself, in inspection: it has what it was told before, in whatever order that is heard."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notify import marking
from services.notify.domain.audience import with_duty
from services.notify.domain.book import Book
from services.notify.domain.planning import Intention
from services.notify.domain.surroundings import Occurrence
from services.notify.store import marking as store
from services.notify.store import matters
from services.notify.store.records import Row
from shared.contracts.vocabulary import Duty
from shared.database import Transaction as Tx

_MEANS = "matter"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Until which version each party has acknowledged the matters of a batch; what happened before is covered by that."""

    versions: Mapping[UUID, Mapping[str, int]]

    def covers(self, occurrence: Occurrence, parties: Collection[UUID | None]) -> bool:
        """Whether one of these parties acknowledged the hazard after this had happened to it."""
        versions = self.versions.get(occurrence.facts["hazard_id"], {})
        return any(versions.get(str(party), 0) > occurrence.facts["sequence"] for party in parties)

    async def confirm(self, tx: Tx, intentions: Sequence[Intention]) -> None:
        """What a party is told only now, having acknowledged the matter since, it need not acknowledge again."""
        asking = [i for i in intentions if i.telling.ladder and i.occurrence.facts.get("hazard_id")]
        covered = [i for i in asking if self.covers(i.occurrence, [i.addressee.party_id])]
        if not covered:
            return
        causes = {intention.occurrence.id for intention in covered}
        told = await store.told_of(tx, {intention.occurrence.facts["hazard_id"] for intention in covered}, causes)
        for party in sorted({i.addressee.party_id for i in covered if i.addressee.party_id}):
            mine = [row["id"] for row in told if row["party_id"] == party]
            await marking.confirm(tx, mine, f"party:{party}", _MEANS)


async def take(tx: Tx, occurrences: Sequence[Occurrence], book: Book, standings: Sequence[Row]) -> Acknowledged:
    """Confirm what was told before this batch, stop its ladders, and remember it for what may be heard later."""
    versions: dict[UUID, dict[str, int]] = {row["thing_id"]: dict(row["acknowledged"] or {}) for row in standings}
    fresh = set[UUID]()
    for occurrence in occurrences:
        for ending in book.endings.values():
            party: Any = occurrence.facts.get("by_party_id")
            if occurrence.name not in ending.stops_climbing or party is None:
                continue
            thing: UUID = occurrence.facts[ending.thing]
            known = versions.setdefault(thing, {})
            known[str(party)] = max(known.get(str(party), 0), occurrence.facts["sequence"])
            fresh.add(thing)
            await _confirm_what_was_told(tx, occurrence, thing, party)
    if fresh:
        await matters.save_acknowledged(tx, {thing: versions[thing] for thing in fresh})
    return Acknowledged(versions)


async def _confirm_what_was_told(tx: Tx, occurrence: Occurrence, thing: UUID, party: UUID) -> None:
    """What is heard late says nothing of what became worse since: that ladder is climbed on."""
    version, is_responsible = occurrence.facts["sequence"], party in with_duty(occurrence, Duty.RESPONSIBLE)
    since = await matters.climbed_since(tx, thing, version)
    told = [row["id"] for row in await store.told_to(tx, thing, party) if row["cause_id"] not in since]
    if told:
        await (marking.confirm if since else marking.acknowledge)(tx, told, f"party:{party}", _MEANS)
    if is_responsible and since:
        await matters.stop_climbs_before(tx, thing, version, "acknowledged")
    elif is_responsible:
        await marking.stop_climbing(tx, [thing])
