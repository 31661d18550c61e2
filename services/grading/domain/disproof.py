"""What was declared and then disproved: an answer better than the truth that a visit found to be false counts for a while."""

from collections.abc import Sequence
from itertools import pairwise

from services.grading.domain.axes import Contribution, contributions
from services.grading.domain.days import day_of
from services.grading.domain.language import Environment
from services.grading.domain.policy.compiled import Policy, Rules
from services.grading.domain.registers import EVENT, FACT, SEQUENCE, VALUE, Overwritten, Value

Answer = tuple[int, str, Value]
"""Sequence, event, and what was answered."""


def disproved(env: Environment, rules: Rules, policy: Policy, past: Sequence[Overwritten]) -> list[Contribution]:
    """Required answers that nobody had verified, that were better than the truth, and that the next verified one contradicts."""
    rule, found = policy.document.inherent.disproved, []
    for key, answers in sorted(_answers(env, policy, past).items()):
        for before, after in pairwise(answers):
            since = day_of(after[2]["since"])
            if env.today > since + rule.days or not _is_contradicted(before[2], after[2]):
                continue
            if _risk_with(env, rules, key, before[2]) < _risk_with(env, rules, key, after[2]):
                env.horizon = min(env.horizon, since + rule.days + 1)
                found.append(Contribution(rule.id, key, after[1], policy.disproved_points, since))
    return found


def _answers(env: Environment, policy: Policy, past: Sequence[Overwritten]) -> dict[str, list[Answer]]:
    """What was said under each required key whose answer has changed, in order."""
    answers: dict[str, list[Answer]] = {}
    for entry in past:
        if entry.family == FACT and entry.name in policy.required:
            answers.setdefault(entry.name, []).append((entry.sequence, entry.event, entry.value))
    for key, known in answers.items():
        standing = env.facts.get(key)
        if standing is not None and standing[VALUE] is not None:
            known.append((standing[SEQUENCE], standing[EVENT], standing[VALUE]))
        known.sort(key=lambda answer: answer[:2])
    return answers


def _is_contradicted(before: Value, after: Value) -> bool:
    return (
        "verified" not in before
        and "verified" in after
        and before.get("value") is not None
        and before.get("value") != after.get("value")
    )


def _risk_with(env: Environment, rules: Rules, key: str, value: Value) -> int:
    """The inherent points with one answer as it was."""
    register = [0, "", 0, value]
    known = {**env.answers, key: value["value"]} if "value" in value else {**env.answers}
    supposed = Environment({**env.facts, key: register}, known, env.site, env.records, env.today)
    return sum(part.points for part in contributions(rules, supposed))
