"""The assessment in words: what a landlord or a tenant reads, in Chinese first, made from the policy's own texts."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from services.grading.domain.assessment import LEVELS, Assessment
from services.grading.domain.axes import Contribution
from services.grading.domain.days import iso_of
from services.grading.domain.improvement import Improvement, Step
from services.grading.domain.policy.compiled import BANDS, Policy

_EN_LEVELS: Final = ("blue", "yellow", "orange", "red")
_MOST_REASONS: Final = 5
_MISSING: Final = {
    "waiting_time": ("满足观察期", "the waiting time"),
    "overdue_hazard": ("整改逾期隐患", "no overdue hazard"),
    "visit": ("接受一次现场核查", "a visit on site"),
    "margin": ("管理得分高出分数线3分", "a score well above the line"),
}


def points_of(hundredths: int) -> Decimal:
    """Points as people write them: 3, 0.5, 88.25."""
    value = Decimal(hundredths) / 100
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def rule_text(policy: Policy, rule: str, *, zh: bool = True) -> str:
    """What a rule says, as its policy has it."""
    found: Any = policy.texts.get(rule)
    return rule if found is None else (found.zh if zh else found.en)


def step_text(policy: Policy, step: Step, *, zh: bool = True) -> str:
    """What there is to do, with the hazard's number where there is one."""
    remedy = policy.remedies[step.rule]
    return (remedy.zh if zh else remedy.en).replace("{number}", step.number or "").strip()


def sentence(assessment: Assessment, improvements: Sequence[Improvement], name: str, *, zh: bool = True) -> str:
    """One paragraph that tells the level, why, what would better it, and what comes."""
    parts = (_level, _reasons, _what_to_do, _what_comes)
    return ("" if zh else " ").join(text for part in parts if (text := part(assessment, improvements, name, zh)))


def _level(assessment: Assessment, _improvements: Sequence[Improvement], name: str, zh: bool) -> str:  # noqa: FBT001
    level = LEVELS[assessment.level]
    by_hand = assessment.override is not None and not assessment.vetoes
    if zh:
        how = "（人工调整）" if by_hand else ""
        return f"「{name}」自{iso_of(_since(assessment))}起安全等级为{level.zh}色（{level.letter}级）{how}。"
    return f'"{name}" has been {_EN_LEVELS[assessment.level]} (class {level.letter}) since {iso_of(_since(assessment))}{" (set by hand)" if by_hand else ""}.'


def _since(assessment: Assessment) -> int:
    by_hand = assessment.override is not None and not assessment.vetoes
    return assessment.override.since if by_hand and assessment.override else assessment.standing.since


def _reasons(assessment: Assessment, _improvements: Sequence[Improvement], _name: str, zh: bool) -> str:  # noqa: FBT001
    policy = assessment.policy
    vetoes = [_numbered(rule_text(policy, veto.rule, zh=zh), veto.number, zh=zh) for veto in assessment.vetoes]
    costs = [_cost(policy, part, zh=zh) for part in _greatest(assessment.deductions)]
    risks = [_cost(policy, part, zh=zh) for part in _greatest(assessment.inherent)]
    band = BANDS[assessment.band]
    if zh:
        said = f"一票否决事项：{'；'.join(dict.fromkeys(vetoes))}。" if vetoes else ""
        said += f"管理得分{points_of(assessment.score)}分{'，扣分：' + '、'.join(costs) if costs else ''}。"
        return (
            said
            + f"固有风险{points_of(assessment.inherent_points)}分（{band.name}，{band.zh}）{'：' + '、'.join(risks) if risks else ''}。"
        )
    said = f"Veto: {'; '.join(dict.fromkeys(vetoes))}. " if vetoes else ""
    said += f"Management score {points_of(assessment.score)}{', less ' + ', '.join(costs) if costs else ''}. "
    return (
        said + f"Inherent risk {points_of(assessment.inherent_points)} ({band.name}){': ' + ', '.join(risks) if risks else ''}."
    )


def _what_to_do(assessment: Assessment, improvements: Sequence[Improvement], _name: str, zh: bool) -> str:  # noqa: FBT001
    if not improvements:
        return ""
    nearest = improvements[0]
    steps = list(dict.fromkeys(step_text(assessment.policy, step, zh=zh) for step in nearest.steps))
    gives = LEVELS[nearest.gives]
    if zh:
        return f"完成以下整改后可评为{gives.zh}色：{'；'.join(steps)}。"
    return f"To be rated {gives.value}: {'; '.join(steps)}."


def _what_comes(assessment: Assessment, _improvements: Sequence[Improvement], _name: str, zh: bool) -> str:  # noqa: FBT001
    if assessment.warned:
        to, day = LEVELS[assessment.warned.level], iso_of(assessment.warned.day)
        return f"如不改善，自{day}起将降为{to.zh}色。" if zh else f"Unless it improves, it becomes {to.value} on {day}."
    rise = assessment.rise
    if rise is None:
        return ""
    missing = [_MISSING[name][0 if zh else 1] for name in rise.missing]
    to = LEVELS[rise.to]
    if zh:
        return f"最早于{iso_of(rise.day)}升为{to.zh}色，尚需：{'、'.join(missing)}。"
    return f"It can become {to.value} on {iso_of(rise.day)} at the earliest; still needed: {', '.join(missing)}."


def _greatest(parts: Iterable[Contribution]) -> list[Contribution]:
    return sorted(parts, key=lambda part: (-part.points, part.since, part.rule, part.fact or ""))[:_MOST_REASONS]


def _cost(policy: Policy, part: Contribution, *, zh: bool) -> str:
    text = rule_text(policy, part.rule, zh=zh)
    if part.rule == policy.unknown_rule and part.fact in policy.document.facts:
        fact = policy.document.facts[part.fact]
        text += f"（{fact.zh}）" if zh else f" ({fact.en})"
    return (
        f"{_numbered(text, part.number, zh=zh)}{points_of(part.points)}{'分' if zh else ''}"
        if zh
        else (f"{_numbered(text, part.number, zh=zh)} {points_of(part.points)}")
    )


def _numbered(text: str, number: str | None, *, zh: bool) -> str:
    if number is None:
        return text
    return f"{text}（隐患{number}）" if zh else f"{text} (hazard {number})"
