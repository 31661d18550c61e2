"""From what was seen to hazards on record: shared by visits and by reports without one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.inspection.actions.scopes import scope_of
from services.inspection.domain.checklist import Item, Place
from services.inspection.domain.finding import Finding, Occasion, find
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.rulebook import Rulebook
from services.inspection.store import files, hazards
from services.inspection.store.hazards import Entry, Written
from services.inspection.store.scenes import Prepared, prepare
from shared.contracts.event import Event
from shared.contracts.vocabulary import HazardCategory, HazardId, HazardLevel, SiteId
from shared.database import Transaction as Tx
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


async def enter(tx: Tx, caller: Caller, rules: Rulebook, site_id: SiteId, seen: Sequence[Seen]) -> Prepared:
    """The site as the report finds it; refuses one that is closed, or not there for the caller."""
    since = tx.now - timedelta(days=rules.deadlines.repeat_days)
    prepared = await prepare(tx, scope_of(caller), site_id, [thing.item.code for thing in seen], since)
    if prepared is None:
        raise SiteUnknown(pointer="/site_id")
    if prepared.scene.closed_on is not None:
        raise SiteIsClosed(pointer="/site_id")
    return prepared


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


async def record(tx: Tx, report: Report, seen: Sequence[Seen]) -> list[Hazard]:
    """Write every hazard in one statement, and say each."""
    photos = await photos_of(tx, [file_id for thing in seen for file_id in thing.file_ids])
    numbered = list(zip(seen, report.prepared.numbers, strict=True))
    written = [_written(report, thing, _finding(report, thing, number, photos)) for thing, number in numbered]
    if written:
        await hazards.insert(tx, [row for row, _event in written])
        tx.say(*(event for _row, event in written), sequence=1)
    return [row.hazard for row, _event in written]


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
        repeat_of=known.hazard_id if known is not None and known.closed_at is not None else None,
    )


def _written(report: Report, thing: Seen, finding: Finding) -> tuple[Written, Event]:
    occasion = report.occasion
    outcome = find(finding, report.prepared.scene, occasion, report.rules.finding)
    entry = Entry(HazardStep.FIND, occasion.now, report.caller.subject, comment=thing.note)
    more = {
        "visit_id": occasion.visit_id,
        "checklist_version": occasion.checklist_version,
        "clause": thing.item.clause or None,
        "note": thing.note,
        "photos": finding.photos,
        "reported_by": report.caller.subject,
    }
    next_step_at = report.rules.escalation.next_at(outcome.hazard)
    return Written(outcome.hazard, next_step_at, entry, more), outcome.events[0]
