"""What the level of a site is, was, and was known to be."""

from datetime import datetime
from uuid import UUID

from pydantic_core import from_json

from services.grading.case import Case
from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.course import Course, Rules, folded
from services.grading.domain.explanation import points_of
from services.grading.domain.registers import Registers, Write
from services.grading.domain.standing import Standing
from services.grading.presenting import Shown, graded
from services.grading.rulings import policy_of, rules_in_force
from services.grading.scope import seen_site
from services.grading.store import history, matters
from services.grading.store.arrays import Row
from services.grading.views.graded import Graded, HistoryEntry, Recomputed
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller, Page
from shared.web.paging import PageRequest

_LAST = 2**31 - 1


async def level_of(site_id: UUID, caller: Caller, tx: Tx) -> Graded:
    """The level that stands."""
    row = await seen_site(site_id, caller, tx)
    course = Case.of(row).course
    policy, rules = await policy_of(tx, row["policy"]), await rules_in_force(tx)
    answer = assess(course.facts, policy, course.day, course.anchor, rules.working_days)
    shown = graded(Shown(site_id, course, answer, course.anchor, row), rules)
    return await marked(shown, tx)


async def level_as_of(site_id: UUID, moment: datetime, caller: Caller, tx: Tx) -> Graded:
    """The level as it was known at a moment: facts, policy and day of the decision that stood then."""
    await seen_site(site_id, caller, tx)
    row = await history.decision_as_of(tx, site_id, moment)
    if row is None:
        raise Missing
    return (await _found_again(tx, row))[0]


async def decision_of(site_id: UUID, revision: int, caller: Caller, tx: Tx) -> Recomputed:
    """A stored decision, found again from its stored inputs, and whether the bytes are the same."""
    await seen_site(site_id, caller, tx)
    row = await history.decision(tx, site_id, revision)
    if row is None:
        raise Missing
    shown, answer = await _found_again(tx, row)
    return Recomputed(decision=shown, same_bytes=answer.substance().decode() == row["substance"])


async def _found_again(tx: Tx, row: Row) -> tuple[Graded, Assessment]:
    """A stored decision as it was shown, and the answer that follows again from its inputs."""
    rules = await rules_in_force(tx)
    facts, answer = await recomputed(tx, row, rules)
    stored = {"revision": row["revision"], "level_since": await history.shown_since(tx, row["site_id"], row["revision"])}
    return graded(Shown(row["site_id"], Course(facts=facts), answer, anchor_of(row), stored), rules), answer


async def history_of(site_id: UUID, paging: PageRequest, caller: Caller, tx: Tx) -> Page[HistoryEntry]:
    """Every decision, the newest first."""
    await seen_site(site_id, caller, tx)
    rows = await history.decisions_of(tx, site_id, paging.after or _LAST, paging.limit + 1)
    return Page[HistoryEntry].of([_entry(row) for row in rows], paging, key=lambda entry: entry.revision)


async def marked(shown: Graded, tx: Tx) -> Graded:
    """Vetoes under dispute are marked; they stand meanwhile, like the level."""
    appeals = await matters.open_appeals_of(tx, shown.site_id)
    disputed = {rule for appeal in appeals for rule in from_json(appeal["rules"])}
    for veto in shown.vetoes:
        veto.disputed = bool(appeals) and (veto.rule in disputed or not disputed)
    shown.appeal = appeals[0]["id"] if appeals else None
    return shown


async def recomputed(tx: Tx, row: Row, rules: Rules) -> tuple[Registers, Assessment]:
    """The facts that a stored decision knew, and the answer that follows from them again."""
    facts = await facts_until(tx, row["site_id"], row["heard"])
    policy = await policy_of(tx, row["policy"])
    return facts, assess(facts, policy, row["day"].toordinal(), anchor_of(row), rules.working_days)


async def facts_until(tx: Tx, site_id: UUID, heard: int) -> Registers:
    """The facts that the journal tells up to one of its numbers."""
    rows = await history.journal_of(tx, site_id, heard)
    return folded([(row["day"].toordinal(), [Write(site_id, *write) for write in from_json(row["writes"])]) for row in rows])


def anchor_of(row: Row) -> Standing | None:
    """What stood when the day of a stored decision began."""
    return None if row["anchor"] is None else Standing.of_list(from_json(row["anchor"]))


def _entry(row: Row) -> HistoryEntry:
    substance = from_json(row["substance"])
    return HistoryEntry(
        revision=row["revision"],
        day=row["day"],
        decided_at=row["decided_at"],
        from_=row["before"],
        to=row["level"],
        cause=row["cause"],
        policy=row["policy"],
        points=float(points_of(substance["inherent"][0])),
        score=float(points_of(substance["management"][0])),
        vetoes=[veto[0] for veto in substance["standing"][5]],
    )
