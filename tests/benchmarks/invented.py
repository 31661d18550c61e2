"""Stored sites in any number, made of tenants that the simulator has lived through half a year."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import cycle, islice
from typing import Any, Final

import asyncpg

from services.grading.case import Case
from services.grading.casebook import _card, _facts, _row
from services.grading.domain.course import Course, Rules
from services.grading.simulator.guesses import Chance, shipped_guesses
from services.grading.simulator.happenings import plan
from services.grading.simulator.life import Life
from shared.contracts.vocabulary import GradeCause
from shared.identifiers import new_id

LIVES: Final = 1_000
_HALF_A_YEAR: Final = 180
_UNSTORED: Final = {"standing": None, "policy": None, "level_since": None, "is_followed": False, "landlord_site_id": None}
_BEFORE: Final = dict.fromkeys(("band", "points", "score", "overdue", "check_days", "check_months", "level"), None)


def lives(rules: Rules, today: date, count: int = LIVES) -> Iterator[Course]:
    """Tenants as they stand yesterday; the same ones in every run."""
    guesses, last = shipped_guesses(), today.toordinal() - 1
    for number in range(count):
        life = Life(guesses, rules, Chance(guesses["seed"], number), new_id())
        life.live(last - _HALF_A_YEAR, _HALF_A_YEAR, plan)
        yield Course(facts=life.facts, standing=life.standing)


async def store(url: str, rules: Rules, today: date, count: int) -> None:
    """Put ``count`` sites into a migrated database, each with its facts, its standing and its card."""
    cases = [_case(course, rules, today) for course in lives(rules, today)]
    rows = [_row(case) | _facts(case) | _card(case) for case in cases]
    connection = await asyncpg.connect(url)
    now: datetime = await connection.fetchval("SELECT now()")
    columns = [*rows[0], "changed_at"]
    await connection.copy_records_to_table("sites", schema_name="grading", columns=columns, records=_copies(rows, count, now))
    await connection.execute("VACUUM ANALYZE grading.sites")
    await connection.close()


def _copies(rows: list[dict[str, Any]], count: int, now: datetime) -> Iterator[tuple[Any, ...]]:
    for row in islice(cycle(rows), count):
        yield (*(row | {"site_id": new_id()}).values(), now)


def _case(course: Course, rules: Rules, today: date) -> Case:
    yesterday = today.toordinal() - 1
    case = Case(new_id(), course, 0, 0, dict(_UNSTORED | _BEFORE))
    case.keep(course.decide(yesterday, rules.on(yesterday), rules.working_days, GradeCause.FACT), None)
    return case
