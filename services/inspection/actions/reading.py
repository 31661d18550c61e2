"""What can be read: hazards in pages and one by one, checklists, and the rules in force."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.inspection.actions.parties import with_parties_of_today
from services.inspection.actions.scopes import scope_of
from services.inspection.actions.showing import hazard_fields, hazard_view, history_view
from services.inspection.domain.conduct import possible
from services.inspection.rulebook import rulebook
from services.inspection.store import hazard_lists, hazards, scenes
from services.inspection.store.hazard_lists import HazardFilter
from services.inspection.store.hazards import Stored, hazard_of
from services.inspection.views.checklists import ChecklistView, item_view
from services.inspection.views.hazards import HazardDetail, HazardView
from shared.contracts.vocabulary import HazardId, SiteId, SiteKind
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller, Page
from shared.web.paging import BadCursor, PageRequest


class HazardUnknown(Missing):
    """No such hazard, or not yours."""

    code = "hazard_unknown"
    zh = "没有找到该隐患，或无权查看"
    en = "No such hazard, or not yours"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which hazards, and which page of them."""

    which: HazardFilter
    paging: PageRequest


async def list_hazards(wanted: Wanted, caller: Caller, tx: Tx) -> Page[HazardView]:
    """The hazards that the caller may see, newest first."""
    rows = await hazard_lists.page(tx, scope_of(caller), wanted.which, wanted.paging.limit + 1, _after(wanted.paging))
    stored = [Stored(hazard_of(row), row) for row in rows]
    views = [hazard_view(item, rulebook(), tx.now, caller.language) for item in stored]
    told = {item.hazard.card.hazard_id: item.hazard.told_at for item in stored}
    return Page[HazardView].of(views, wanted.paging, key=lambda view: [told[HazardId(view.id)].isoformat(), str(view.id)])


def _after(paging: PageRequest) -> tuple[datetime, UUID] | None:
    if paging.after is None:
        return None
    try:
        told_at, hazard_id = paging.after
        return datetime.fromisoformat(told_at), UUID(hazard_id)
    except (ValueError, TypeError):
        raise BadCursor(pointer="/cursor") from None


async def read_hazard(hazard_id: HazardId, caller: Caller, tx: Tx) -> HazardDetail:
    """One hazard with its whole history."""
    stored = await hazards.read(tx, scope_of(caller), hazard_id)
    if stored is None:
        raise HazardUnknown
    return await detail(with_parties_of_today(stored), caller, tx)


async def detail(stored: Stored, caller: Caller, tx: Tx) -> HazardDetail:
    """Everything about one hazard, and what the reader may do with it."""
    rules, hazard, row = rulebook(), stored.hazard, stored.row
    history = await hazards.past(tx, hazard.card.hazard_id)
    return HazardDetail(
        **hazard_fields(stored, rules, tx.now, caller.language),
        checklist_version=row["checklist_version"],
        clause=row["clause"],
        note=row["note"],
        photos=list(row["photos"]),
        due_certain=hazard.due_certain,
        recheck=rules.deadlines.classes[hazard.deadline_class].recheck,
        progress=hazard.progress.model_dump(mode="json", exclude_defaults=True),
        possible=[step.value for step in possible(caller, hazard, tx.now)],
        history=[history_view(line) for line in history],
    )


async def list_checklists(site_id: SiteId | None, caller: Caller, tx: Tx) -> Page[ChecklistView]:
    """The published checklists; for a site, each item says whether it is asked there."""
    checklist = rulebook().checklist
    found = {} if site_id is None else await scenes.prepare(tx, scope_of(caller), {site_id: ()}, tx.now)
    prepared = None if site_id is None else found.get(site_id)
    if site_id is not None and prepared is None:
        raise Missing
    kind = prepared.scene.tenancy.kind if prepared else SiteKind.TENANT
    facts = prepared.scene.facts if prepared else {}
    items = [
        item_view(checklist, item, applies=prepared is None or checklist.applies(item, kind, facts)) for item in checklist.items
    ]
    named = checklist.model_dump(include={"id", "version", "effective_from", "zh", "en", "marks"})
    return Page(items=[ChecklistView(**named, items=items)])
