"""The two axes: what a site is and how it is run, each as a sum of contributions that name rule, fact and event."""

from collections.abc import Sequence
from typing import NamedTuple

from services.grading.domain.days import day_of
from services.grading.domain.language import Environment
from services.grading.domain.policy.compiled import CompiledCase, CompiledRule, Policy, Rules
from services.grading.domain.registers import EVENT, VALUE, Register


class Contribution(NamedTuple):
    """What one rule adds: hundredths of a point, the fact or record it saw, the event that said so, and since when."""

    rule: str
    fact: str | None
    event: str | None
    points: int
    since: int
    number: str | None = None


def inherent_risk(env: Environment, rules: Rules, policy: Policy) -> list[Contribution]:
    """What the site is: its contributions, those of what is unknown included."""
    found = contributions(rules, env)
    _unknown(env, policy, found)
    return found


def management_score(
    env: Environment, deducting: Rules, bettering: Rules, policy: Policy
) -> tuple[int, list[Contribution], list[Contribution]]:
    """The score of the second axis, its deductions and its bonuses."""
    deductions, bonuses = contributions(deducting, env), contributions(bettering, env)
    score = policy.full - sum([part.points for part in deductions])
    if bonuses:
        score += min(policy.most_bonus, sum([part.points for part in bonuses]))
    return max(0, min(policy.full, score)), deductions, bonuses


def contributions(rules: Rules, env: Environment) -> list[Contribution]:
    """What the rules contribute, each cut at its limit."""
    found = []
    for holds, identity, keys, points in rules.plain.by(env.answers):
        env.became = 0
        if holds is None or holds(env) is True:
            found.append(_of_site(identity, keys, points, env))
    for owner, records in env.records.items():
        if records and owner in rules.by_record:
            for rule in rules.by_record[owner]:
                if parts := _of_records(rule, owner, rule.of_records[0][1], env):
                    _add(found, parts, rule.most)
    for rule in rules.others:
        if parts := _of_several(rule, env):
            _add(found, parts, rule.most)
    return found


def _of_several(rule: CompiledRule, env: Environment) -> list[Contribution]:
    """A rule about the site and about records, or about several kinds of records."""
    parts: list[Contribution] = []
    for owner, cases in rule.of_records:
        if owner in env.records:
            parts += _of_records(rule, owner, cases, env)
    for case in rule.of_site:
        env.became = 0
        if case.holds(env) is True:
            parts.append(_of_site(rule.id, rule.keys, case.points, env))
    return parts


def _add(found: list[Contribution], parts: list[Contribution], most: int) -> None:
    found.extend(parts if sum([part.points for part in parts]) <= most else _limited(parts, most))


def _of_records(rule: CompiledRule, owner: str, cases: Sequence[CompiledCase], env: Environment) -> list[Contribution]:
    guard, common, parts = rule.guard, rule.common, []
    for record in env.records[owner]:
        if guard is not None and guard.fields(record) != guard.wanted:
            continue
        setattr(env, owner, record)
        if common is not None and common(env) is not True:
            continue
        for case in cases:
            if case.holds(env) is True:
                points = _points(rule, case.points if case.amount is None else case.amount(env), env)
                if points:
                    since = record.since if case.amount is None else getattr(record, "late_since", record.since)
                    number = getattr(record, "number", None)
                    parts.append(Contribution(rule.id, record.name, record.event, points, since, number))
    return parts


def _points(rule: CompiledRule, points: int, env: Environment) -> int:
    if rule.twice is not None and rule.twice[1](env) is True:
        points *= rule.twice[0]
    if rule.lingers is not None:
        ended = rule.lingers[0](env)
        if ended is not None:
            last = ended + rule.lingers[1]
            if env.today > last:
                return 0
            env.horizon = min(env.horizon, last + 1)
            points = points * rule.lingers[2] // 100
    return points


def _limited(parts: list[Contribution], most: int) -> list[Contribution]:
    """The greatest first, in an order that does not depend on how they arrived, and no more than the limit."""
    kept = []
    for part in sorted(parts, key=lambda part: (-part.points, part.since, part.fact or "")):
        if most <= 0:
            break
        kept.append(part if part.points <= most else part._replace(points=most))
        most -= part.points
    return kept


def _of_site(rule: str, keys: tuple[str, ...], points: int, env: Environment) -> Contribution:
    """The fact of a site's rule is the first that is known; a rule that holds by time alone holds since then."""
    for key in keys:
        if key in env.answers:
            register = env.facts[key]
            return Contribution(rule, key, register[EVENT], points, env.became or day_of(register[VALUE]["since"]))
    return Contribution(rule, keys[0] if keys else None, None, points, env.became or env.site.registered_on or env.today)


def _since(register: Register) -> int:
    return day_of(register[VALUE]["since"])


def _unknown(env: Environment, policy: Policy, found: list[Contribution]) -> None:
    if env.site.kind not in policy.unknown_kinds:
        return
    missing = [key for key in policy.required if key not in env.answers]
    left = policy.unknown_most
    for key in missing:
        points = min(left, policy.unknown_points)
        if points <= 0:
            break
        left -= points
        register = env.facts.get(key)
        if register is not None and register[VALUE] is not None:
            found.append(Contribution(policy.unknown_rule, key, register[EVENT], points, _since(register)))
        else:
            found.append(Contribution(policy.unknown_rule, key, None, points, env.site.registered_on or env.today))
