"""What if: the same function asked again with other facts, on today or on a later day; nothing is stored."""

from datetime import date
from uuid import UUID

from services.grading.case import Case
from services.grading.domain.assessment import assess
from services.grading.domain.course import Course, Decision, Rules
from services.grading.domain.days import iso_of
from services.grading.domain.improvement import SUPPOSED
from services.grading.domain.registers import FACT, HAZARD, SEQUENCE, Value, Write, known
from services.grading.presenting import Shown, graded
from services.grading.rulings import rules_in_force
from services.grading.scope import seen_site
from services.grading.views.graded import Graded
from services.grading.views.matters import SupposedFact, Supposition
from shared.contracts.vocabulary import UNKNOWN, GradeCause
from shared.database import Transaction as Tx
from shared.errors import Refused
from shared.web import Caller

_FARTHEST_DAYS = 366


class FactUndeclared(Refused):
    """The policy asks nothing under this key."""

    code = "fact_undeclared"
    zh = "现行分级规则没有名为“{key}”的要素"
    en = "The policy knows no fact named {key}"


class HazardNotOpen(Refused):
    """Only an open hazard of the site can be supposed closed."""

    code = "hazard_not_open"
    zh = "该场所没有这条未销号的隐患"
    en = "The site has no such open hazard"


class DayOutOfReach(Refused):
    """One supposes from today on, for a year at most."""

    code = "day_out_of_reach"
    zh = "推演日期应在今天起一年以内"
    en = "The day must lie within a year from today"


async def suppose(site_id: UUID, body: Supposition, caller: Caller, tx: Tx) -> Graded:
    """The level as it would be; the movement over the days until then included."""
    row = await seen_site(site_id, caller, tx)
    rules = await rules_in_force(tx)
    course, today = Case.of(row).course, tx.today
    until = body.on or today
    if not today <= until <= date.fromordinal(today.toordinal() + _FARTHEST_DAYS):
        raise DayOutOfReach(pointer="/on")
    decisions = course.pass_days(today.toordinal() - 1, rules)
    _suppose(site_id, course, body, today.toordinal(), rules)
    decisions += course.decide(today.toordinal(), rules.on(today.toordinal()), rules.working_days, GradeCause.FACT)
    decisions += _until(course, today.toordinal(), until.toordinal(), rules)
    answer = assess(course.facts, rules.on(course.day), course.day, course.anchor, rules.working_days)
    moved = [decision.day for decision in decisions if decision.before != decision.assessment.level]
    stored = {"revision": row["revision"], "level_since": date.fromordinal(moved[-1]) if moved else row["level_since"]}
    return graded(Shown(site_id, course, answer, course.anchor, stored), rules)


def _until(course: Course, today: int, until: int, rules: Rules) -> list[Decision]:
    """The days from today on, and the policies that begin to grade meanwhile."""
    decisions: list[Decision] = []
    for start in sorted({start for start, _ in rules.policies if today < start <= until}):
        decisions += course.pass_days(start - 1, rules)
        decisions += course.decide(start, rules.on(start), rules.working_days, GradeCause.POLICY)
    return decisions + course.pass_days(until, rules)


def _suppose(site_id: UUID, course: Course, body: Supposition, today: int, rules: Rules) -> None:
    """Fold the supposed facts as if they had just been heard, so that the movement is the true one."""
    writes = [_answer(site_id, course, key, fact, today) for key, fact in body.facts.items() if _is_declared(key, today, rules)]
    for number, hazard in enumerate(body.close_hazards):
        writes += _closed(site_id, course, str(hazard), today, f"/close_hazards/{number}")
    if body.visited:
        writes.append(_next(site_id, course, "visit", "patrol", {"on": iso_of(today)}))
    course.facts.fold(writes, today)


def _is_declared(key: str, today: int, rules: Rules) -> bool:
    if key not in rules.on(today).document.facts:
        raise FactUndeclared(key=key, pointer=f"/facts/{key}")
    return True


def _answer(site_id: UUID, course: Course, key: str, fact: SupposedFact, today: int) -> Write:
    value = None if fact.value == UNKNOWN else fact.value
    told = known({"value": value, "qty": fact.qty, "since": iso_of(today), "verified": fact.verified or None})
    return _next(site_id, course, FACT, key, told)


def _closed(site_id: UUID, course: Course, name: str, today: int, pointer: str) -> list[Write]:
    hazard = course.facts.value(HAZARD, name)
    if hazard is None or hazard["state"] in {"closed", "rejected"}:
        raise HazardNotOpen(pointer=pointer)
    ended = {"on": iso_of(today), "overdue_days": 0}
    return [
        _next(site_id, course, HAZARD, name, hazard | {"state": "closed"}),
        _next(site_id, course, "hazard_ended", name, ended),
    ]


def _next(site_id: UUID, course: Course, family: str, name: str, value: Value | None) -> Write:
    register = course.facts.current.get(family, {}).get(name)
    return Write(site_id, family, name, 1 if register is None else register[SEQUENCE] + 1, SUPPOSED, value)
