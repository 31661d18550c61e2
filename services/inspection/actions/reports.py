"""Reporting a hazard without a visit: by an officer in passing, a party about itself, another department, a rule."""

from collections.abc import Sequence

from services.inspection.actions.finding import Report, Seen, enter, record
from services.inspection.actions.showing import found_fields
from services.inspection.actions.visits import ItemUnknown
from services.inspection.actions.warnings import about_hazards
from services.inspection.domain.checklist import Checklist, Item, Place, Who
from services.inspection.domain.deadline import Deadlines
from services.inspection.domain.finding import Occasion
from services.inspection.domain.hazard import Hazard
from services.inspection.rulebook import rulebook
from services.inspection.views.hazards import NewHazard, ReportedView
from shared.contracts.vocabulary import HazardCategory, HazardLevel
from shared.database import Transaction as Tx
from shared.web import Asked

GENERAL = "GENERAL-"
"""Items that stand for a category where the checklist has none that fits."""


async def report_hazards(asked: Sequence[Asked[NewHazard]], tx: Tx) -> list[ReportedView]:
    """Something is not as it should be; who must put it right, and until when, follows from the rules. No site twice."""
    rules = rulebook()
    sights = [rules.visits.report(one.caller.roles, one.body.source) for one in asked]
    things = [[_seen(one.body, rules.checklist, rules.deadlines)] for one in asked]
    entries = [(one.caller, one.body.site_id, seen) for one, seen in zip(asked, things, strict=True)]
    reports = [
        Report(one.caller, rules, prepared, Occasion(sight, tx.now, tx.now, rules.checklist.version), one.ancestry)
        for one, sight, prepared in zip(asked, sights, await enter(tx, rules, entries), strict=True)
    ]
    found = await record(tx, list(zip(reports, things, strict=True)))
    return [_answer(report, hazards) for report, hazards in zip(reports, found, strict=True)]


def _answer(report: Report, found: Sequence[Hazard]) -> ReportedView:
    warnings = list(about_hazards(found, report.prepared.earlier, report.caller))
    return ReportedView(**found_fields(found[0], report.rules), warnings=warnings)


def _seen(command: NewHazard, checklist: Checklist, deadlines: Deadlines) -> Seen:
    item, category = _item(command, checklist, deadlines)
    note = command.note or command.description
    return Seen(item, category, command.place, note=note, file_ids=command.file_ids, hazard_id=command.id)


def _item(command: NewHazard, checklist: Checklist, deadlines: Deadlines) -> tuple[Item, HazardCategory]:
    if command.item is None:
        category = command.category or HazardCategory.OTHER
        return _general(category, command.level or HazardLevel.MEDIUM, deadlines), category
    item = checklist.by_code.get(command.item)
    if item is None:
        raise ItemUnknown(pointer="/item")
    return item, checklist.categories[item.category]


def _general(category: HazardCategory, level: HazardLevel, deadlines: Deadlines) -> Item:
    """Nobody reports a major hazard: he names a candidate."""
    grave = level in {HazardLevel.MAJOR, HazardLevel.MAJOR_CANDIDATE}
    severity = HazardLevel.SERIOUS if grave else level
    return Item(
        code=f"{GENERAL}{category.value}",
        zh=category.zh,
        en=category.value.replace("_", " "),
        clause="",
        category="",
        who=Who.TENANT,
        place=Place.OWN,
        severity=severity,
        major_candidate=grave,
        days=deadlines.classes[severity.value].days,
    )
