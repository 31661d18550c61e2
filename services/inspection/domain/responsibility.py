"""Who must put a hazard right (房东首问): the first rule that fits decides, and says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from services.inspection.domain.checklist import Concern, Item, Place, Who
from services.inspection.domain.rule import Mark, RuleData, Wording
from shared.contracts.vocabulary import Duty, PartyId, Responsible, RuleRef, SiteKind, Word


class Side(Word):
    """立场: the party's place in the lease."""

    OCCUPIER = "occupier", "使用方"
    LANDLORD = "landlord", "出租方"


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Who stands where about a site; the landlord and the unified manager may be unknown."""

    kind: SiteKind
    occupier: PartyId
    landlord: PartyId | None = None
    manager: PartyId | None = None


class Situation(RuleData):
    """What a rule asks; an empty question fits everything."""

    concerns: frozenset[Concern] | None = None
    who: frozenset[Who] | None = None
    place: frozenset[Place] | None = None
    site: frozenset[SiteKind] | None = None

    def fits(self, item: Item, place: Place, kind: SiteKind) -> bool:
        """Whether every question asked is answered by the case."""
        asked = ((self.concerns, item.concerns), (self.who, item.who), (self.place, place), (self.site, kind))
        return all(wanted is None or given in wanted for wanted, given in asked)


class ResponsibilityRule(Wording):
    """One rule: when it fits, who is responsible, who urges, on which clause."""

    id: str
    when: Situation = Situation()
    responsible: tuple[Side, ...]
    urging: tuple[Side, ...] = ()
    manager_first: bool = False
    clause: str

    @property
    def reference(self) -> RuleRef:
        """The rule as it travels with the hazard."""
        return RuleRef(rule=self.id, clause=self.clause)

    def parties(self, tenancy: Tenancy) -> tuple[Responsible, ...]:
        """The parties with their duty, each once; empty where the rule names nobody who is known."""
        first = tenancy.manager if self.manager_first else None
        responsible = self._known(tenancy, self.responsible, first)
        urging = [party for party in self._known(tenancy, self.urging) if party not in responsible]
        return (*self._with(Duty.RESPONSIBLE, responsible), *self._with(Duty.URGING, urging if responsible else ()))

    def _with(self, duty: Duty, parties: Iterable[PartyId]) -> tuple[Responsible, ...]:
        return tuple(Responsible(party_id=party, role=duty, rule=self.reference) for party in parties)

    @staticmethod
    def _known(tenancy: Tenancy, sides: Iterable[Side], manager: PartyId | None = None) -> list[PartyId]:
        stand = {Side.OCCUPIER: tenancy.occupier, Side.LANDLORD: manager or tenancy.landlord}
        return list(dict.fromkeys(party for side in sides if (party := stand[side]) is not None))


class Responsibilities(RuleData):
    """The ordered rules, as data."""

    version: str
    effective_from: date
    mark: Mark
    rules: tuple[ResponsibilityRule, ...]
    landlord_unknown: ResponsibilityRule

    def parties(self, item: Item, place: Place, tenancy: Tenancy) -> tuple[Responsible, ...]:
        """Who is responsible and who urges, each with the rule that chose them; never empty."""
        rule = next(rule for rule in self.rules if rule.when.fits(item, place, tenancy.kind))
        return rule.parties(tenancy) or self.landlord_unknown.parties(tenancy)

    def as_they_stand(
        self, known: tuple[Responsible, ...], item: Item | None, place: Place, tenancy: Tenancy
    ) -> tuple[Responsible, ...]:
        """The parties of a hazard under the rule that chose them, after a merge, a sale or a new lease.

        As known where the rule is gone or names fewer today: who has left without a successor still owes what he owed.
        """
        chosen = known[0].rule.rule
        if chosen == self.landlord_unknown.id:
            return known if item is None else self.parties(item, place, tenancy)
        today = self._by_id[chosen].parties(tenancy) if chosen in self._by_id else ()
        return known if len(today) < len(known) else today

    @cached_property
    def _by_id(self) -> Mapping[str, ResponsibilityRule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def wording(self) -> Mapping[str, Wording]:
        """The text of every rule by its id."""
        return {rule.id: Wording(zh=rule.zh, en=rule.en) for rule in (*self.rules, self.landlord_unknown)}
