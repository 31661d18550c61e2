"""申诉: filed in time by the party itself, decided once, and the level stands meanwhile."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from shared.calendar import add_working_days
from shared.clock import shanghai_date, utc_now
from shared.contracts.grading import AppealDecided, AppealFiled
from shared.identifiers import new_id
from tests.services.grading.asking import confirmed, got, level, posted
from tests.services.grading.builders import MILL, MILLER, OWNER, major_hazard_confirmed, site_registered, today
from tests.support.service import ServiceUnderTest

pytestmark = pytest.mark.usefixtures("second_signs_in")


async def filed(grading: ServiceUnderTest, party: Any = MILLER, **more: Any) -> httpx.Response:
    body = {"site_id": str(MILL), "reason": "现场当日无人作业", "rules": ["veto.exit_locked"]} | more
    return await posted(grading, "/appeals", body, "tenant", parties=[party])


async def decided(grading: ServiceUnderTest, appeal: str, **more: Any) -> httpx.Response:
    body = {"decision": "rejected", "reason": "照片与记录一致"} | more
    return await posted(grading, f"/appeals/{appeal}/decide", body, subject="officer-a")


async def test_a_party_disputes_its_level_and_the_veto_is_marked(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(major_hazard_confirmed())
    appeal = (await filed(grading)).json()

    said = (await grading.said(AppealFiled))[-1]
    assert (appeal["state"], str(said.due)) == ("open", appeal["due"])
    stands = await level(grading)
    assert stands["level"] == "red"
    assert {veto["rule"]: veto["disputed"] for veto in stands["vetoes"]} == {"veto.exit_locked": True, "veto.major_hazard": False}


async def test_an_appeal_is_decided_once(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    appeal = (await filed(grading)).json()["id"]
    first, again = await decided(grading, appeal), await decided(grading, appeal)

    assert (first.status_code, first.json()["decision"]) == (200, "rejected")
    assert (again.status_code, again.json()["code"]) == (409, "appeal_closed")
    assert len(await grading.said(AppealDecided)) == 1


async def test_an_upheld_appeal_may_set_a_level_by_two_persons(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known={}))
    appeal = (await filed(grading)).json()["id"]
    body = {
        "decision": "upheld",
        "level": "yellow",
        "until": (today() + timedelta(days=20)).isoformat(),
        "file_id": str(new_id()),
    }
    alone = await decided(grading, appeal, **body, approvals=["officer-a"])
    together = await decided(grading, appeal, **body, approvals=["officer-a", "officer-b"])

    assert alone.json()["code"] == "approvals_missing"
    assert (together.json()["state"], (await level(grading))["level"]) == ("open", "blue")
    assert await grading.said(AppealDecided) == []

    proposal = together.json()["proposal_id"]
    assert (await confirmed(grading, proposal)).json()["state"] == "effective"
    [ended] = (await got(grading, "/appeals"))["items"]
    assert (ended["state"], ended["override_id"], ended["proposal_id"]) == ("decided", proposal, None)
    assert (await level(grading))["level"] == "yellow"
    assert (await grading.said(AppealDecided))[-1].level == "yellow"


async def test_a_verdict_that_waits_for_its_second_person_is_neither_given_twice_nor_lost(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known={}))
    appeal = (await filed(grading)).json()["id"]
    until, file = (today() + timedelta(days=20)).isoformat(), str(new_id())
    both = ["officer-a", "officer-b"]
    waits = await decided(grading, appeal, decision="upheld", level="yellow", until=until, file_id=file, approvals=both)
    proposal = waits.json()["proposal_id"]
    assert [item["proposal_id"] for item in (await got(grading, "/appeals"))["items"]] == [proposal]
    other = await decided(grading, appeal)
    assert (other.status_code, other.json()["code"], other.json()["proposal_id"]) == (409, "proposal_open", proposal)

    await posted(grading, f"/proposals/{proposal}/decline", {"reason": "证据不足"}, subject="officer-b")
    assert (await decided(grading, appeal)).json()["decision"] == "rejected"
    assert (await confirmed(grading, proposal)).json()["code"] == "proposal_closed"


async def on_a_day(grading: ServiceUnderTest, day: date) -> None:
    """Let days pass until one, whatever today is."""
    now = shanghai_date(utc_now() + grading.database.shift)
    grading.time_passes(days=(day - now).days)


async def test_one_may_file_until_the_fifth_working_day(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    last = add_working_days(today(), 5).date
    await on_a_day(grading, last)
    answer = await filed(grading)

    assert (answer.status_code, answer.json()["filed_on"]) == (201, last.isoformat())
    assert answer.json()["due"] == add_working_days(last, 10).date.isoformat()


async def test_the_day_after_the_fifth_working_day_is_too_late(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await on_a_day(grading, add_working_days(today(), 5).date + timedelta(days=1))
    answer = await filed(grading)

    assert (answer.status_code, answer.json()["code"]) == (422, "appeal_too_late")


async def test_what_nobody_has_decided_in_ten_working_days_is_shown_as_late(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await filed(grading)
    due = add_working_days(today(), 10).date
    await on_a_day(grading, due)
    assert [appeal["is_late"] for appeal in (await got(grading, "/appeals"))["items"]] == [False]
    await on_a_day(grading, due + timedelta(days=1))
    assert [appeal["is_late"] for appeal in (await got(grading, "/appeals"))["items"]] == [True]


async def test_one_appeal_at_a_time(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await filed(grading)
    answer = await filed(grading)

    assert (answer.status_code, answer.json()["code"]) == (409, "appeal_open")


async def test_another_party_cannot_dispute_it(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    assert (await filed(grading, OWNER)).status_code == 404


async def test_the_bureau_sees_what_is_open_and_the_tenant_what_is_its_own(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await filed(grading)

    assert len((await got(grading, "/appeals?state=open"))["items"]) == 1
    assert len((await got(grading, "/appeals", "tenant", parties=[MILLER]))["items"]) == 1
    assert (await got(grading, "/appeals", "tenant", parties=[OWNER]))["items"] == []
