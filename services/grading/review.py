"""Time moves levels: sites whose answer may have changed by time alone are found by an index, never by a scan."""

from datetime import date
from typing import Final

from services.grading.case import Case, apart
from services.grading.casebook import Entries
from services.grading.rulings import rules_in_force
from services.grading.saying import say_decisions
from services.grading.store import cases as stored
from shared.database import Transaction

_MOST_AT_ONCE: Final = 500


async def review_due(tx: Transaction) -> bool:
    """Let the days pass for the sites that are due today; True where more are waiting."""
    return await review_until(tx, tx.today)


async def review_until(tx: Transaction, today: date) -> bool:
    """Let the days pass until a day for sites that are due; in a new database, install the policy that is shipped."""
    rules = await rules_in_force(tx)
    rows = await stored.lock_due_sites(tx, today, _MOST_AT_ONCE)
    if not rows:
        return False
    entries, day, reviewed = Entries(today), today.toordinal(), 0
    for row in rows:
        with apart(row["site_id"]):
            case = Case.of(row)
            case.pass_days(day, rules)
            entries.enter(case)
            reviewed += 1
    await entries.write(tx)
    await say_decisions(tx, entries.spoken, rules)
    return len(rows) == _MOST_AT_ONCE and reviewed > 0
