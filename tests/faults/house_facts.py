"""What the four services promise beyond the event path: copies agree, levels follow from facts, notices leave once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from services.grading.domain.assessment import LEVELS
from services.grading.domain.compaction import compact
from services.grading.domain.course import Course, Rules
from services.grading.domain.registers import OF_PARTY, Registers, Write
from services.grading.domain.translation import TRANSLATORS, writes_of
from services.grading.rollup import TENANT
from services.grading.rulings import shipped_policy, working_days
from shared.clock import shanghai_date
from shared.contracts.event import Event, decode
from shared.contracts.vocabulary import GradeCause
from tests.faults.evidence import Evidence, Violation

COPY_DIFFERS = "a service's copy differs from its owner's"
FACTS_DIFFER = "facts of grading that do not follow from what was said"
LEVEL_DIFFERS = "a level that does not follow from the facts"
TOLD_DIFFERS = "a level that was told otherwise than it is"
NOT_WRITTEN, WRITTEN_TWICE = "a notice recorded as accepted that no screen shows", "a notice on a screen more than once"
NOT_RECORDED = "a notice on a screen that is not recorded as accepted"
UNTOLD = "a notice given up for want of an address that the registry has"
NOT_PLANNED = "a notice that was planned and not said"

_ARRIVED = frozenset({"accepted", "delivered", "read"})
_FROM_ELSEWHERE = frozenset({TENANT, *OF_PARTY})
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class HouseFacts:
    """Rows by id of every table that another one must agree with, what was said, and the lines on the screens."""

    today: int
    registered: Rows = field(default_factory=dict)
    inspected: Rows = field(default_factory=dict)
    graded: Rows = field(default_factory=dict)
    notified: Rows = field(default_factory=dict)
    hazards: Rows = field(default_factory=dict)
    matters: Rows = field(default_factory=dict)
    told_levels: Mapping[str, str] = field(default_factory=dict)
    kept_levels: Mapping[str, str] = field(default_factory=dict)
    events: Sequence[Event] = ()
    dispatches: Rows = field(default_factory=dict)
    notices: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict)


_TABLES = {
    "registered": "SELECT id::text, party_id::text, landlord_site_id::text, is_open FROM registry.sites",
    "inspected": "SELECT site_id::text AS id, party_id::text, landlord_site_id::text, closed_on IS NULL AS is_open"
    " FROM inspection.sites",
    "graded": "SELECT site_id::text AS id, party_id::text, landlord_site_id::text, is_followed AS is_open, facts, level, kind"
    " FROM grading.sites WHERE kind IS NOT NULL",
    "notified": "SELECT site_id::text AS id, party_id::text, landlord_site_id::text, NOT closed AS is_open FROM notify.sites",
    "hazards": "SELECT id::text, state IN ('closed', 'rejected') AS ended FROM inspection.hazards",
    "matters": "SELECT thing_id::text AS id, ended FROM notify.matters WHERE kind = 'hazard'",
    "dispatches": "SELECT id::text, state, asked FROM notify.dispatches",
}
_UNTOLD = (
    "SELECT n.id::text FROM notify.notices n WHERE n.state = 'failed' AND n.reason = 'no_address'"
    " AND EXISTS (SELECT FROM registry.contacts c WHERE c.party_id = n.party_id AND c.active)"
)
_TOLD = (
    "SELECT DISTINCT ON (site) convert_from(body, 'utf8')::json->'data'->>'site_id' AS site,"
    " convert_from(body, 'utf8')::json->'data'->>'to' AS level FROM grading.outbox"
    " WHERE subject LIKE 'grading.grade_changed.%' ORDER BY site, (convert_from(body, 'utf8')::json->>'sequence')::int DESC"
)


async def collected(connection: Any, data: Path, now: datetime) -> HouseFacts:
    """Everything that is compared."""
    tables: dict[str, Any] = {}
    for name, query in _TABLES.items():
        tables[name] = {row["id"]: dict(row) for row in await connection.fetch(query)}
    bodies = [
        row["body"]
        for service in ("registry", "inspection")
        for row in await connection.fetch(f'SELECT body FROM "{service}".outbox ORDER BY id')
    ]
    return HouseFacts(
        today=shanghai_date(now).toordinal(),
        told_levels={row["site"]: row["level"] for row in await connection.fetch(_TOLD)},
        kept_levels={
            row["id"]: row["level"] for row in await connection.fetch("SELECT site_id::text AS id, level FROM notify.levels")
        },
        events=[event for event in map(decode, bodies) if type(event) in TRANSLATORS],
        untold=frozenset(row["id"] for row in await connection.fetch(_UNTOLD)),
        notices=frozenset(row["id"] for row in await connection.fetch("SELECT id::text FROM notify.notices")),
        lines=lines_in(data / "outbox"),
        **tables,
    )


def lines_in(folder: Path) -> Counter[str]:
    """How often each dispatch stands on a screen; a torn line counts as nothing."""
    found: Counter[str] = Counter()
    for file in folder.glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                found[str(UUID(json.loads(line)["key"]))] += 1
            except (ValueError, KeyError):
                continue
    return found


def judged(evidence: Evidence, facts: HouseFacts) -> tuple[list[Violation], dict[str, int]]:
    """What is wrong, and how much there was to look at."""
    checks = (_copies(facts), _registers(facts), _levels(facts), _screens(facts), _planned(evidence, facts))
    figures = {
        "sites": len(facts.registered),
        "hazards": len(facts.hazards),
        "notices": len(facts.notices),
        "dispatches": len(facts.dispatches),
        "lines on screens": sum(facts.lines.values()),
        "uncertain sends": sum(row["asked"] > 0 for row in facts.dispatches.values()),
    }
    return [violation for check in checks for violation in check], figures


def _copies(facts: HouseFacts) -> Iterator[Violation]:
    """Whoever follows sites knows each as its registrar does; notify knows which hazards have ended."""
    for name in ("inspected", "graded", "notified"):
        copies: Rows = getattr(facts, name)
        for identity, row in facts.registered.items():
            copy = copies.get(identity, {})
            if any(copy.get(column) != value for column, value in row.items()):
                yield Violation(COPY_DIFFERS, f"site {identity} as {name}: {copy or 'not there'}, owner: {row}")
    for identity, row in facts.hazards.items():
        if (matter := facts.matters.get(identity)) != row:
            yield Violation(COPY_DIFFERS, f"hazard {identity}: notify has {matter}, owner: {row}")


def _registers(facts: HouseFacts) -> Iterator[Violation]:
    """The registers of each site are those that its events give, in whatever order."""
    writes: dict[str, list[Write]] = {}
    shuffled = list(facts.events)
    Random(0).shuffle(shuffled)
    for event in shuffled:
        for write in writes_of(event, event.envelope):
            writes.setdefault(str(write.site), []).append(write)
    for identity, row in facts.graded.items():
        expected = Registers()
        expected.fold(writes.get(identity, []), facts.today)
        compact(expected, facts.today)
        if _own(expected) != (found := _own(Registers.of_json(row["facts"]))):
            yield Violation(FACTS_DIFFER, f"site {identity}: {_difference(_own(expected), found)}")


def _own(registers: Registers) -> dict[str, Any]:
    families = registers.facts()["current"]
    return {family: names for family, names in families.items() if family not in _FROM_ELSEWHERE}


def _difference(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    families = [family for family in {*expected, *found} if expected.get(family) != found.get(family)]
    return "; ".join(f"{family}: expected {expected.get(family)}, found {found.get(family)}" for family in families)[:600]


def _levels(facts: HouseFacts) -> Iterator[Violation]:
    """The level of each site is what the policy says of its facts, and what everybody was told last."""
    policy = shipped_policy()
    rules = Rules(((policy.document.effective_from.toordinal(), policy),), working_days)
    for identity, row in facts.graded.items():
        if not row["is_open"]:
            continue
        course = Course(facts=Registers.of_json(row["facts"]))
        course.decide(facts.today, rules.on(facts.today), rules.working_days, GradeCause.FACT)
        level = None if course.level is None else LEVELS[course.level].value
        if level != row["level"]:
            yield Violation(LEVEL_DIFFERS, f"site {identity}: {row['level']} instead of {level}")
        for where, told in (("event", facts.told_levels), ("notify", facts.kept_levels)):
            if told.get(identity) != row["level"]:
                yield Violation(TOLD_DIFFERS, f"site {identity}: {row['level']}, by {where} {told.get(identity)}")


def _screens(facts: HouseFacts) -> Iterator[Violation]:
    """Each accepted dispatch is one line, and each line an accepted dispatch."""
    arrived = {identity for identity, row in facts.dispatches.items() if row["state"] in _ARRIVED}
    for identity in arrived | facts.lines.keys():
        times = facts.lines.get(identity, 0)
        if not times:
            yield Violation(NOT_WRITTEN, identity)
        elif identity not in arrived:
            yield Violation(NOT_RECORDED, f"{identity}: {facts.dispatches.get(identity)}")
        elif times > 1:
            yield Violation(WRITTEN_TWICE, f"{identity}: {times} times")


def _planned(evidence: Evidence, facts: HouseFacts) -> Iterator[Violation]:
    """Every notice was said when it was planned, and nobody goes untold who could be reached."""
    yield from (Violation(UNTOLD, identity) for identity in sorted(facts.untold))
    said = {
        event.aggregate.partition("=")[2].partition("/")[0] for event in evidence.said if event.type == "notify.notice_planned.v1"
    }
    for identity in facts.notices - said:
        yield Violation(NOT_PLANNED, identity)
