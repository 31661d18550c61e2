"""Vetoes: red at once, until a certified officer has seen the end of the cause or has lifted it.

A veto is raised by a condition and then stays on its own feet: that the condition no longer holds does not end it,
unless the end is one that counts. What came and went within one day has been there: the values that were written over
today are asked too, so that the answer does not depend on the order or the portions in which events arrived.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Any, Final, NamedTuple

from services.grading.domain.days import day_of
from services.grading.domain.hazards import hazards_of
from services.grading.domain.language import Condition, Environment
from services.grading.domain.picture import picture
from services.grading.domain.policy.compiled import CompiledVeto, Policy, VetoRules
from services.grading.domain.registers import (
    EVENT,
    FACT,
    HAZARD,
    HEARD,
    SEQUENCE,
    VALUE,
    Families,
    Overwritten,
    Register,
    Registers,
)
from services.grading.domain.standing import Standing, VetoInForce

LIFT: Final = "lift"
_MOST_VIEWS: Final = 64

Key = tuple[str, str]
Lifted = set[tuple[str, str | None]]


class Vetoes(NamedTuple):
    """Those in force, and whether one that was in force today or when the day began has ended."""

    in_force: tuple[VetoInForce, ...]
    ended: bool


_NONE: Final = Vetoes((), ended=False)


def vetoes_in_force(env: Environment, rules: VetoRules, facts: Registers, last: Standing | None, policy: Policy) -> Vetoes:
    """What makes the site red today."""
    current = facts.current
    raised = _raised(env, rules)
    today = [entry for entry in facts.past if entry.day == env.today] if facts.past else []
    if not (raised or today or (last is not None and last.vetoes)):
        return _NONE
    now = {(veto.rule, veto.subject): veto for veto in raised}
    lifts = [register for register in current.get(LIFT, {}).values() if register[VALUE]]
    lifted, lifted_before = _lifted(lifts), _lifted(register for register in lifts if register[HEARD] < env.today)
    earlier = {(veto.rule, veto.subject): veto for veto in _raised_earlier(env, current, today, policy, rules)} if today else {}
    was = {key: veto for key, veto in (earlier | now).items() if (veto.rule, veto.event) not in lifted_before}
    was |= {(veto.rule, veto.subject): veto for veto in last.vetoes} if last else {}
    kept = {
        key: veto
        for key, veto in was.items()
        if key not in now and veto.rule in rules.by_id and not _has_ended(veto, rules.by_id[veto.rule], current, lifted)
    }
    standing = {key: veto for key, veto in now.items() if (veto.rule, veto.event) not in lifted} | kept
    return Vetoes(tuple(standing[key] for key in sorted(standing)), ended=any(key not in standing for key in was))


def _lifted(lifts: Iterable[Register]) -> Lifted:
    """Rules with the events on which they stood: of two vetoes that one event has raised, each is lifted by its own."""
    return {(register[VALUE]["rule"], event) for register in lifts for event in register[VALUE]["events"]}


def _raised(env: Environment, rules: VetoRules) -> list[VetoInForce]:
    found = _raised_by_records(env, rules)
    for rule, holds in rules.of_site.by(env.answers):
        env.became = 0
        if holds(env) is True:
            found.append(_of_site(rule, holds, env))
    return found


def _raised_by_records(env: Environment, rules: VetoRules) -> list[VetoInForce]:
    found = []
    for owner, vetoes in rules.of_records:
        for record in env.records.get(owner, ()):
            # A hazard makes a veto only once people have determined it to be major; the software names candidates.
            if owner == HAZARD and not record.major:
                continue
            setattr(env, owner, record)
            for rule, holds in vetoes:
                if holds(env) is True:
                    number = getattr(record, "number", None)
                    found.append(VetoInForce(rule.id, record.name, record.event, record.since, number))
    return found


def _of_site(rule: CompiledVeto, holds: Condition, env: Environment) -> VetoInForce:
    """It is about the first fact that the rule names; the newest of those without which it would not hold said so."""
    subject, became = rule.keys[0] if rule.keys else rule.id, env.became
    known = [key for key in rule.keys if (register := env.facts.get(key)) and register[VALUE]]
    if not known:
        return VetoInForce(rule.id, subject, None, became or env.site.registered_on or env.today, None)
    needed = [key for key in known if not _holds_without(key, holds, env)] if len(known) > 1 else known
    newest = max((env.facts[key] for key in needed or known), key=lambda register: (register[SEQUENCE], register[EVENT]))
    return VetoInForce(rule.id, subject, newest[EVENT], became or day_of(newest[VALUE]["since"]), None)


def _holds_without(key: str, holds: Condition, env: Environment) -> bool:
    answers = {other: answer for other, answer in env.answers.items() if other != key}
    return holds(Environment(env.facts, answers, env.site, env.records, env.today)) is True


def _raised_earlier(
    env: Environment, current: Families, today: Sequence[Overwritten], policy: Policy, rules: VetoRules
) -> Iterator[VetoInForce]:
    """The site as it could have been seen earlier today: each hazard as it was, and every mixture of the other values."""
    view = Environment(env.facts, env.answers, env.site, {}, env.today)
    for entry in today:
        if entry.family == HAZARD:
            view.records = {HAZARD: hazards_of({entry.name: _register(entry)}, current, view)}
            yield from _raised_by_records(view, rules)
    for mixture in _mixtures(current, [entry for entry in today if entry.family != HAZARD]):
        yield from _raised(picture(mixture, env.today, policy), rules)


def _mixtures(current: Families, overwritten: Sequence[Overwritten]) -> Iterator[Families]:
    values: dict[Key, list[Any]] = {}
    for entry in sorted(overwritten, key=lambda entry: entry[:5]):
        values.setdefault((entry.family, entry.name), [None]).append(_register(entry))
    for mixture in islice(product(*values.values()), 1, _MOST_VIEWS):
        mixed = dict(current)
        for (family, name), register in zip(values, mixture, strict=True):
            if register is not None:
                mixed[family] = {**mixed[family], name: register}
        yield mixed


def _register(entry: Overwritten) -> list[Any]:
    return [entry.sequence, entry.event, entry.day, entry.value]


def _has_ended(veto: VetoInForce, rule: CompiledVeto, current: Families, lifted: Lifted) -> bool:
    """Its condition no longer holds; whether that counts depends on who has seen it."""
    if rule.ends_by_time or (veto.rule, veto.event) in lifted:
        return True
    if rule.trusted and veto.subject in current.get(rule.trusted, {}):
        return True
    if rule.approvers > 1:
        return False
    facts = current.get(FACT, {})
    newest = max(
        (facts[key] for key in rule.keys if key in facts),
        key=lambda register: (register[SEQUENCE], register[EVENT]),
        default=None,
    )
    return newest is None or newest[VALUE] is None or "verified" in newest[VALUE]
