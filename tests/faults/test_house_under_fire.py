"""The four services under fire: every accepted request has its row, its events, its level and its notices, each once."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults import house_facts
from tests.faults.evidence import Evidence
from tests.faults.figures import figures_of
from tests.faults.house import CAST
from tests.faults.house_facts import HouseFacts
from tests.faults.nemesis import Planned
from tests.faults.trial import tried
from tests.faults.verdict import Terms, Verdict
from tests.support import servers

SEED = 20260102
SPLIT = (
    ("relay_before_mark", "inspection"),
    ("delivery_before_ack", "grading"),
    ("kill nats", "nats"),
    ("kill", "notify"),
    ("request_before_answer", "registry"),
    ("poison", "streams"),
    ("delivery_before_commit", "notify"),
    ("shuffle", "inspection"),
    ("kill postgres", "postgres"),
    ("copies", "streams"),
    ("delete consumer", "grading"),
)
TOGETHER = (("kill", "grading"), ("relay_mid_batch", "inspection"), ("kill postgres", "postgres"), ("kill nats", "nats"))


@pytest.fixture
def folder() -> Path:
    return servers.folder(f"trial-{uuid4().hex[:8]}")


def terms(*blows: tuple[str, str], operations: int) -> Terms:
    return Terms(
        "house",
        SEED,
        operations,
        blows=tuple(Planned(0.3, kind, target) for kind, target in blows),
        customers=5,
        ack_wait=2.0,
    )


def kept(verdict: Verdict) -> None:
    assert verdict.violations == (), verdict.told()
    figures = figures_of(verdict)
    assert figures["refused"] == {}
    assert (figures["lost"], figures["duplicate effects"], figures["order inversions"]) == (0, 0, 0)
    print({name: figures[name] for name in ("accepted", "deaths", "duplicate deliveries", "losses at 95 %", "seed")})


async def test_four_processes_keep_every_promise_whatever_dies(folder: Path) -> None:
    kept(await tried(terms(*SPLIT, operations=200), folder, print))


async def test_one_process_of_four_services_keeps_every_promise_whatever_dies(folder: Path) -> None:
    kept(await tried(replace(terms(*TOGETHER, operations=120), together=True), folder, print))


def row(**more: object) -> dict[str, object]:
    return {"party_id": "p", "landlord_site_id": None, "is_open": True, **more}


def honest() -> HouseFacts:
    """A closed site, a hazard, and one notice on one screen."""
    sites = {"s": row(is_open=False)}
    return HouseFacts(
        today=739_000,
        registered=sites,
        inspected=sites,
        graded={"s": row(is_open=False, facts='{"current": {}, "past": [], "gone": {}}', level="blue", kind="tenant")},
        notified=sites,
        hazards={"h": {"id": "h", "ended": True}},
        matters={"h": {"id": "h", "ended": True}},
        dispatches={"d": {"state": "accepted", "asked": 0}},
        lines={"d": 1},
    )


FALSIFICATIONS: dict[str, tuple[dict[str, object], str]] = {
    "inspection never heard of a site": ({"inspected": {}}, house_facts.COPY_DIFFERS),
    "notify thinks a closed site open": ({"notified": {"s": row()}}, house_facts.COPY_DIFFERS),
    "notify thinks a closed hazard open": ({"matters": {"h": {"id": "h", "ended": False}}}, house_facts.COPY_DIFFERS),
    "grading knows what nobody said": (
        {"graded": {"s": row(is_open=False, facts='{"current": {"fact": {"dust": [1, "e", 1, {}]}}, "past": [], "gone": {}}')}},
        house_facts.FACTS_DIFFER,
    ),
    "a level stands without facts": (
        {
            "graded": {"s": row(facts='{"current": {}, "past": [], "gone": {}}', level="red")},
            "registered": {"s": row()},
            "inspected": {"s": row()},
            "notified": {"s": row()},
        },
        house_facts.LEVEL_DIFFERS,
    ),
    "a notice is on a screen twice": ({"lines": {"d": 2}}, house_facts.WRITTEN_TWICE),
    "an accepted notice is on no screen": ({"lines": {}}, house_facts.NOT_WRITTEN),
    "a notice on a screen is recorded as failed": (
        {"dispatches": {"d": {"state": "failed", "asked": 0}}},
        house_facts.NOT_RECORDED,
    ),
    "a notice was planned in silence": ({"notices": frozenset({"n"})}, house_facts.NOT_PLANNED),
    "somebody who can be reached was given up": ({"untold": frozenset({"n"})}, house_facts.UNTOLD),
}


def test_honest_facts_pass() -> None:
    assert CAST.judge(Evidence(), honest())[0] == []


@pytest.mark.parametrize("what", FALSIFICATIONS)
def test_negative_control_false_facts_are_convicted(what: str) -> None:
    changes, promise = FALSIFICATIONS[what]
    false = replace(honest(), **changes)  # type: ignore[arg-type]
    assert promise in {violation.promise for violation in CAST.judge(Evidence(), false)[0]}
