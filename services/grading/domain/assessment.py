"""``assess``: the level of a site as a pure function of what is known, the policy, the day, and what stood before."""

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_core import to_json

from services.grading.domain.axes import Contribution, inherent_risk, management_score
from services.grading.domain.days import NEVER, day_of, iso_of
from services.grading.domain.disproof import disproved
from services.grading.domain.language import Environment
from services.grading.domain.movement import RED, Mover, Rise, WorkingDays, band_of, cell_of, frequency
from services.grading.domain.picture import picture
from services.grading.domain.policy.compiled import BANDS, HUNDREDTHS, Cell, CompiledFrequency, Conditional, Policy
from services.grading.domain.registers import EVENT, VALUE, Registers
from services.grading.domain.standing import Notice, Standing, VetoInForce, drops
from services.grading.domain.vetoes import vetoes_in_force
from shared.contracts.vocabulary import Level, VisitType

LEVELS: Final = tuple(Level)
_WORDS: Final = tuple(level.value for level in Level)
OVERRIDE: Final = "override"
_RANKS: Final = {band.value: rank for rank, band in enumerate(BANDS)}


@dataclass(frozen=True, slots=True)
class Override:
    """人工调整: the level that two persons have set, until a day."""

    id: str
    level: int
    since: int
    until: int
    event: str


@dataclass(slots=True)
class Assessment:
    """A level and everything that explains it. Points in hundredths, levels and bands as ranks, days as ordinals."""

    policy: Policy = field(repr=False)
    today: int
    level: int
    standing: Standing
    cell: Cell
    inherent_points: int
    inherent: list[Contribution]
    score: int
    deductions: list[Contribution]
    bonuses: list[Contribution]
    rise: Rise | None
    override: Override | None
    frequencies: dict[VisitType, tuple[CompiledFrequency, ...]]
    valid_until: int
    overdue_points: int
    check_within: tuple[int, int] | None
    band_of: tuple[str, ...]
    """The tenants' sites whose band a landlord's site takes, where it is worse than its own."""
    names: dict[str, str]
    """What the sites below are called."""

    @property
    def vetoes(self) -> tuple[VetoInForce, ...]:
        """What makes it red whatever the score."""
        return self.standing.vetoes

    @property
    def band(self) -> int:
        """The rank of the inherent axis, 0 for r4 to 3 for r1."""
        return self.standing.band

    @property
    def drops(self) -> tuple[Notice, ...]:
        """The drops that are on their way, the next one first; while a level is set by hand, none of them is seen."""
        held = self.override.until + 1 if self.override else 0
        return drops([notice._replace(day=max(held, notice.day)) for notice in self.standing.notices], self.level)

    @property
    def warned(self) -> Notice | None:
        """The next drop that is on its way."""
        return next(iter(self.drops), None)

    def substance(self) -> bytes:
        """Everything but the day it was asked: equal bytes are the same answer. This is what a decision stores."""
        return to_json(
            {
                "policy": self.policy.id,
                "level": _WORDS[self.level],
                "standing": self.standing[1:],
                "cell": self.cell.name,
                "inherent": [self.inherent_points, _listed(self.inherent)],
                "management": [self.score, _listed(self.deductions), _listed(self.bonuses)],
                "rise": self.rise,
                "override": None if self.override is None else [self.override.id, self.override.level, self.override.until],
                "frequencies": self._places(),
                "valid_until": None if self.valid_until == NEVER else iso_of(self.valid_until),
            }
        )

    def _places(self) -> dict[str, list[int]]:
        """Which rows of the policy's frequencies are meant; those without conditions are known beforehand."""
        places, conditional = self.policy.usual_places[self.level], self.policy.conditional.get(self.level)
        if conditional is None:
            return places
        return places | {each.word: [row.place for row in self.frequencies[each.visit]] for each in conditional}


def _listed(parts: list[Contribution]) -> list[tuple[Any, ...]]:
    """In order, and as tuples that have no class of their own: those are written a third faster."""
    return [tuple(part) for part in sorted(parts)] if parts else []


def assess(facts: Registers, policy: Policy, today: int, last: Standing | None, working_days: WorkingDays) -> Assessment:
    """The level on a day. ``last`` is what stood when the day began, None before the first."""
    env = picture(facts.current, today, policy)
    tenants = env.records.get("tenant")
    rules = policy.kinds[env.site.kind]
    inherent = inherent_risk(env, rules.inherent, policy)
    if facts.past:
        inherent += disproved(env, rules.inherent, policy, facts.past)
    points = min(policy.most_inherent, sum([part.points for part in inherent]))
    score, deductions, bonuses = management_score(env, rules.deductions, rules.bonuses, policy)
    band, decisive = _band(env, band_of(points, policy))
    cell = cell_of(score, band, policy)
    vetoes = vetoes_in_force(env, rules.vetoes, facts, last, policy)
    move = Mover(env, policy, score, band, vetoes, working_days).move(last, cell.level)
    override = _override(facts, env)
    level = override.level if override and not vetoes.in_force else move.standing.level
    env.site.vetoed = bool(vetoes.in_force)
    chosen = policy.usual[level]
    if conditional := policy.conditional.get(level):
        chosen = chosen | {each.visit: _rows(env, each) for each in conditional}
    checks = chosen.get(VisitType.LANDLORD_CHECK)
    return Assessment(
        policy=policy,
        today=today,
        level=level,
        standing=move.standing,
        cell=cell,
        inherent_points=points,
        inherent=inherent,
        score=score,
        deductions=deductions,
        bonuses=bonuses,
        rise=move.rise,
        override=override,
        frequencies=chosen,
        valid_until=env.horizon,
        overdue_points=sum([part.points for part in deductions if part.rule == "hazard.overdue"]),
        check_within=checks[0].within if checks else None,
        band_of=decisive,
        names={tenant.name: tenant.called for tenant in tenants if tenant.called} if tenants else {},
    )


def _band(env: Environment, own: int) -> tuple[int, tuple[str, ...]]:
    """A landlord stands in the column of the worst of his tenants; which of them these are."""
    tenants = env.records.get("tenant")
    if not tenants:
        return own, ()
    worst = max(_RANKS[tenant.band] for tenant in tenants)
    return (own, ()) if worst <= own else (worst, tuple(tenant.name for tenant in tenants if _RANKS[tenant.band] == worst))


def _override(facts: Registers, env: Environment) -> Override | None:
    register = facts.current.get(OVERRIDE, {}).get("current")
    if register is None or register[VALUE] is None:
        return None
    value: dict[str, Any] = register[VALUE]
    since, until = day_of(value["from"]), day_of(value["until"])
    if env.today > until:
        return None
    if env.today < since:
        env.horizon = min(env.horizon, since)
        return None
    env.horizon = min(env.horizon, until + 1)
    return Override(value["id"], LEVELS.index(Level(value["level"])), since, until, register[EVENT])


def _rows(env: Environment, conditional: Conditional) -> tuple[CompiledFrequency, ...]:
    """The row that is meant, and those that come on top of it."""
    first = frequency(env, conditional.rows)
    return conditional.also if first is None else (first, *conditional.also)


__all__ = ["HUNDREDTHS", "LEVELS", "OVERRIDE", "RED", "Assessment", "Override", "assess"]
