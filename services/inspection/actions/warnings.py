"""What a person should know about a report that was accepted all the same."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.inspection.domain.checklist import Answer, Checklist
from services.inspection.domain.finding import Scene
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.presence import is_clock_wrong
from services.inspection.store.scenes import Earlier
from services.inspection.views.shape import Warned
from services.inspection.views.visits import NewVisit
from shared.contracts.vocabulary import PlaceCheck, PlaceVerdict
from shared.database import Transaction as Tx
from shared.web import Caller

_OFFLINE_DAYS = timedelta(days=7)
_TEXTS = {
    "far_from_site": ("填报位置距场所约{metres}米", "The position is about {metres} m from the site"),
    "device_clock_wrong": ("设备时间与系统时间相差过大", "The device's clock differs too much from ours"),
    "site_closed_since": ("场所此后已注销，隐患不再计时", "The site was closed since; no deadline runs"),
    "form_late": ("离线表单超过7天才上传", "The offline form is more than 7 days old"),
    "items_not_answered": ("有{count}项未作答", "{count} items are not answered"),
    "ledger_says_absent": (
        "台账记录没有“{fact}”，请核对台账",
        "The ledger says that there is no {fact}",
    ),
    "same_item_open": ("同一检查项的隐患{number}尚未整改", "Hazard {number} of the same item is still open"),
    "due_uncertain": (
        "期限内的放假安排尚未公布，期限可能调整",
        "The due day may move: its holidays are not published yet",
    ),
}


def warn(code: str, caller: Caller, item: str | None = None, **facts: object) -> Warned:
    """One warning in the caller's language."""
    zh, en = _TEXTS[code]
    return Warned(code=code, detail=(en if caller.language == "en" else zh).format(**facts), item=item)


def about_presence(visit: NewVisit, check: PlaceCheck, caller: Caller, tx: Tx) -> Iterable[Warned]:
    """Where and when it was filled in."""
    if check.verdict is PlaceVerdict.OUTSIDE:
        yield warn("far_from_site", caller, metres=round(check.metres or 0))
    device_time = visit.device_time or visit.finished_at
    if is_clock_wrong(device_time, tx.now, offline=visit.offline) or is_clock_wrong(visit.finished_at, tx.now, offline=True):
        yield warn("device_clock_wrong", caller)
    if tx.now - visit.finished_at > _OFFLINE_DAYS:
        yield warn("form_late", caller)


def about_closing(scene: Scene, caller: Caller) -> Iterable[Warned]:
    """That nobody is there any more who could put something right."""
    if scene.closed_on is not None:
        yield warn("site_closed_since", caller)


def about_answers(visit: NewVisit, checklist: Checklist, scene: Scene, caller: Caller) -> Iterable[Warned]:
    """What was left out, and what contradicts the ledger."""
    answered = {answer.item for answer in visit.answers}
    asked = {item.code for item in checklist.items if checklist.applies(item, scene.tenancy.kind, scene.facts)}
    if answered and (missing := len(asked - answered)):
        yield warn("items_not_answered", caller, count=missing)
    for answer in visit.answers:
        item = checklist.by_code[answer.item]
        if answer.answer is Answer.FAIL and item.only_with and item.code not in asked:
            yield warn("ledger_says_absent", caller, item.code, fact=item.only_with)


def about_hazards(hazards: Sequence[Hazard], earlier: dict[str, Earlier], caller: Caller) -> Iterable[Warned]:
    """What is known already, and which days may move."""
    for hazard in hazards:
        known = earlier.get(hazard.card.item)
        if known is not None and known.closed_at is None:
            yield warn("same_item_open", caller, hazard.card.item, number=known.number)
        if not hazard.due_certain:
            yield warn("due_uncertain", caller, hazard.card.item)
