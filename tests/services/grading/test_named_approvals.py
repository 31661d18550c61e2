"""Two persons who are named: what a bureau has whose own desk asks both, and whose policy does not ask the second to sign in."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.grading import workers
from shared.contracts.grading import AppealDecided, GradeOverridden
from shared.identifiers import new_id
from tests.services.grading.asking import got, level, posted
from tests.services.grading.builders import MILL, MILLER, facts_changed, site_closed, site_registered, today, visit_recorded
from tests.support.running import until
from tests.support.service import ServiceUnderTest

TWO = ["officer-a", "officer-b"]


def wanted(**more: Any) -> dict[str, Any]:
    last = (today() + timedelta(days=30)).isoformat()
    return {"level": "orange", "reason": "现场复核", "file_id": str(new_id()), "approvals": TWO, "until": last} | more


async def test_an_override_stands_at_once_and_names_both(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    answer = await posted(grading, f"/sites/{MILL}/override", wanted(), subject="officer-a")

    assert (answer.status_code, answer.json()["state"], answer.json()["stands"]) == (201, "effective", "orange")
    assert (answer.json()["effective_from"], answer.json()["waiting_for"]) == (today().isoformat(), [])
    assert (await level(grading))["override"] is not None
    [event] = await grading.said(GradeOverridden)
    assert [approval.by for approval in event.approvals] == TWO
    assert await grading.table("proposals") == []


async def test_since_when_a_level_is_shown_is_told_alike_now_then_and_in_words(grading: ServiceUnderTest) -> None:
    """A level that people have set is shown since they did, and the one of the rules since it is shown again."""
    await grading.hears(site_registered())
    grading.time_passes(days=10)
    set_on = today() + timedelta(days=10)
    last = set_on + timedelta(days=20)
    await posted(grading, f"/sites/{MILL}/override", wanted(until=last.isoformat()), subject="officer-a")
    by_hand = await level(grading)
    grading.time_passes(days=30)
    await grading.works(workers.review_due_sites)
    by_rules = await level(grading)
    then = (await got(grading, f"/sites/{MILL}/history/{by_hand['revision']}"))["decision"]
    supposed = (await posted(grading, f"/sites/{MILL}/what-if", {})).json()

    assert [shown["since"] for shown in (by_hand, then)] == [set_on.isoformat()] * 2
    again = (last + timedelta(days=1)).isoformat()
    assert [shown["since"] for shown in (by_rules, supposed)] == [again] * 2
    assert all(f"自{shown['since']}起" in shown["explanation"]["zh"] for shown in (by_hand, then, by_rules, supposed))


async def waiting(grading: ServiceUnderTest) -> int:
    """How many transactions wait for a row."""
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    return int(await grading.database.run(lambda tx: tx.value(asked)))


async def test_of_two_overrides_at_once_the_later_one_holds(grading: ServiceUnderTest) -> None:
    """Whatever ids their senders gave them: the later one has the lesser id."""
    await grading.hears(site_registered())
    lesser, greater = sorted(str(new_id()) for _ in range(2))
    path, locked = f"/sites/{MILL}/override", text("SELECT 1 FROM grading.sites FOR UPDATE")
    async with grading.database.transaction() as tx:
        await tx.execute(locked)
        first = asyncio.create_task(posted(grading, path, wanted(id=greater, level="orange"), subject="officer-a"))
        await until(lambda: _reached(grading, 1))
        second = asyncio.create_task(posted(grading, path, wanted(id=lesser, level="yellow"), subject="officer-a"))
        await until(lambda: _reached(grading, 2))
    assert [(await task).status_code for task in (first, second)] == [201, 201]

    one, other = await grading.said(GradeOverridden)
    stands = await level(grading)
    assert (stands["level"], stands["override"]["id"]) == (other.to, str(other.override_id))
    assert (one.from_, one.to) == ("blue", other.from_)


async def _reached(grading: ServiceUnderTest, number: int) -> bool:
    return await waiting(grading) >= number


async def test_of_a_closed_site_nothing_new_is_decided(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(unlicensed=True), sequence=2)
    appeal = {"site_id": str(MILL), "reason": "已整改", "rules": []}
    filed = await posted(grading, "/appeals", appeal, "tenant", parties=[MILLER])
    await grading.hears(site_closed(), sequence=3)
    set_by_hand = await posted(grading, f"/sites/{MILL}/override", wanted(), subject="officer-a")
    lifted = await posted(
        grading,
        f"/sites/{MILL}/vetoes/veto.unlicensed/lift",
        {"reason": "现场已核实", "file_id": str(new_id()), "approvals": TWO},
        "enforcer",
        subject="officer-a",
        certificate_no="苏E-001",
    )
    disputed = await posted(grading, "/appeals", appeal, "tenant", parties=[MILLER])
    verdict = f"/appeals/{filed.json()['id']}/decide"
    upheld = await posted(grading, verdict, wanted(level="yellow", decision="upheld"), subject="officer-a")

    answers = (set_by_hand, lifted, disputed, upheld)
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "site_closed")}
    assert await grading.said(GradeOverridden) == []
    ended = await posted(grading, verdict, {"decision": "rejected", "reason": "企业已搬离"}, subject="officer-a")
    assert ended.json()["state"] == "decided"


async def test_one_name_is_not_enough_and_neither_are_two_others(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    for approvals in (["officer-a"], ["officer-a", "officer-a"], ["officer-b", "officer-c"]):
        answer = await posted(grading, f"/sites/{MILL}/override", wanted(approvals=approvals), subject="officer-a")
        assert (answer.status_code, answer.json()["code"]) == (422, "approvals_missing")
    assert await grading.said(GradeOverridden) == []


async def test_a_veto_that_two_lift_is_lifted_at_once(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(unlicensed=True), sequence=2)
    body = {"reason": "现场已核实", "file_id": str(new_id()), "approvals": ["enforcer-a", "enforcer-b"]}
    path = f"/sites/{MILL}/vetoes/veto.unlicensed/lift"
    answer = await posted(grading, path, body, "enforcer", subject="enforcer-a", certificate_no="苏E-001")
    assert (answer.status_code, answer.json()["state"]) == (201, "effective")
    assert answer.json()["level"] != "red"


async def test_a_verdict_that_sets_a_level_ends_the_appeal(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known={}))
    filed = await posted(grading, "/appeals", {"site_id": str(MILL), "reason": "已整改", "rules": []}, "tenant", parties=[MILLER])
    verdict = wanted(level="yellow", decision="upheld")
    answer = await posted(grading, f"/appeals/{filed.json()['id']}/decide", verdict, subject="officer-a")
    assert (answer.json()["state"], answer.json()["proposal_id"]) == ("decided", None)
    assert (await level(grading))["level"] == "yellow"
    assert (await grading.said(AppealDecided))[-1].level == "yellow"
    assert (await got(grading, "/proposals"))["items"] == []
