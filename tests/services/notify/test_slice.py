"""A hazard is found, and the tenant and the landlord hear of it at the same moment."""

import json
from typing import Any

from services.notify import workers
from shared.contracts.notify import NoticeAccepted, NoticePlanned
from shared.contracts.vocabulary import Recipient
from tests.services.notify.builders import BOSS, LANDLORD_BOSS, hazard, people
from tests.support.service import ServiceUnderTest


def screens(notify: ServiceUnderTest, channel: str = "sms") -> list[Any]:
    path = notify.data / "outbox" / f"{channel}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


async def test_tenant_and_landlord_hear_of_a_hazard(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    assert await notify.hears(hazard(immediate=True)) == "acked"
    while await notify.works(workers.send_alarms) or await due(notify):
        pass

    planned = await notify.said(NoticePlanned)
    accepted = await notify.said(NoticeAccepted)
    assert {notice.recipient for notice in planned} == {Recipient.TENANT, Recipient.LANDLORD, Recipient.GRID_OFFICER}
    assert {notice.notice_id for notice in accepted} == {notice.notice_id for notice in planned}
    texts = {row["notice_id"]: row["text"] for row in screens(notify)}
    notices = {row["person_id"]: row for row in await notify.table("notices")}
    assert "配电箱前堆物" in texts[str(notices[BOSS]["id"])]
    assert "环科园2号厂房" in texts[str(notices[LANDLORD_BOSS]["id"])]


async def due(notify: ServiceUnderTest) -> bool:
    return any(row["state"] == "due" for row in await notify.table("dispatches"))
