"""Grading all sites anew when a policy takes effect: in the background, batch by batch, and again from where it stopped."""

from datetime import date
from typing import Final

from services.grading.casebook import Case, save
from services.grading.rehearsing import NOBODY
from services.grading.rulings import rules_in_force
from services.grading.saying import say_decisions
from services.grading.store import cases as stored
from services.grading.store import figures, policies
from shared.contracts.vocabulary import GradeCause
from shared.database import Transaction

BATCH: Final = 1_000


async def grade_anew(tx: Transaction) -> bool:
    """One batch of the oldest activation that waits; True where there is more to do."""
    return await grade_anew_on(tx, tx.today)


async def grade_anew_on(tx: Transaction, today: date) -> bool:
    """One batch of the oldest activation that waits; True where there is more to do.

    The place in the list is kept in the same transaction, so a kill costs at most one batch of work and nothing else.
    """
    activation = await policies.activation_at_work(tx, today)
    if activation is None:
        return False
    rows = await stored.lock_sites_after(tx, activation["cursor"] or NOBODY, BATCH)
    rules = await rules_in_force(tx)
    graded = [Case.of(row) for row in rows]
    for case in graded:
        case.pass_days(today.toordinal() - 1, rules)
        case.decide(today.toordinal(), rules, None, GradeCause.POLICY)
    await say_decisions(tx, await save(tx, graded, today), rules)
    await policies.note_progress(
        tx,
        {
            "id": activation["id"],
            "cursor": rows[-1]["site_id"] if rows else activation["cursor"],
            "graded": activation["graded"] + len(rows),
            "total": activation["total"] or await figures.followed_sites(tx),
            "finished_at": tx.now if len(rows) < BATCH else None,
        },
    )
    return True
