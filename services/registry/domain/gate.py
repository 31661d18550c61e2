"""The automatic part of the admission gate: handbook clauses and rules as data, and what they say about one application."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import Formatter
from typing import Any, Final

from services.registry.domain.building import Answer
from services.registry.domain.conditions import Condition, ConditionWrong, Facts, answer, names
from shared.contracts.vocabulary import CheckResult


class Moment(StrEnum):
    """When a rule is asked."""

    SUBMIT = "submit"
    ACTIVATE = "activate"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the handbook, in force from a date and perhaps until one."""

    number: str
    title: str
    text: str
    text_en: str
    basis: str
    mark: str
    effective_from: date
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One automatic check: when it is met its level speaks; undecidable, it says so, or stops where that is written."""

    id: str
    clause: str
    level: CheckResult
    unknown: CheckResult
    moments: frozenset[Moment]
    condition: Condition
    zh: str
    en: str
    effective_from: date
    effective_to: date | None = None

    def applies(self, moment: Moment, today: date) -> bool:
        """Whether the rule is asked at this moment and in force today."""
        return moment in self.moments and in_force(self.effective_from, self.effective_to, today)


@dataclass(frozen=True, slots=True)
class Check:
    """What one rule said about one application, with its clause and a reason in words."""

    rule: str
    clause: str
    result: CheckResult
    reason: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Department:
    """A department that is asked for its opinion, and whether always or only where a condition holds."""

    code: str
    zh: str
    en: str
    step: str
    working_days: int
    condition: Condition | None = None

    def is_asked(self, facts: Facts) -> bool:
        """Asked where nothing speaks against it: an unknown fact does not spare a department."""
        return self.condition is None or answer(self.condition, facts) is not Answer.NO


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All clauses, rules and departments of one version; immutable once it was used."""

    version: str
    title: str
    clauses: Mapping[str, Clause]
    rules: tuple[Rule, ...]
    departments: tuple[Department, ...]
    change_departments: tuple[str, ...]
    total_working_days: int

    @classmethod
    def of(cls, document: Mapping[str, Any], known: frozenset[str]) -> "Rulebook":
        """The rulebook in a parsed document; ConditionWrong where a rule asks for what nobody knows.

        ``known`` are the names of the facts about an application.
        """
        book = cls(
            version=document["version"],
            title=document["title"],
            clauses={entry["number"]: _clause(entry) for entry in document["clauses"]},
            rules=tuple(_rule(entry, document) for entry in document["rules"]),
            departments=tuple(_department(entry) for entry in document["departments"]),
            change_departments=tuple(document["change_departments"]),
            total_working_days=document["total_working_days"],
        )
        book._require_whole(known)
        return book

    def _require_whole(self, known: frozenset[str]) -> None:
        asked = {rule.id: names(rule.condition) for rule in self.rules}
        asked |= {place.code: names(place.condition) for place in self.departments if place.condition}
        for owner, wanted in asked.items():
            if not wanted <= known:
                message = f"{owner} asks for {sorted(wanted - known)}"
                raise ConditionWrong(message)
        for rule in self.rules:
            _require_sayable(rule, known)
            if rule.clause not in self.clauses:
                message = f"{rule.id} names clause {rule.clause}, which the rulebook does not have"
                raise ConditionWrong(message)

    def check(self, moment: Moment, facts: Facts, today: date) -> tuple[Check, ...]:
        """What every rule in force says, in the rulebook's order."""
        return tuple(_check(rule, facts) for rule in self.rules if rule.applies(moment, today))

    def asked(self, facts: Facts) -> tuple[Department, ...]:
        """The departments whose opinion a new lease needs."""
        return tuple(place for place in self.departments if place.is_asked(facts))

    def asked_about_change(self) -> tuple[Department, ...]:
        """The departments whose opinion a change needs (the short loop)."""
        return tuple(place for place in self.departments if place.code in self.change_departments)


def _require_sayable(rule: Rule, known: frozenset[str]) -> None:
    """Refuse a rule whose reason has a word in braces that nobody can fill: it would fail at the first application."""
    for text in (rule.zh, rule.en):
        try:
            blanks = [(name, spec, shape) for _, name, spec, shape in Formatter().parse(text) if name is not None]
        except ValueError as error:
            message = f"{rule.id} says {text!r}: {error}"
            raise ConditionWrong(message) from None
        for name, spec, shape in blanks:
            if name not in known or spec or shape:
                message = f"{rule.id} says {{{name}}}, a word that nobody can fill"
                raise ConditionWrong(message)


def in_force(start: date, end: date | None, today: date) -> bool:
    """Whether a day lies in a range whose last day is included and may be open."""
    return start <= today and (end is None or today <= end)


def stops(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those that keep the application from going on."""
    return tuple(check for check in checks if check.result is CheckResult.STOPPED)


def _check(rule: Rule, facts: Facts) -> Check:
    found = answer(rule.condition, facts)
    result = {Answer.YES: rule.level, Answer.NO: CheckResult.PASSED, Answer.UNKNOWN: rule.unknown}[found]
    zh, en = _PREFIXES[found]
    words = _Words(facts)
    return Check(rule.id, rule.clause, result, zh + rule.zh.format_map(words), en + rule.en.format_map(words))


_PREFIXES: Final = {
    Answer.YES: ("", ""),
    Answer.NO: ("未发现：", "Not found: "),
    Answer.UNKNOWN: ("资料不足，无法判断：", "Not known: "),
}


class _Words(dict[str, Any]):
    """Facts as they are printed in a reason: unknown ones say so."""

    _SHOWN: Final = {
        None: "不明",
        "unknown": "不明",
        "a": "甲类",
        "b": "乙类",
        "c": "丙类",
        "d": "丁类",
        "e": "戊类",
        True: "是",
        False: "否",
    }

    def __init__(self, facts: Facts) -> None:
        super().__init__({name: self._SHOWN.get(value, value) if _is_plain(value) else "…" for name, value in facts.items()})


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | str)


def _clause(entry: Mapping[str, Any]) -> Clause:
    return Clause(
        number=entry["number"],
        title=entry["title"],
        text=entry["text"],
        text_en=entry["text_en"],
        basis=entry.get("basis", ""),
        mark=entry.get("mark", ""),
        effective_from=entry["effective_from"],
        effective_to=entry.get("effective_to"),
    )


_LEVELS: Final = {"stop": CheckResult.STOPPED, "flag": CheckResult.FLAGGED, "unknown": CheckResult.UNKNOWN}


def _rule(entry: Mapping[str, Any], document: Mapping[str, Any]) -> Rule:
    return Rule(
        id=entry["id"],
        clause=entry["clause"],
        level=_LEVELS[entry["level"]],
        unknown=_LEVELS[entry.get("unknown", "unknown")],
        moments=frozenset(map(Moment, entry["at"])),
        condition=entry["when"],
        zh=entry["zh"],
        en=entry["en"],
        effective_from=entry.get("effective_from", document["effective_from"]),
        effective_to=entry.get("effective_to"),
    )


def _department(entry: Mapping[str, Any]) -> Department:
    return Department(entry["code"], entry["zh"], entry["en"], entry["step"], entry["working_days"], entry.get("when"))
