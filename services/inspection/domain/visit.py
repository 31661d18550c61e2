"""Visits and reports, and who may make them: only certified officers inspect, everybody else patrols, guides or checks."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

from pydantic import Field

from services.inspection.domain.rule import Mark, RuleData, Wording
from shared.contracts.vocabulary import HazardLevel, HazardSource, Role, VisitType
from shared.errors import Forbidden, Refused

_GRAVITY = tuple(HazardLevel)


class NotYourVisit(Forbidden):
    """The role does not make visits of this type."""

    code = "visit_type_not_allowed"
    zh = "您的角色不能开展{visit}"
    en = "Your role cannot make a visit of this type ({type})"


class NotCertified(Forbidden):
    """Only a holder of an enforcement certificate inspects."""

    code = "officer_not_certified"
    zh = "没有行政执法证件的人员不得开展{visit}"
    en = "Nobody without an enforcement certificate may make this visit ({type})"


class TooFewCertified(Refused):
    """An inspection is made by two certified officers at least."""

    code = "too_few_certified_officers"
    zh = "{visit}至少需要{needed}名持证执法人员，现有{found}名"
    en = "This visit ({type}) needs {needed} certified officers; there are {found}"


class NotYourOwnSite(Forbidden):
    """A party checks itself where it operates; what its landlord sees there is his own check."""

    code = "not_your_own_site"
    zh = "{visit}只能由场所的经营单位自己开展"
    en = "Only whoever operates the site makes a visit of this type ({type})"


class EndsBeforeItBegins(Refused):
    """A visit begins before it ends."""

    code = "visit_ends_before_it_begins"
    zh = "结束时间不能早于开始时间"
    en = "The visit ends before it begins"


class NotYourSource(Forbidden):
    """The role does not report from this source."""

    code = "hazard_source_not_allowed"
    zh = "您的角色不能以“{source}”为来源上报隐患"
    en = "Your role cannot report a hazard from this source ({code_word})"


class Sight(RuleData):
    """From where a hazard is known, and whether that is enough to confirm it at once."""

    source: HazardSource
    confirms: HazardLevel | None = None
    orders: bool = False

    def is_confirmed(self, level: HazardLevel) -> bool:
        """Whether a hazard of this level needs no second look."""
        return self.confirms is not None and _GRAVITY.index(level) <= _GRAVITY.index(self.confirms)


class VisitRule(Sight):
    """What is asked of one type of visit, and what follows from it."""

    output: Wording
    roles: frozenset[Role]
    certified: Annotated[int, Field(ge=0)] = 0
    cap: bool = False
    own: bool = False


class ReportRule(RuleData):
    """From which sources a role reports without a visit, the usual one first."""

    sources: tuple[HazardSource, ...]
    confirms: HazardLevel | None = None


class VisitRules(RuleData):
    """All types of visit and report, as data."""

    version: str
    effective_from: date
    mark: Mark
    types: Mapping[VisitType, VisitRule]
    reports: Mapping[Role, ReportRule]
    near_metres: float
    unproven: frozenset[HazardSource]

    def visit(
        self, visit: VisitType, roles: Iterable[str], own_certificate: str | None, others: Iterable[str | None]
    ) -> VisitRule:
        """The rule of the visit; refuses a role that may not make it, and one with too few certified officers.

        ``others`` are the certificates of the other persons: one certificate, however it is written, is one officer.
        """
        rule = self.types[visit]
        if not rule.roles & set(roles):
            raise NotYourVisit(visit=visit.zh, type=visit.value, pointer="/type")
        if rule.certified and not (own_certificate and Role.ENFORCER in roles):
            raise NotCertified(visit=visit.zh, type=visit.value, pointer="/type")
        found = len({_as_written(number) for number in (own_certificate, *others) if number} - {""})
        if found < rule.certified:
            raise TooFewCertified(visit=visit.zh, type=visit.value, needed=rule.certified, found=found, pointer="/people")
        return rule

    def report(self, roles: Iterable[str], source: HazardSource | None) -> Sight:
        """What a report from this source is worth; refuses a source that the role does not speak for."""
        held = set(roles)
        rules = [rule for role, rule in self.reports.items() if role in held]
        rule = next((rule for rule in rules if source is None or source in rule.sources), None)
        if rule is None:
            raise NotYourSource(source=source.zh if source else "", code_word=source or "", pointer="/source")
        said = source or rule.sources[0]
        return Sight(source=said, confirms=None if said in self.unproven else rule.confirms)


def _as_written(certificate: str) -> str:
    return "".join(unicodedata.normalize("NFKC", certificate).split()).casefold()
