"""Reminders: a date is near or just past, and those whom it concerns now are told, whoever it was when it was set."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.notify import library
from services.notify.domain.planning import Intention, Occasion, Planner
from services.notify.domain.reminders import occasion_of
from services.notify.domain.surroundings import Occurrence
from services.notify.domain.telling import DateRule
from services.notify.intentions import store_intentions
from services.notify.kept import LATER, plan_each
from services.notify.occurrences import revived
from services.notify.store import dates, matters
from services.notify.store.records import Row
from shared.clock import shanghai_date
from shared.database import Transaction as Tx


async def remind(tx: Tx, most: int) -> int:
    """Plan the reminders that are due and not outdated; how many there were. One that cannot be planned waits."""
    things = await dates.things_due(tx, most)
    ended = await matters.hold(tx, things)
    rows = await dates.claim_reminders(tx, things, most) if things else []
    if not rows:
        return 0
    in_force = await library.in_force(tx)
    known = [(row, in_force.book.dates_by_kind[row["kind"]]) for row in rows if row["kind"] in in_force.book.dates_by_kind]
    timely = [(row, rule) for row, rule in known if row["offset"] < len(rule.at) and row["at"] + rule.expires > tx.now]
    wanted = [row for row, rule in timely if not (rule.until and row["thing_id"] in ended)]
    rules = in_force.book.dates_by_kind

    def revive(row: Row) -> Occurrence:
        return _occurrence(row, rules[row["kind"]], tx)

    def tell(plans: Planner, row: Row, occurrence: Occurrence) -> Iterable[Intention]:
        return _tell(plans, row, rules[row["kind"]], occurrence)

    intentions, broken = await plan_each(tx, in_force, wanted, revive, tell)
    await store_intentions(tx, intentions, in_force.book)
    if broken:
        await dates.put_back(tx, broken, tx.now + LATER)
    return len(rows)


def _occurrence(row: Row, rule: DateRule, tx: Tx) -> Occurrence:
    due = _stated(row["on"], rule)
    facts = revived(row["cause"], row["facts"]) | {"due": due, "cause_id": row["cause_id"], "days": _days(row["on"], tx)}
    if template := rule.at[row["offset"]].template:
        facts["template"] = template
    return Occurrence(row["cause_id"], row["cause"], tx.now, facts)


def _stated(on: datetime, rule: DateRule) -> Any:
    """The date as people are told it: a moment where the rule counts hours, else a day."""
    return on if any(offset.clock is None for offset in rule.at) else shanghai_date(on)


def _days(on: datetime, tx: Tx) -> int:
    return abs((shanghai_date(on) - tx.today).days)


def _tell(plans: Planner, row: Row, rule: DateRule, occurrence: Occurrence) -> list[Intention]:
    occasion = occasion_of(row["kind"], row["thing_id"], row["at"])
    moment = max(row["at"], plans.now)
    return list(plans.tell(rule, Occasion(occasion, occurrence, moment, sms=rule.at[row["offset"]].sms)))
