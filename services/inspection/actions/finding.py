"""From what was seen to hazards on record: shared by visits and by reports without one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.inspection.actions.scopes import scope_of
from services.inspection.domain.checklist import Item, Place
from services.inspection.domain.finding import Finding, Occasion, find
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.rulebook import Rulebook
from services.inspection.store import files, hazards
from services.inspection.store.hazards import Entry as Line
from services.inspection.store.hazards import Written
from services.inspection.store.scenes import Prepared, prepare
from services.inspection.store.scope import Scope
from shared.contracts.event import Event
from shared.contracts.vocabulary import HazardCategory, HazardId, HazardLevel, SiteId
from shared.database import Transaction as Tx
from shared.database.transaction import Ancestry
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller


class SiteUnknown(Missing):
    """No such site, not yours, or not heard of yet."""

    code = "site_unknown"
    zh = "没有找到该场所，或无权查看"
    en = "No such site, or not yours"


class SiteIsClosed(Refused):
    """Nobody operates there any more."""

    code = "site_closed"
    status = 409
    zh = "该场所已注销"
    en = "The site is closed"


class FileUnknown(Refused):
    """A file is uploaded before it is named."""

    code = "file_unknown"
    zh = "引用的文件不存在，请先上传"
    en = "A file that is named was not uploaded"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that failed, as somebody reported it."""

    item: Item
    category: HazardCategory
    place: Place | None = None
    level: HazardLevel | None = None
    note: str | None = None
    file_ids: tuple[UUID, ...] = ()
    hazard_id: HazardId | None = None


Entry = tuple[Caller, SiteId, Sequence[Seen]]
"""Who reports about which site, and what he saw there."""


async def enter(tx: Tx, rules: Rulebook, entries: Sequence[Entry], seen_on: date | None = None) -> list[Prepared]:
    """Each site as its report finds it, no site twice; refuses one that is closed, or not there for the caller.

    A site was still open on the day on which it was closed: what was ``seen_on`` until then is recorded, however late it comes.
    """
    since = tx.now - timedelta(days=rules.deadlines.repeat_days)
    wanted: dict[Scope, dict[SiteId, list[str]]] = {}
    for caller, site_id, seen in entries:
        wanted.setdefault(scope_of(caller), {})[site_id] = [thing.item.code for thing in seen]
    found: dict[SiteId, Prepared] = {}
    for scope, sites in wanted.items():
        found |= await prepare(tx, scope, sites, since)
    for _, site_id, _ in entries:
        if site_id not in found:
            raise SiteUnknown(pointer="/site_id")
        closed_on = found[site_id].scene.closed_on
        if closed_on is not None and (seen_on is None or seen_on > closed_on):
            raise SiteIsClosed(pointer="/site_id")
    return [found[site_id] for _, site_id, _ in entries]


async def photos_of(tx: Tx, file_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The hashes of files; FileUnknown where one was never uploaded."""
    known = await files.hashes(tx, set(file_ids))
    if len(known) < len(set(file_ids)):
        raise FileUnknown(pointer="/file_ids")
    return known


@dataclass(frozen=True, slots=True)
class Report:
    """What one report stands on: who makes it, under which rules, about which site, on which occasion."""

    caller: Caller
    rules: Rulebook
    prepared: Prepared
    occasion: Occasion
    ancestry: Ancestry | None = None


async def record(tx: Tx, reports: Sequence[tuple[Report, Sequence[Seen]]]) -> list[list[Hazard]]:
    """Write the hazards of all reports in one statement, and say each."""
    photos = await photos_of(tx, [file_id for _, seen in reports for thing in seen for file_id in thing.file_ids])
    written = [_all_written(report, seen, photos) for report, seen in reports]
    if any(written):
        await hazards.insert(tx, [row for group in written for row, _event in group])
    for (report, _), group in zip(reports, written, strict=True):
        tx.ancestry = report.ancestry or tx.ancestry
        tx.say(*(event for _row, event in group), sequence=1)
    return [[row.hazard for row, _event in group] for group in written]


def _all_written(report: Report, seen: Sequence[Seen], photos: Mapping[UUID, str]) -> list[tuple[Written, Event]]:
    numbered = zip(seen, report.prepared.numbers, strict=True)
    return [_written(report, thing, _finding(report, thing, number, photos)) for thing, number in numbered]


def _finding(report: Report, thing: Seen, number: str, photos: Mapping[UUID, str]) -> Finding:
    known = report.prepared.earlier.get(thing.item.code)
    return Finding(
        hazard_id=thing.hazard_id or HazardId(new_id()),
        number=number,
        item=thing.item,
        category=thing.category,
        place=thing.place,
        level=thing.level,
        photos=tuple(photos[file_id] for file_id in thing.file_ids),
        repeat_of=known.hazard_id if known is not None and known.closed_at is not None and thing.item.repeats else None,
    )


def _written(report: Report, thing: Seen, finding: Finding) -> tuple[Written, Event]:
    occasion = report.occasion
    outcome = find(finding, report.prepared.scene, occasion, report.rules.finding)
    entry = Line(HazardStep.FIND, occasion.now, report.caller.subject, comment=thing.note)
    more = {
        "visit_id": occasion.visit_id,
        "checklist_version": occasion.checklist_version,
        "clause": thing.item.clause or None,
        "note": thing.note,
        "photos": finding.photos,
        "reported_by": report.caller.subject,
    }
    is_over = report.prepared.scene.closed_on is not None
    next_step_at = None if is_over else report.rules.escalation.next_at(outcome.hazard)
    return Written(outcome.hazard, next_step_at, entry, more), outcome.events[0]
