"""Leases as answers show them, with everything that the gate asked and heard."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.registry.actions.rulebooks import rulebook_for
from services.registry.domain.admission import OUTCOME_ZH, Verdict
from services.registry.domain.gate import Rulebook
from services.registry.domain.lease import DocumentKind
from services.registry.store.admission import (
    checks_of,
    conditions_of,
    documents_of,
    open_change,
    opinions_of,
    steps_of,
)
from services.registry.store.leases import chain_down, chain_up
from services.registry.store.rows import Row
from services.registry.views.leases import (
    Chain,
    ChangeView,
    CheckView,
    ConditionView,
    DocumentView,
    LeaseLine,
    LeaseView,
    OpinionView,
    StepView,
)
from shared.contracts.vocabulary import AdmissionDecision
from shared.database import Transaction as Tx
from shared.web import Caller


def lease_line(row: Row) -> LeaseLine:
    """A lease as a list or a chain shows it."""
    return LeaseLine(**row)


async def shown_lease(row: Row, caller: Caller, tx: Tx) -> LeaseView:
    """A lease as it is shown alone, in the caller's language."""
    book = await rulebook_for(row, tx)
    english = caller.language.startswith("en")
    opinions = [_opinion(found, book, tx, english=english) for found in await opinions_of(tx, row["id"], row["round"])]
    documents = [DocumentView(**found) for found in await documents_of(tx, row["id"])]
    changing = await open_change(tx, row["id"])
    more: dict[str, Any] = {
        "existing": row["is_existing"],
        "facts_declared": row["declared"],
        "rent_monthly": row["rent_monthly"] if _may_see_rent(row, caller) else None,
        "outcome": _outcome(opinions),
        "checks": [_check(found, book, english=english) for found in await checks_of(tx, row["id"], row["round"])],
        "opinions": opinions,
        "conditions": [ConditionView(**found) for found in await conditions_of(tx, row["id"], row["round"])],
        "documents": documents,
        "moved_in_on": _moved_in_on(documents),
        "steps": [StepView(**found) for found in await steps_of(tx, row["id"])],
        "change": ChangeView(**changing) if changing else None,
        "chain": Chain(
            up=[lease_line(found) for found in await chain_up(tx, row)],
            down=[lease_line(found) for found in await chain_down(tx, row["id"])],
        ),
    }
    return LeaseView(**{**row, **more})


def _moved_in_on(documents: Sequence[DocumentView]) -> date | None:
    """The day of the newest hand-over check that says one."""
    days = [paper.dated for paper in documents if paper.kind is DocumentKind.HANDOVER and paper.dated is not None]
    return days[-1] if days else None


def _may_see_rent(row: Row, caller: Caller) -> bool:
    """What one pays is the business of the two, and of the bureau."""
    return caller.has("bureau", "admin") or bool({row["landlord_party_id"], row["tenant_party_id"]} & caller.parties)


def _check(found: Row, book: Rulebook, *, english: bool) -> CheckView:
    clause = book.clauses.get(found["clause"])
    reason = found["reason_en"] if english else found["reason"]
    return CheckView(**{**found, "reason": reason, "clause_title": clause.title if clause else found["clause"]})


def _opinion(found: Row, book: Rulebook, tx: Tx, *, english: bool) -> OpinionView:
    names = {place.code: place.en if english else place.zh for place in book.departments}
    late = found["verdict"] is None and found["due"] is not None and found["due"] < tx.today
    return OpinionView(**{**found, "name": names.get(found["department"], found["department"]), "is_overdue": late})


def _outcome(opinions: Sequence[OpinionView]) -> str | None:
    """The wording of the joint review, or of the short one about a change, once it has ended."""
    verdicts = {opinion.verdict for opinion in opinions}
    if Verdict.REJECT in verdicts:
        return OUTCOME_ZH[AdmissionDecision.REJECTED]
    if not verdicts or None in verdicts:
        return None
    conditional = Verdict.APPROVE_WITH_CONDITIONS in verdicts
    return OUTCOME_ZH[AdmissionDecision.APPROVED_WITH_CONDITIONS if conditional else AdmissionDecision.APPROVED]
