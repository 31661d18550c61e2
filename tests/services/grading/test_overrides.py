"""人工调整 and lifted vetoes: two persons, a reason, a document, an end."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.grading import workers
from shared.contracts.grading import GradeChanged, GradeOverridden, GradeWarned, OverrideExpired
from shared.contracts.vocabulary import Level
from shared.identifiers import new_id
from tests.services.grading.asking import confirmed, level, posted
from tests.services.grading.builders import (
    MILL,
    RISKY,
    facts_changed,
    hazard_found,
    major_hazard_confirmed,
    site_registered,
    today,
    visit_recorded,
)
from tests.support.service import ServiceUnderTest

pytestmark = pytest.mark.usefixtures("second_signs_in")

FILE = str(new_id())


def wanted(**more: Any) -> dict[str, Any]:
    usual = {
        "level": "orange",
        "reason": "现场复核发现台账未反映的风险",
        "file_id": FILE,
        "approvals": ["officer-a", "officer-b"],
    }
    return usual | {"until": (today() + timedelta(days=30)).isoformat()} | more


async def override(grading: ServiceUnderTest, **more: Any) -> httpx.Response:
    """One proposes; where that is taken, the other confirms."""
    answer = await posted(grading, f"/sites/{MILL}/override", wanted(**more), subject="officer-a")
    return await confirmed(grading, answer.json()["id"]) if answer.status_code == 201 else answer


async def test_two_persons_set_a_level_and_it_is_shown_as_theirs(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    answer = await override(grading)

    assert (answer.status_code, answer.json()["state"], answer.json()["stands"]) == (200, "effective", "orange")
    stands = await level(grading)
    assert (stands["level"], stands["by_rules"], stands["override"]["label"]) == ("orange", "blue", "人工调整")
    assert "人工调整" in stands["explanation"]["zh"]
    changed = (await grading.said(GradeChanged))[-1]
    assert (changed.manual, changed.cause) == (True, "override")
    assert [approval.by for approval in (await grading.said(GradeOverridden))[-1].approvals] == ["officer-a", "officer-b"]


async def test_it_ends_by_itself_and_the_rules_hold_again(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await override(grading)
    grading.time_passes(days=31)
    await grading.works(workers.review_due_sites)

    assert (await level(grading))["level"] == "blue"
    assert len(await grading.said(OverrideExpired)) == 1
    assert (await grading.said(GradeChanged))[-1].to is Level.BLUE


async def test_whom_people_have_set_to_orange_nobody_warns_of_yellow_before_its_end(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known=RISKY))
    grading.time_passes(days=1)
    await override(grading)
    await grading.hears(*(hazard_found(level="serious", due="2099-01-01") for _ in range(3)))
    assert await grading.said(GradeWarned) == []
    assert (await level(grading))["warned"] is None


async def test_of_a_drop_that_was_hidden_one_hears_when_the_override_ends(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known=RISKY))
    grading.time_passes(days=1)
    await override(grading, until=(today() + timedelta(days=3)).isoformat())
    grading.time_passes(days=2)
    await grading.hears(*(hazard_found(level="serious", due="2099-01-01") for _ in range(3)))
    grading.time_passes(days=1)
    await grading.works(workers.review_due_sites)

    assert [(event.from_, event.to) for event in await grading.said(GradeWarned)] == [(Level.BLUE, Level.YELLOW)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"approvals": ["officer-a"]}, "approvals_missing"),
        ({"approvals": ["officer-a", "officer-a"]}, "approvals_missing"),
        ({"approvals": ["officer-b", "officer-c"]}, "approvals_missing"),
        ({"until": "2099-01-01"}, "override_too_long"),
    ],
)
async def test_an_override_that_breaks_a_rule_is_refused(grading: ServiceUnderTest, more: dict[str, Any], code: str) -> None:
    await grading.hears(site_registered())
    answer = await override(grading, **more)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await level(grading))["level"] == "blue"


async def test_a_veto_is_stronger_than_an_override(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(major_hazard_confirmed())
    answer = await override(grading, level="blue")

    assert answer.json()["stands"] == "red"


async def test_sent_again_it_is_proposed_once(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    body = wanted(id=str(new_id()))
    first = await posted(grading, f"/sites/{MILL}/override", body, subject="officer-a")
    again = await posted(grading, f"/sites/{MILL}/override", body, subject="officer-a")

    assert first.json() == again.json()
    assert len(await grading.table("proposals")) == 1
    assert await grading.said(GradeOverridden) == []


async def lifted(grading: ServiceUnderTest, rule: str, **more: Any) -> httpx.Response:
    """A certified person lifts; where a second has to confirm, it does."""
    body = {"reason": "现场已核实", "file_id": FILE, "approvals": ["enforcer-a", "enforcer-b"]} | more
    path = f"/sites/{MILL}/vetoes/{rule}/lift"
    answer = await posted(grading, path, body, "enforcer", subject="enforcer-a", certificate_no="苏E-001")
    if answer.status_code != 201 or answer.json()["state"] == "effective":
        return answer
    return await confirmed(grading, answer.json()["id"], "enforcer-b", role="enforcer", certificate_no="苏E-002")


async def test_two_certified_persons_lift_a_veto_that_asks_two(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(unlicensed=True), sequence=2)
    assert (await level(grading))["level"] == "red"

    alone = await lifted(grading, "veto.unlicensed", approvals=["enforcer-a"])
    together = await lifted(grading, "veto.unlicensed")
    assert (alone.status_code, alone.json()["code"]) == (422, "approvals_missing")
    assert (together.status_code, together.json()["stands"]) == (200, "orange")
    assert (await level(grading))["vetoes"] == []


async def test_a_lifted_veto_stands_again_when_its_fact_is_said_again(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(unlicensed=True), sequence=2)
    await lifted(grading, "veto.unlicensed")
    await grading.hears(facts_changed(unlicensed=True), sequence=3)

    assert (await level(grading))["level"] == "red"


async def test_of_two_vetoes_that_one_event_raised_only_the_named_one_is_lifted(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(unlicensed=True, forged_evidence=True), sequence=2)
    alone = await lifted(grading, "veto.forged_evidence", approvals=["enforcer-a"])

    assert (alone.status_code, alone.json()["state"], alone.json()["level"]) == (201, "effective", "red")
    assert [veto["rule"] for veto in (await level(grading))["vetoes"]] == ["veto.unlicensed"]


async def test_a_lifted_veto_stays_lifted_when_another_of_its_facts_is_found_in_order(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(unlicensed=True), sequence=2)
    await lifted(grading, "veto.unlicensed")
    await grading.hears(facts_changed(unlawful_dangerous_goods=False), sequence=3)
    assert (await level(grading))["level"] == "orange"

    await grading.hears(facts_changed(unlawful_dangerous_goods=True), sequence=4)
    assert (await level(grading))["level"] == "red"


async def test_a_veto_by_a_hazard_ends_only_when_the_hazard_is_closed(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(major_hazard_confirmed())
    answer = await lifted(grading, "veto.major_hazard")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_such_veto")


async def test_nobody_lifts_a_veto_without_a_certificate(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(facts_changed(unlicensed=True), sequence=2)
    body = {"reason": "现场已核实", "file_id": FILE, "approvals": ["enforcer-a", "enforcer-b"]}
    answer = await posted(grading, f"/sites/{MILL}/vetoes/veto.unlicensed/lift", body, "enforcer", subject="enforcer-a")

    assert answer.status_code == 403
