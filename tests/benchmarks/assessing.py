"""``assess`` alone: how many sites a second get their level from their facts, with nothing read and nothing stored."""

import time
from collections.abc import Sequence
from uuid import UUID

from services.grading.domain.course import Course, Rules
from services.grading.domain.translation import writes_of
from shared.contracts.event import decode
from shared.contracts.vocabulary import GradeCause
from tests.benchmarks import facts, invented
from tests.benchmarks.by_hand import shipped_rules
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.services.grading.builders import today

SITES, EVENTS = 2_000, 10_000
_SECONDS = 3.0


async def measure(_place: Place) -> list[Figure]:
    """Sites a second on one core; each is decided anew for tomorrow, as if its last answer had been another one."""
    rules, day = shipped_rules(), today().toordinal() + 1
    young, old = _courses(rules), list(invented.lives(rules, today()))
    for course in old:
        course.decide(day - 1, rules.on(day), rules.working_days, GradeCause.FACT)
    return [
        _figure("assess: a level with its reasons", young, rules, f"{len(young)} sites that {EVENTS} events have told of"),
        _figure("assess: the same after half a year", old, rules, f"{len(old)} tenants that the simulator has lived through"),
    ]


def _figure(name: str, courses: Sequence[Course], rules: Rules, what: str) -> Figure:
    day, done = today().toordinal() + 1, 0
    began, busy = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < _SECONDS:
        for course in courses:
            course.substance = b""
            course.decide(day, rules.on(day), rules.working_days, GradeCause.FACT)
        done += len(courses)
    rate, alone = done / (time.perf_counter() - began), done / (time.process_time() - busy)
    return Figure(name, "sites/s", rate, goal="≥ 20,000", note=f"{what}; {alone:,.0f} a second of processor time; one core")


def _courses(rules: Rules) -> list[Course]:
    courses: dict[UUID, Course] = {}
    letters, day = list(facts.registrations(SITES)), today().toordinal()
    sites = [event.site for event in (decode(letter.body) for letter in letters) if event.site]
    for letter in (*letters, *facts.working_day(sites, EVENTS)):
        event = decode(letter.body)
        for write in writes_of(event, event.envelope):
            courses.setdefault(write.site, Course()).facts.fold([write], day)
    for course in courses.values():
        course.decide(day, rules.on(day), rules.working_days, GradeCause.FACT)
    return [course for course in courses.values() if course.is_followed]
