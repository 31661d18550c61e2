"""What grading says of its decisions: a level that changed, a drop that is coming, an adjustment that ran out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any
from uuid import UUID

from services.grading.case import Case, Kept
from services.grading.domain.assessment import LEVELS, Assessment
from services.grading.domain.axes import Contribution
from services.grading.domain.course import Rules
from services.grading.domain.days import NEVER
from services.grading.domain.explanation import points_of
from services.grading.domain.improvement import Improvement, improvements
from services.grading.domain.policy.compiled import BANDS, CompiledFrequency, Policy
from services.grading.domain.standing import VetoInForce
from services.grading.store import chains
from shared.contracts import vocabulary as words
from shared.contracts.grading import GradeChanged, GradeWarned, OverrideExpired
from shared.contracts.vocabulary import VisitType
from shared.database import Transaction

_silent: ContextVar[bool] = ContextVar("_silent", default=False)


@contextmanager
def in_silence() -> Iterator[None]:
    """Decisions in here are kept and told to nobody: for a replay."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


async def say_decisions(tx: Transaction, cases: Sequence[Case], rules: Rules) -> None:
    """Say what others must know of the new decisions."""
    spoken = [(case, kept) for case in cases for kept in case.decisions if kept.is_said]
    if not spoken or _silent.get():
        return
    landlords = {UUID(card["landlord_site"]) for case, _ in spoken if "landlord_site" in (card := _card(case))}
    parties = await chains.parties_of(tx, sorted(landlords))
    for case, kept in spoken:
        _say(tx, case, kept, rules, _graded(case, parties))


def _say(tx: Transaction, case: Case, kept: Kept, rules: Rules, graded: Mapping[str, Any]) -> None:
    decision, answer = kept.decision, kept.decision.assessment
    better = improvements(case.course.facts, answer.policy, decision.anchor, answer, rules.working_days)
    if decision.before != answer.level:
        tx.say(_changed(kept, graded, better), sequence=kept.revision, because_of=kept.because_of)
    if decision.warned is not None:
        tx.say(_warned(kept, graded, better), sequence=kept.revision, because_of=kept.because_of)
    if decision.override_ended is not None:
        ended = OverrideExpired(
            **graded, override_id=words.OverrideId(UUID(decision.override_ended)), expired_on=date.fromordinal(decision.day)
        )
        tx.say(ended, sequence=2, because_of=kept.because_of)


def _changed(kept: Kept, graded: Mapping[str, Any], better: Sequence[Improvement]) -> GradeChanged:
    decision, answer = kept.decision, kept.decision.assessment
    return GradeChanged(
        **graded,
        from_=None if decision.before is None else LEVELS[decision.before],
        to=LEVELS[answer.level],
        inherent=words.InherentRisk(points=float(points_of(answer.inherent_points)), band=BANDS[answer.band]),
        management=words.ManagementScore(score=float(points_of(answer.score))),
        cell=answer.cell.name,
        vetoes=tuple(veto_of(answer.policy, veto) for veto in answer.vetoes),
        reasons=reasons_of(answer),
        to_improve=tuple(improvement_of(item) for item in better),
        cause=decision.cause,
        manual=answer.override is not None and not answer.vetoes,
        policy=decision.policy,
        revision=kept.revision,
        effective_from=date.fromordinal(decision.day),
        valid_until=None if answer.valid_until == NEVER else date.fromordinal(answer.valid_until),
        frequencies=frequencies_of(answer.frequencies),
    )


def _warned(kept: Kept, graded: Mapping[str, Any], better: Sequence[Improvement]) -> GradeWarned:
    answer, warned = kept.decision.assessment, kept.decision.warned
    assert warned is not None  # noqa: S101 - the caller has looked
    return GradeWarned(
        **graded,
        from_=LEVELS[answer.level],
        to=LEVELS[warned.level],
        reasons=reasons_of(answer),
        to_improve=tuple(improvement_of(item) for item in better),
        policy=kept.decision.policy,
        revision=kept.revision,
        notice_until=date.fromordinal(warned.day),
    )


def _card(case: Case) -> Mapping[str, Any]:
    return case.course.facts.value("site", "card") or {}


def _graded(case: Case, parties: Mapping[UUID, UUID]) -> dict[str, Any]:
    card = _card(case)
    landlord = UUID(card["landlord_site"]) if "landlord_site" in card else None
    return {
        "site_id": case.site_id,
        "kind": card.get("kind"),
        "party_id": card.get("party"),
        "landlord_site_id": landlord,
        "landlord_party_id": None if landlord is None else parties.get(landlord),
        "grid_id": card.get("grid"),
    }


def reasons_of(answer: Assessment) -> tuple[words.Reason, ...]:
    """Every contribution of both axes; what betters counts below zero. The greatest first."""
    parts = [
        *((part, 1) for part in answer.deductions),
        *((part, -1) for part in answer.bonuses),
        *((part, 1) for part in answer.inherent),
    ]
    return tuple(_reason(answer.policy, part, sign) for part, sign in sorted(parts, key=_greatest_first))


def _greatest_first(signed: tuple[Contribution, int]) -> tuple[Any, ...]:
    part, sign = signed
    return (-part.points * sign, part.since, part.rule, part.fact or "")


def _reason(policy: Policy, part: Contribution, sign: int) -> words.Reason:
    return words.Reason(
        rule=part.rule,
        fact=part.fact,
        points=float(points_of(part.points * sign)),
        since=date.fromordinal(part.since),
        event_id=_event_id(part.event),
        number=part.number,
        clause=getattr(policy.texts.get(part.rule), "clause", None),
    )


def veto_of(policy: Policy, veto: VetoInForce) -> words.Veto:
    """A veto in the words of the contract."""
    return words.Veto(
        rule=veto.rule,
        fact=veto.subject,
        since=date.fromordinal(veto.since),
        event_id=_event_id(veto.event),
        number=veto.number,
        clause=getattr(policy.texts.get(veto.rule), "clause", None),
    )


def improvement_of(item: Improvement) -> words.Improvement:
    """A way to a better level in the words of the contract."""
    steps = tuple(words.Step(action=step.action, fact=step.fact, number=step.number) for step in item.steps)
    return words.Improvement(change=steps, gives=LEVELS[item.gives])


def frequencies_of(chosen: Mapping[VisitType, Iterable[CompiledFrequency]]) -> tuple[words.Frequency, ...]:
    """How often at least, for the visits that have a period."""
    return tuple(
        words.Frequency(visit_type=visit, times=each.row.times, every=each.row.every, period=each.row.period)
        for visit, rows in chosen.items()
        for each in rows
        if each.row.period is not None
    )


def _event_id(event: str | None) -> words.EventId | None:
    return None if event is None else words.EventId(UUID(event))
