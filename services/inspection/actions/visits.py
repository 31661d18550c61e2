"""Recording a visit: every failed item becomes a hazard, in one commit with the visit and its answers."""

from collections.abc import Sequence
from typing import Any

from services.inspection.actions.finding import Report, Seen, enter, record
from services.inspection.actions.showing import found_view
from services.inspection.actions.warnings import about_answers, about_closing, about_hazards, about_presence
from services.inspection.domain.checklist import Answer, Checklist
from services.inspection.domain.finding import Occasion
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.presence import place_check
from services.inspection.domain.visit import NotYourOwnSite
from services.inspection.rulebook import rulebook
from services.inspection.store import visits
from services.inspection.views.visits import NewAnswer, NewVisit, VisitView
from shared.clock import shanghai_date
from shared.contracts.inspection import VisitRecorded
from shared.contracts.vocabulary import PlaceCheck, VisitId, VisitResult
from shared.database import Transaction as Tx
from shared.errors import Refused
from shared.identifiers import new_id
from shared.web import Caller


class ChecklistUnknown(Refused):
    """A form is filled in on a checklist that was published."""

    code = "checklist_unknown"
    zh = "没有这个版本的检查表"
    en = "No checklist of this version"


class ItemUnknown(Refused):
    """An answer is to an item of the checklist."""

    code = "item_unknown"
    zh = "检查表中没有该检查项"
    en = "The checklist has no such item"


class ItemAnsweredTwice(Refused):
    """One answer for one item at one place."""

    code = "item_answered_twice"
    zh = "同一部位的同一检查项只能有一个结论"
    en = "One item has one answer at one place"


async def record_visit(command: NewVisit, caller: Caller, tx: Tx) -> VisitView:
    """Somebody was there: what he looked at, what failed, and the hazards that follow."""
    rules = rulebook()
    certificates = [person.certificate_no for person in command.attendants if person.subject != caller.subject]
    rule = rules.visits.visit(command.type, caller.roles, caller.certificate_no, certificates)
    checklist = _checklist(command, rules.checklist)
    seen = _seen(command, checklist)
    finished_at = min(command.finished_at, tx.now)
    [prepared] = await enter(tx, rules, [(caller, command.site_id, seen)], seen_on=shanghai_date(finished_at))
    if rule.own and prepared.scene.tenancy.occupier not in caller.parties:
        raise NotYourOwnSite(visit=command.type.zh, type=command.type.value, pointer="/site_id")
    check = place_check(command.position.point if command.position else None, prepared.scene.point, rules.visits.near_metres)
    visit_id = command.id or VisitId(new_id())
    occasion = Occasion(rule, finished_at, tx.now, checklist.version, visit_id, command.campaign_id)
    report = Report(caller, rules, prepared, occasion)
    await visits.insert(tx, _row(command, report, check), _answers(command, checklist))
    [found] = await record(tx, [(report, seen)])
    tx.say(_recorded(command, report, check, found, visit_id), sequence=1)
    warnings = [
        *about_presence(command, check, caller, tx),
        *about_closing(prepared.scene, caller),
        *about_answers(command, checklist, prepared.scene, caller),
        *about_hazards(found, prepared.earlier, caller),
    ]
    return VisitView(
        id=visit_id,
        result=_result(command),
        place_check=check,
        hazards=[found_view(hazard, rules) for hazard in found],
        warnings=warnings,
    )


def _checklist(command: NewVisit, checklist: Checklist) -> Checklist:
    if command.checklist_version not in {checklist.version, checklist.id}:
        raise ChecklistUnknown(pointer="/checklist_version")
    places = set()
    for index, answer in enumerate(command.answers):
        item = checklist.by_code.get(answer.item)
        if item is None:
            raise ItemUnknown(pointer=f"/answers/{index}/item")
        place = (answer.item, item.place_of(answer.place))
        if place in places:
            raise ItemAnsweredTwice(pointer=f"/answers/{index}")
        places.add(place)
    return checklist


def _failed(command: NewVisit) -> list[NewAnswer]:
    return [answer for answer in command.answers if answer.answer is Answer.FAIL]


def _seen(command: NewVisit, checklist: Checklist) -> list[Seen]:
    pairs = [(checklist.by_code[answer.item], answer) for answer in _failed(command)]
    return [
        Seen(item, checklist.categories[item.category], answer.place, note=answer.note, file_ids=answer.file_ids)
        for item, answer in pairs
    ]


def _result(command: NewVisit) -> VisitResult:
    """What failed is a hazard, whatever the form says in its summary; that somebody was refused or met no one is his word."""
    said = command.result or VisitResult.OK
    return VisitResult.HAZARDS if said is VisitResult.OK and _failed(command) else said


def _row(command: NewVisit, report: Report, check: PlaceCheck) -> dict[str, Any]:
    told = command.model_dump(include={"site_id", "type", "campaign_id", "offline", "started_at", "finished_at", "position"})
    return told | {
        "id": report.occasion.visit_id,
        "result": _result(command),
        "checklist_version": report.occasion.checklist_version,
        "recorded_by": report.caller.subject,
        "people": [person.model_dump(exclude_none=True) for person in command.attendants],
        "place_check": check,
        "device_time": command.device_time or command.finished_at,
        "recorded_at": report.occasion.now,
    }


def _answers(command: NewVisit, checklist: Checklist) -> list[dict[str, Any]]:
    return [
        answer.model_dump(exclude={"place"}) | {"place": checklist.by_code[answer.item].place_of(answer.place)}
        for answer in command.answers
    ]


def _recorded(command: NewVisit, report: Report, check: PlaceCheck, found: Sequence[Hazard], visit_id: VisitId) -> VisitRecorded:
    scene, occasion = report.prepared.scene, report.occasion
    return VisitRecorded(
        visit_id=visit_id,
        site_id=scene.site_id,
        landlord_site_id=scene.landlord_site_id,
        building_id=scene.building_id,
        grid_id=scene.grid_id,
        party_id=scene.tenancy.occupier,
        visit_type=command.type,
        result=_result(command),
        campaign_id=command.campaign_id,
        checklist_version=occasion.checklist_version,
        asked=tuple(answer.item for answer in command.answers if answer.answer in {Answer.OK, Answer.FAIL}),
        failed=tuple(answer.item for answer in _failed(command)),
        hazards=tuple(hazard.card.hazard_id for hazard in found),
        place_check=check,
        counts_to_cap=report.rules.visits.types[command.type].cap,
        offline=command.offline,
        started_at=min(command.started_at, occasion.found_at),
        finished_at=occasion.found_at,
    )
