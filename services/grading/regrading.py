"""Grading all sites anew when a policy takes effect: in the background, slice by slice, shared by all who grade."""

import asyncio
from datetime import date
from typing import Final

from services.grading.case import Case, apart
from services.grading.casebook import Entries
from services.grading.rulings import rules_in_force
from services.grading.saying import say_decisions
from services.grading.store import cases as stored
from services.grading.store import regrades
from shared.contracts.vocabulary import GradeCause
from shared.database import Transaction

SLICE: Final = 500
_BREATH: Final = 50
"""Sites after which whoever else waits in this process has a turn."""


async def grade_anew(tx: Transaction) -> bool:
    """One slice of the oldest activation that waits; True where there is more to do."""
    return await grade_anew_on(tx, tx.today)


async def grade_anew_on(tx: Transaction, today: date) -> bool:
    """One slice of the oldest activation that waits; True where there is more to do.

    A slice and its mark are one transaction: a kill gives the slice back, and costs nothing else. The first grader to come
    writes the slices down.
    """
    activation = await regrades.activation_at_work(tx, today)
    if activation is None:
        return False
    if activation["total"] is None:
        return await regrades.divide(tx, activation["id"], SLICE)
    part = await regrades.claim_slice(tx, activation["id"])
    if part is None:
        return await regrades.finish(tx, activation["id"])
    await regrades.note_graded(tx, part, await _grade(tx, await stored.lock_slice(tx, part["first"], part["last"]), today))
    return True


async def _grade(tx: Transaction, rows: stored.Rows, today: date) -> int:
    rules, day = await rules_in_force(tx), today.toordinal()
    entries, graded = Entries(today), 0
    for number, row in enumerate(rows):
        with apart(row["site_id"]):
            case = Case.of(row)
            case.pass_days(day - 1, rules)
            case.decide(day, rules, None, GradeCause.POLICY)
            entries.enter(case)
            graded += 1
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    await entries.write(tx)
    await say_decisions(tx, entries.spoken, rules)
    return graded
