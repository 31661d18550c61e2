"""From an assessment to an answer: texts from the policy, points as people write them, days as dates."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.grading.domain.assessment import LEVELS, Assessment
from services.grading.domain.axes import Contribution
from services.grading.domain.course import Course, Rules
from services.grading.domain.days import NEVER
from services.grading.domain.explanation import points_of, rule_text, sentence, step_text
from services.grading.domain.improvement import SUPPOSED, Improvement, improvements
from services.grading.domain.policy import Policy
from services.grading.domain.policy.compiled import BANDS
from services.grading.domain.standing import Standing, VetoInForce
from services.grading.store.arrays import Row
from services.grading.views.graded import (
    FrequencyView,
    Graded,
    ImprovementView,
    Inherent,
    Management,
    OverrideView,
    Part,
    RiseView,
    StepView,
    Text,
    VetoView,
    Warned,
)


class Shown(NamedTuple):
    """An assessment of a site, what it was made from, and what only the stored row knows."""

    site_id: UUID
    course: Course
    answer: Assessment
    anchor: Standing | None
    stored: Row


def graded(shown: Shown, rules: Rules) -> Graded:
    """The whole answer."""
    site_id, course, answer, anchor, stored = shown
    policy = answer.policy
    better = improvements(course.facts, policy, anchor, answer, rules.working_days)
    card = course.facts.value("site", "card") or {}
    level, name = LEVELS[answer.level], card.get("name") or str(site_id)
    since: date = stored["level_since"]
    return Graded(
        site_id=site_id,
        name=card.get("name"),
        level=level,
        letter=level.letter,
        since=since,
        revision=stored.get("revision", 0),
        decided_on=date.fromordinal(answer.today),
        is_followed=course.is_followed,
        inherent=Inherent(
            points=float(points_of(answer.inherent_points)),
            band=BANDS[answer.band],
            band_of=[UUID(site) for site in sorted(answer.band_of)],
            facts=_parts(answer, answer.inherent),
        ),
        management=Management(
            score=float(points_of(answer.score)),
            deductions=_parts(answer, answer.deductions),
            bonuses=_parts(answer, answer.bonuses),
        ),
        vetoes=[_veto(policy, veto) for veto in answer.vetoes],
        cell=answer.cell.name,
        by_rules=LEVELS[answer.standing.level],
        policy=policy.id,
        valid_until=None if answer.valid_until == NEVER else date.fromordinal(answer.valid_until),
        warned=answer.warned and Warned(to=LEVELS[answer.warned.level], from_date=date.fromordinal(answer.warned.day)),
        rise=answer.rise
        and RiseView(to=LEVELS[answer.rise.to], from_date=date.fromordinal(answer.rise.day), missing=list(answer.rise.missing)),
        override=_override(answer),
        to_improve=[_improvement(policy, item) for item in better],
        frequencies=list(_frequencies(answer, course)),
        explanation=Text(zh=sentence(answer, better, name, since), en=sentence(answer, better, name, since, zh=False)),
    )


def text_of(policy: Policy, rule: str) -> Text:
    """A rule's text in both languages."""
    return Text(zh=rule_text(policy, rule), en=rule_text(policy, rule, zh=False))


def _parts(answer: Assessment, parts: Iterable[Contribution]) -> list[Part]:
    policy = answer.policy
    ordered = sorted(parts, key=lambda part: (-part.points, part.since, part.rule, part.fact or ""))
    return [
        Part(
            rule=part.rule,
            text=text_of(policy, part.rule),
            fact=part.fact,
            name=answer.names.get(part.fact or ""),
            points=float(points_of(part.points)),
            since=date.fromordinal(part.since),
            event_id=_event_id(part.event),
            number=part.number,
            clause=getattr(policy.texts.get(part.rule), "clause", None),
        )
        for part in ordered
    ]


def _veto(policy: Policy, veto: VetoInForce) -> VetoView:
    return VetoView(
        rule=veto.rule,
        text=text_of(policy, veto.rule),
        fact=veto.subject,
        since=date.fromordinal(veto.since),
        event_id=_event_id(veto.event),
        number=veto.number,
        clause=getattr(policy.texts.get(veto.rule), "clause", None),
    )


def _event_id(event: str | None) -> UUID | None:
    """What is only supposed was said by no event."""
    return None if event in {None, SUPPOSED} else UUID(event)


def _override(answer: Assessment) -> OverrideView | None:
    override = answer.override
    if override is None:
        return None
    return OverrideView(
        id=UUID(override.id),
        level=LEVELS[override.level],
        from_date=date.fromordinal(override.since),
        until=date.fromordinal(override.until),
    )


def _improvement(policy: Policy, item: Improvement) -> ImprovementView:
    steps = [
        StepView(
            action=step.action,
            text=Text(zh=step_text(policy, step), en=step_text(policy, step, zh=False)),
            fact=step.fact,
            number=step.number,
        )
        for step in item.steps
    ]
    return ImprovementView(change=steps, gives=LEVELS[item.gives])


def _frequencies(answer: Assessment, course: Course) -> Iterable[FrequencyView]:
    ceiling = _ceiling(answer.policy, course)
    for visit, rows in answer.frequencies.items():
        for each in rows:
            row = each.row
            yield FrequencyView(
                visit_type=visit.value,
                times=row.times if row.period else None,
                every=row.every if row.period else None,
                period=row.period.value if row.period else None,
                scope=row.scope,
                first_within_days=row.first_within_days,
                by=row.by,
                ceiling_per_year=ceiling if visit.value == "admin_inspection" else None,
            )


def _ceiling(policy: Policy, course: Course) -> int | None:
    """The legal ceiling of inspections a year; where nobody knows the industry's risk, the lower one."""
    table = policy.document.ceiling
    high = (course.facts.value("fact", "high_risk") or {}).get("value") is True
    level = (course.facts.value("fact", "standardisation") or {}).get("value", "none")
    chosen = table.high_risk if high else table.other
    return chosen.get(level, chosen.get("none"))
