"""Small values that several events carry: each is frozen, and ignores what a newer speaker adds."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.vocabulary.conduct import VisitType
from shared.contracts.vocabulary.hazards import Department, Duty
from shared.contracts.vocabulary.identities import AccountId, Code, EventId, GridId, HazardId, PartyId, Title
from shared.contracts.vocabulary.judgement import Level, Period, RiskBand, Role
from shared.contracts.vocabulary.places import CheckResult, Crs, PlaceVerdict

UNKNOWN = "unknown"
"""The third answer of a yes-no fact (不明): nobody has found out, which is itself a finding."""

Answer = Annotated[str, Field(max_length=200)]
Amount = Annotated[float, Field(allow_inf_nan=False)]


class Value(BaseModel):
    """A value inside an event: frozen, tolerant of fields that a newer speaker added."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Point(Value):
    """坐标: a place as CGCS2000 longitude and latitude; ``crs`` is the system in which it was given before conversion."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    crs: Crs = Crs.CGCS2000


class FactValue(Value):
    """事实: what is known of a site under one key; ``value`` is a yes-no answer, ``unknown``, a word or a number."""

    value: bool | int | Amount | Answer | tuple[Answer, ...]
    qty: Amount | None = None
    unit: str | None = None
    source: Code
    verified_by: AccountId | None = None
    valid_from: date
    valid_to: date | None = None


class RuleRef(Value):
    """依据: the rule that decided, the clause it stands on, and the reason as a code that has a text."""

    rule: Code
    clause: str | None = None
    reason: Code | None = None


class RuleCheck(Value):
    """核查: one automatic check of the admission gate, its result and the rule it follows."""

    rule: RuleRef
    result: CheckResult


class Responsible(Value):
    """责任方: a party that has a duty about a hazard, and the rule that chose it."""

    party_id: PartyId
    role: Duty
    rule: RuleRef


class DeterminationBasis(Value):
    """判定依据: the standard, its article and its version under which a hazard is major."""

    standard: Title
    article: Title
    version: Title


class Approval(Value):
    """审批: who agreed, in which role and when."""

    by: AccountId
    role: Role
    at: AwareDatetime


class PlaceCheck(Value):
    """位置核验: how far from the site somebody stood; no metres where the device gave no position."""

    verdict: PlaceVerdict
    metres: Annotated[float, Field(ge=0)] | None = None


class DateRange(Value):
    """期间: first and last day, both included."""

    first: date
    last: date


class GridCount(Value):
    """网格计数: how many in one grid; no grid where nobody is responsible yet."""

    grid_id: GridId | None = None
    count: Annotated[int, Field(ge=0)]


class Measure(Value):
    """会诊措施: who does what until when, under which department."""

    measure: Code
    owner_party_id: PartyId | None = None
    hazard_id: HazardId | None = None
    department: Department
    due: date


class Reason(Value):
    """调级原因: one rule that moved the level, the fact it saw, and the event that said so.

    Points are positive where they cost and negative where they are a bonus; ``number`` is the hazard's, where it is about one.
    """

    rule: Code
    fact: Code | None = None
    points: Amount
    since: date
    event_id: EventId | None = None
    number: Code | None = None
    clause: str | None = None


class Veto(Value):
    """一票否决: a rule that makes the level red whatever the score."""

    rule: Code
    fact: Code | None = None
    since: date
    event_id: EventId | None = None
    number: Code | None = None
    clause: str | None = None


class InherentRisk(Value):
    """固有风险: the points of what the site is, and their band."""

    points: Amount
    band: RiskBand


class ManagementScore(Value):
    """管理得分: 100 less what conduct costs, at least 0."""

    score: Annotated[float, Field(ge=0, le=100)]


class Step(Value):
    """整改建议: one thing to do, as a code that has a text; ``number`` is the hazard's where it is about one."""

    action: Code
    fact: Code | None = None
    number: Code | None = None


class Improvement(Value):
    """提升路径: the steps that together give a better level."""

    change: tuple[Step, ...]
    gives: Level


class Frequency(Value):
    """频次: at least ``times`` visits of a type in every ``every`` periods."""

    visit_type: VisitType
    times: Annotated[int, Field(ge=1)] = 1
    every: Annotated[int, Field(ge=1)] = 1
    period: Period


class HandbookClause(Value):
    """手册条款: one clause as it stands in a version of the handbook."""

    clause: Code
    version: Code
    title: Title
    items: tuple[Code, ...] = Field(default=(), description="the checklist items that it explains")
