"""Where sites stand, back into the database: what was heard and decided about cases becomes rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from services.grading.case import Case, Kept
from services.grading.domain.assessment import LEVELS
from services.grading.domain.compaction import compact
from services.grading.domain.days import NEVER
from services.grading.domain.policy.compiled import BANDS
from services.grading.domain.registers import OF_PARTY
from services.grading.store import cases as stored
from services.grading.store import chains
from services.grading.store.arrays import NewRow, Row
from shared.database import Transaction

_LANDLORD, _PARTY = "landlord", "party"
_NOTHING: Row = {}


@dataclass(slots=True)
class Entries:
    """What a transaction has to write, taken from each case as soon as it is decided.

    Whoever decides many takes them one by one and lets each go: thousands of registers that outlive their use cost a fifth
    of the time of grading a slice. Only cases of which something is to be said are kept, in ``spoken``.
    """

    today: date
    notes: list[NewRow] = field(default_factory=list)
    sites: list[NewRow] = field(default_factory=list)
    standings: list[NewRow] = field(default_factory=list)
    cards: list[NewRow] = field(default_factory=list)
    decisions: list[NewRow] = field(default_factory=list)
    rollups: dict[tuple[str, UUID, UUID | None], None] = field(default_factory=dict)
    spoken: list[Case] = field(default_factory=list)

    def enter(self, case: Case) -> None:
        """Take what is new of a case, if anything is."""
        if not (case.is_changed or case.decisions):
            return
        if case.notes:
            compact(case.course.facts, self.today.toordinal())
            self.notes += _notes(case)
            self.sites.append(_row(case) | _facts(case))
            if _card_changed(case):
                self.cards.append(_card(case))
        else:
            self.standings.append(_row(case))
        self.decisions += [_decision(case, kept) for kept in case.decisions]
        self.rollups |= dict.fromkeys(_rollups(case))
        if any(kept.is_said for kept in case.decisions):
            self.spoken.append(case)

    async def write(self, tx: Transaction) -> None:
        """A fixed number of statements, however many cases; most of them leave together as the transaction ends."""
        await stored.note_heard(tx, self.notes, self.today)
        await stored.save_sites(tx, self.sites)
        await stored.save_standings(tx, self.standings)
        await stored.save_cards(tx, self.cards)
        await stored.keep_decisions(tx, self.decisions)
        await chains.ask_for_rollup(tx, list(self.rollups))


async def save(tx: Transaction, cases: Iterable[Case], today: date) -> list[Case]:
    """Write back what changed and keep the decisions. Returns the cases of which something is to be said."""
    entries = Entries(today)
    for case in cases:
        entries.enter(case)
    await entries.write(tx)
    return entries.spoken


def _notes(case: Case) -> Iterable[NewRow]:
    for number, (event_id, writes) in enumerate(case.notes, start=case.heard + 1):
        yield {
            "site_id": case.site_id,
            "number": number,
            "event_id": event_id,
            "writes": to_json([write[1:] for write in writes]).decode(),
        }
    case.heard += len(case.notes)


def _row(case: Case) -> NewRow:
    course, row = case.course, case.row
    answer = case.decisions[-1].decision.assessment if case.decisions else None
    standing = course.standing
    return {
        "site_id": case.site_id,
        "revision": case.revision,
        "policy": case.decisions[-1].decision.policy if case.decisions else row["policy"],
        "day": date.fromordinal(course.day) if standing else None,
        "standing": None if standing is None else to_json(standing).decode(),
        "anchor": None if course.anchor is None else to_json(course.anchor).decode(),
        "override": course.override,
        "level": None if course.level is None else LEVELS[course.level].value,
        "level_since": _since(case),
        "band": BANDS[answer.band].value if answer else row["band"],
        "points": answer.inherent_points if answer else row["points"],
        "score": answer.score if answer else row["score"],
        "overdue": answer.overdue_points if answer else row["overdue"],
        "check_days": answer.check_within[0] if answer and answer.check_within else None if answer else row["check_days"],
        "check_months": answer.check_within[1] if answer and answer.check_within else None if answer else row["check_months"],
        "substance": course.substance.decode() or None,
        "valid_until": None if course.valid_until == NEVER or not course.is_followed else date.fromordinal(course.valid_until),
    }


def _facts(case: Case) -> NewRow:
    return {"facts": case.course.facts.json().decode(), "heard": case.heard}


def _since(case: Case) -> date | None:
    """The day since which the level that is shown has been shown."""
    since: date | None = case.row["level_since"]
    for kept in case.decisions:
        if kept.decision.before != kept.decision.assessment.level:
            since = date.fromordinal(kept.decision.day)
    return since


def _card_changed(case: Case) -> bool:
    return any(write.family == "site" for _, writes in case.notes for write in writes)


def _card(case: Case) -> NewRow:
    card = case.course.facts.value("site", "card") or _NOTHING
    return {
        "site_id": case.site_id,
        "kind": card.get("kind"),
        "party_id": _uuid(card.get("party")),
        "landlord_site_id": _uuid(card.get("landlord_site")),
        "building_id": _uuid(card.get("building")),
        "compound_id": _uuid(card.get("compound")),
        "grid_id": _uuid(card.get("grid")),
        "name": card.get("name"),
        "is_followed": case.course.is_followed,
    }


def _decision(case: Case, kept: Kept) -> NewRow:
    decision = kept.decision
    return {
        "site_id": case.site_id,
        "revision": kept.revision,
        "day": date.fromordinal(decision.day),
        "policy": decision.policy,
        "heard": kept.heard,
        "anchor": None if decision.anchor is None else to_json(decision.anchor).decode(),
        "before": None if decision.before is None else LEVELS[decision.before].value,
        "level": LEVELS[decision.assessment.level].value,
        "cause": decision.cause.value,
        "substance": case.course.substance.decode() if kept is case.decisions[-1] else decision.assessment.substance().decode(),
    }


def _rollups(case: Case) -> Iterable[tuple[str, UUID, UUID | None]]:
    """Whom the change concerns besides the site itself: its landlord, before and after, and itself where it is a party."""
    facts, row = case.course.facts, case.row
    card = facts.value("site", "card")
    event_id = case.notes[-1][0] if case.notes else None
    if card is None:
        if row["is_followed"] is not True and any(family in facts.current for family in OF_PARTY):
            yield _PARTY, case.site_id, event_id
        return
    if _card_changed(case):
        yield _PARTY, UUID(card["party"]), event_id
    answer = case.decisions[-1].decision.assessment if case.decisions else None
    landlords = {_uuid(card.get("landlord_site")), row["landlord_site_id"]} - {None}
    if _card_changed(case) or (answer and _summary(case) != _summary_of(row)):
        for landlord in landlords:
            yield _LANDLORD, landlord, event_id


def _summary(case: Case) -> tuple[Any, ...]:
    answer = case.decisions[-1].decision.assessment
    within = answer.check_within or (None, None)
    return (LEVELS[answer.level].value, BANDS[answer.band].value, answer.overdue_points, *within)


def _summary_of(row: Row) -> tuple[Any, ...]:
    return (row["level"], row["band"], row["overdue"], row["check_days"], row["check_months"])


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
