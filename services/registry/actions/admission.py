"""The admission gate: automatic checks, the departments' opinions, and what they amount to (联合会审意见, no licence)."""

from uuid import UUID

from services.registry.actions.cards import lease_card
from services.registry.actions.change_requests import conclude_change
from services.registry.actions.checking import check_lease
from services.registry.actions.deciding import decide
from services.registry.actions.lease_views import shown_lease
from services.registry.actions.leases import known_lease, own_lease
from services.registry.actions.reviewing import as_opinions, ask, enter, require_speaks_for, rule_checks
from services.registry.actions.rulebooks import rulebook_for, rulebook_today
from services.registry.domain.admission import (
    REVIEWING,
    SUBMITTABLE,
    AdmissionState,
    Opinion,
    opened,
    require_open,
    require_reasoned,
    require_state,
    state_of_review,
)
from services.registry.domain.gate import Moment, Rulebook, stops
from services.registry.store.admission import opinions_of, save_opinion, take_step
from services.registry.store.audit import Deed, record
from services.registry.store.rows import Row, change
from services.registry.tables_leases import leases
from services.registry.views.leases import LeaseView, NewOpinion
from shared.calendar import shipped_calendar
from shared.contracts.registry import LeaseSubmitted
from shared.contracts.vocabulary import LeaseState
from shared.database import Transaction as Tx
from shared.web import Caller


async def submit_lease(identity: UUID, caller: Caller, tx: Tx) -> LeaseView:
    """Run the automatic checks: without a hard stop the departments are asked, with one it stays, its reasons told."""
    lease = await own_lease(identity, caller, tx)
    require_state(AdmissionState(lease["step"]), SUBMITTABLE)
    book = await rulebook_today(tx)
    lease = await change(tx, leases, identity, {"rulebook": book.version, "round": lease["round"] + 1})
    await take_step(tx, {**lease, "step": AdmissionState.SUBMITTED}, caller.subject)
    checks, facts = await check_lease(lease, Moment.SUBMIT, book, tx)
    row: Row
    if stops(checks):
        row = await change(tx, leases, identity, {"step": AdmissionState.STOPPED})
    else:
        await ask(lease, book.asked(facts), tx)
        row = await _begin(lease, book, tx)
    await enter(row, caller.subject, tx)
    tx.say(LeaseSubmitted(**lease_card(row), checks=rule_checks(checks), due=row["due"]), sequence=row["version"])
    return await shown_lease(row, caller, tx)


async def _begin(lease: Row, book: Rulebook, tx: Tx) -> Row:
    """The review has begun: at its first step, due as a whole in so many working days."""
    due = shipped_calendar().add_working_days(tx.today, book.total_working_days).date
    step = state_of_review(as_opinions(await opinions_of(tx, lease["id"], lease["round"])))
    return await change(tx, leases, lease["id"], {"state": LeaseState.ADMISSION, "step": step, "due": due})


async def give_opinion(identity: UUID, body: NewOpinion, caller: Caller, tx: Tx) -> LeaseView:
    """One department's opinion. The last one, or the first rejection, ends the review."""
    lease = await known_lease(identity, caller, tx, lock=True)
    require_speaks_for(caller, body.department)
    require_state(AdmissionState(lease["step"]), REVIEWING | {AdmissionState.CHANGE_REQUEST})
    require_reasoned(body.verdict, body.conditions)
    held = await opinions_of(tx, identity, lease["round"], lock=True)
    require_open(body.department, as_opinions(held))
    given = {**body.model_dump(), "given_by": caller.subject, "given_at": tx.now}
    await save_opinion(tx, identity, lease["round"], given)
    await record(tx, caller, Deed("opinion", "lease", identity, f"{body.department}:{body.verdict}"))
    row = await _move_on(lease, caller, tx)
    return await shown_lease(row, caller, tx)


async def _move_on(lease: Row, caller: Caller, tx: Tx) -> Row:
    """Where the opinions bring the review: on, or to its end."""
    held = await opinions_of(tx, lease["id"], lease["round"])
    opinions = as_opinions(held)
    reached = state_of_review(opinions)
    if lease["step"] == AdmissionState.CHANGE_REQUEST:
        return lease if reached in REVIEWING else await conclude_change(lease, reached, held, caller.subject, tx)
    if reached not in REVIEWING:
        return await decide(lease, reached, held, caller.subject, tx)
    await _open_next(lease, opinions, tx)
    if reached == lease["step"]:
        return lease
    row = await change(tx, leases, lease["id"], {"step": reached})
    await enter(row, caller.subject, tx)
    return row


async def _open_next(lease: Row, opinions: list[Opinion], tx: Tx) -> None:
    """Due dates for a step that has just opened."""
    book = await rulebook_for(lease, tx)
    for department, due in opened(opinions, book.departments, tx.today, shipped_calendar()).items():
        await save_opinion(tx, lease["id"], lease["round"], {"department": department, "due": due})
