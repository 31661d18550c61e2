"""What grading is asked: the level of a site now, as it was known once, and as it would be."""

from datetime import datetime
from uuid import UUID

from pydantic_core import from_json

from services.grading.casebook import Case
from services.grading.domain.assessment import assess
from services.grading.domain.course import Course, folded
from services.grading.domain.registers import Registers, Write
from services.grading.domain.standing import Standing
from services.grading.presenting import Shown, graded
from services.grading.rulings import policy_of, rules_in_force
from services.grading.scope import may_see
from services.grading.store import history
from services.grading.store.arrays import Row
from services.grading.views import Graded
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller


async def level_of(site_id: UUID, caller: Caller, tx: Tx) -> Graded:
    """The level that stands."""
    row = await seen_site(site_id, caller, tx)
    case = Case.of(row)
    course = case.course
    policy = await policy_of(tx, row["policy"])
    rules = await rules_in_force(tx)
    answer = assess(course.facts, policy, course.day, course.anchor, rules.working_days)
    return graded(Shown(site_id, course, answer, course.anchor, row), rules)


async def level_as_of(site_id: UUID, moment: datetime, caller: Caller, tx: Tx) -> Graded:
    """The level as it was known at a moment: facts, policy and day of the decision that stood then."""
    await seen_site(site_id, caller, tx)
    row = await history.decision_as_of(tx, site_id, moment)
    if row is None:
        raise Missing
    rules = await rules_in_force(tx)
    facts = await facts_until(tx, site_id, row["heard"])
    policy, anchor = await policy_of(tx, row["policy"]), anchor_of(row)
    answer = assess(facts, policy, row["day"].toordinal(), anchor, rules.working_days)
    return graded(Shown(site_id, Course(facts=facts), answer, anchor, {"revision": row["revision"]}), rules)


async def seen_site(site_id: UUID, caller: Caller, tx: Tx) -> Row:
    """The row of a graded site that the caller may see; Missing for any other."""
    row = await history.site(tx, site_id)
    if row is None or row["level"] is None or not await may_see(tx, caller, row):
        raise Missing
    return row


async def facts_until(tx: Tx, site_id: UUID, heard: int) -> Registers:
    """The facts that the journal tells up to one of its numbers."""
    rows = await history.journal_of(tx, site_id, heard)
    return folded([(row["day"].toordinal(), [Write(site_id, *write) for write in from_json(row["writes"])]) for row in rows])


def anchor_of(row: Row) -> Standing | None:
    """What stood when the day of a stored decision began."""
    return None if row["anchor"] is None else Standing.of_list(from_json(row["anchor"]))
