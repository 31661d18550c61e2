"""Those outside who follow events: filters, tests, the log, replay, and what becomes of a dead subscriber."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.notify import workers
from services.notify.channels.channel import Accepted, Concern, Impossible, TryLater
from shared.contracts.inspection import HazardClosed
from shared.contracts.vocabulary import HazardLevel, HazardState
from tests.services.notify.builders import GRID, MILL, grade_changed, hazard, named, people
from tests.services.notify.matters import NOW
from tests.services.notify.phones import Phone, at_clock, install, notices, send_all
from tests.support.service import ServiceUnderTest

URL = "https://partner.example/hooks/mashang"


async def follow(notify: ServiceUnderTest, subject: str = "partner", **body: Any) -> Any:
    plain = {"channel": "webhook", "address": URL, "filter": {"events": ["HazardFound", "grading.grade_changed"]}}
    async with notify.client("integrator", subject=subject) as client:
        answer = await client.post("/api/notify/subscriptions", json=plain | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def partner(notify: ServiceUnderTest, **more: Any) -> Phone:
    phone = Phone("webhook", "webhook", **more)
    install(notify, phone)
    return phone


async def test_a_subscriber_hears_the_event_as_it_was_said(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    made = await follow(notify, secret="a-secret-of-the-partner")
    phone = partner(notify)
    await notify.hears(hazard())
    await send_all(notify)

    (call,) = phone.calls
    body = json.loads(call.body or b"{}")
    assert (body["type"], body["data"]["number"]) == ("inspection.hazard_found.v1", "0142")
    assert call.address.value == URL
    assert call.secrets == ("a-secret-of-the-partner",)
    assert made["address"] == "htt****hang"
    assert URL not in json.dumps([dict(row) for row in await notify.table("subscriptions")], default=str)


async def test_an_event_that_is_not_followed_is_not_told(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await follow(notify)
    phone = partner(notify)
    await notify.hears(hazard(HazardClosed, state=HazardState.CLOSED, closed_at=NOW))
    await send_all(notify)

    assert phone.calls == []


@pytest.mark.parametrize(
    ("filtered", "heard"),
    [
        ({"levels": ["red", "orange"]}, ["grading.grade_changed"]),
        ({"levels": ["medium"]}, ["inspection.hazard_found"]),
        ({"levels": ["major"]}, []),
        ({"grids": [str(GRID)]}, ["grading.grade_changed", "inspection.hazard_found"]),
        ({"grids": [str(named("another grid"))]}, []),
        ({"sites": [str(MILL)]}, ["grading.grade_changed", "inspection.hazard_found"]),
        ({"sites": [str(named("another site"))]}, []),
    ],
)
async def test_filters_on_level_grid_and_site(notify: ServiceUnderTest, filtered: dict[str, Any], heard: list[str]) -> None:
    await notify.hears(*people())
    await follow(notify, filter={"events": ["HazardFound", "GradeChanged"], **filtered})
    partner(notify)
    await notify.hears(hazard(level=HazardLevel.MEDIUM))
    await notify.hears(grade_changed())

    assert sorted(row["cause"] for row in await notices(notify, kind="subscription")) == heard


@pytest.mark.parametrize("event", ["HazardDreamt", "inspection.visit_recorded", "notify.notice_planned"])
async def test_an_event_of_which_nobody_would_hear_is_refused_by_name(notify: ServiceUnderTest, event: str) -> None:
    async with notify.client("integrator") as client:
        body = {"channel": "webhook", "address": URL, "filter": {"events": [event]}}
        answer = await client.post("/api/notify/subscriptions", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "event_unknown")
    assert answer.json()["errors"][0]["pointer"] == "/filter/events"


CHANNELS = [
    ("webhook", URL, Phone("webhook", "webhook")),
    ("email", "duty@partner.example", Phone("email", "smtp")),
    ("sms", "13900001234", Phone("sms")),
    ("wechat", "o-partner-openid-01", Phone("wechat", "wechat_official")),
    ("wecom", "robot-key-of-the-partner", Phone("wecom_group", "wecom_group")),
]


@pytest.mark.parametrize(("channel", "address", "phone"), CHANNELS, ids=[channel for channel, *_ in CHANNELS])
async def test_every_channel_carries_tests_and_events_to_its_address(
    notify: ServiceUnderTest, channel: str, address: str, phone: Phone
) -> None:
    phone.calls.clear()
    await notify.hears(*people())
    made = await follow(notify, channel=channel, address=address, filter={"events": ["HazardFound"], "grids": [str(GRID)]})
    install(notify, phone)
    await at_clock(notify, 10)
    async with notify.client("integrator", subject="partner") as client:
        tested = (await client.post(f"/api/notify/subscriptions/{made['id']}/test")).json()
        await send_all(notify)
        await notify.hears(hazard())
        await send_all(notify)
        log = (await client.get(f"/api/notify/subscriptions/{made['id']}/deliveries")).json()["items"]

    mine = [call for call in phone.calls if call.address.value == address]
    assert [call.template for call in mine] == ["TEST", "SUBSCRIBED"]
    assert [line["state"] for line in log] == ["accepted", "accepted"]
    assert log[1]["notice_id"] == tested["notice_id"]
    assert address not in json.dumps([made, log])


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("webhook", "partner.example"),
        ("email", "duty.partner"),
        ("sms", "110-11"),
        ("wechat", "我的微信号码"),
        ("wecom", "a b c d e"),
    ],
)
async def test_an_address_that_is_none_of_its_channel_is_refused_at_its_field(
    notify: ServiceUnderTest, channel: str, address: str
) -> None:
    async with notify.client("integrator") as client:
        body = {"channel": channel, "address": address, "filter": {"events": ["HazardFound"]}}
        answer = await client.post("/api/notify/subscriptions", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "address_unfit")
    assert answer.json()["errors"][0]["pointer"] == "/address"
    assert address not in answer.text


@pytest.mark.parametrize(
    ("role", "status"), [("tenant", 403), ("landlord", 403), ("grid_officer", 403), ("auditor", 403), ("department", 201)]
)
async def test_who_may_follow(notify: ServiceUnderTest, role: str, status: int) -> None:
    async with notify.client(role) as client:
        body = {"channel": "webhook", "address": URL, "filter": {"events": ["HazardFound"]}}
        assert (await client.post("/api/notify/subscriptions", json=body)).status_code == status


async def test_a_secret_with_which_nobody_could_sign_is_refused_at_its_field(notify: ServiceUnderTest) -> None:
    async with notify.client("integrator") as client:
        body = {"channel": "webhook", "address": URL, "secret": "密" * 16, "filter": {"events": ["HazardFound"]}}
        answer = await client.post("/api/notify/subscriptions", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "secret_unfit")
    assert answer.json()["errors"][0]["pointer"] == "/secret"


async def test_a_test_is_sent_and_found_in_the_log(notify: ServiceUnderTest) -> None:
    made = await follow(notify)
    phone = partner(notify)
    async with notify.client("integrator", subject="partner") as client:
        tested = (await client.post(f"/api/notify/subscriptions/{made['id']}/test")).json()
        await send_all(notify)
        log = (await client.get(f"/api/notify/subscriptions/{made['id']}/deliveries")).json()["items"]

    assert [call.template for call in phone.calls] == ["TEST"]
    assert [(line["notice_id"], line["state"], line["attempts"]) for line in log] == [(tested["notice_id"], "accepted", 1)]


async def test_an_entry_of_the_log_is_replayed(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    made = await follow(notify)
    phone = partner(notify)
    await notify.hears(hazard())
    await send_all(notify)
    notice = (await notices(notify, kind="subscription"))[0]
    async with notify.client("integrator", subject="partner") as client:
        answer = await client.post(f"/api/notify/subscriptions/{made['id']}/deliveries/{notice['id']}/replay")
    await send_all(notify)

    assert answer.status_code == 200
    assert [call.notice_id for call in phone.calls] == [notice["id"]] * 2
    assert phone.calls[0].body == phone.calls[1].body


async def test_nobody_reads_or_changes_anothers_subscription(notify: ServiceUnderTest) -> None:
    made = await follow(notify)
    async with notify.client("integrator", subject="stranger") as stranger:
        path = f"/api/notify/subscriptions/{made['id']}"
        answers = [await stranger.get(path), await stranger.post(f"{path}/test"), await stranger.post(f"{path}/pause")]
        listed = (await stranger.get("/api/notify/subscriptions")).json()["items"]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert listed == []


async def test_a_secret_is_shown_once_and_kept_nowhere_in_the_clear(notify: ServiceUnderTest) -> None:
    body = {"filter": {"events": ["HazardFound"]}, "channel": "webhook", "address": "https://partner.example.org/in"}
    async with notify.client("bureau") as client:
        sent = [await client.post("/api/notify/subscriptions", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    first, again = (answer.json() for answer in sent)
    assert first["secret"].startswith("whsec_")
    assert again == {name: value for name, value in first.items() if name != "secret"}
    for table in ("subscriptions", "idempotency"):
        for row in await notify.table(table):
            assert first["secret"] not in "".join(str(value) for value in row.values()), table


async def test_a_new_secret_signs_beside_the_old_one(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    made = await follow(notify, secret="the-first-secret-of-all")
    phone = partner(notify)
    async with notify.client("integrator", subject="partner") as client:
        changed = (await client.post(f"/api/notify/subscriptions/{made['id']}/secrets")).json()
        shown = (await client.get(f"/api/notify/subscriptions/{made['id']}")).json()
    await notify.hears(hazard())
    await send_all(notify)

    assert phone.calls[0].secrets == (changed["secret"], "the-first-secret-of-all")
    assert shown["secret"] is None


async def test_a_dead_subscriber_is_paused_and_told(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    async with notify.client("bureau") as bureau:
        desk = {"recipient": "bureau", "officer_id": str(named("bureau"))}
        await bureau.put("/api/notify/desks", json={"desks": [desk]})
    made = await follow(notify)
    partner(notify, says=lambda _: TryLater(timedelta(), "webhook_refused", Concern.ADDRESS))
    for number in range(11):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}")))
    for _ in range(20):
        notify.time_passes(minutes=10)
        await send_all(notify)
    await notify.works(workers.pause_dead_subscribers)

    async with notify.client("integrator", subject="partner") as client:
        shown = (await client.get(f"/api/notify/subscriptions/{made['id']}")).json()
        assert (shown["active"], shown["paused_reason"]) == (False, "dead")
        (paused,) = (await client.get("/api/notify/inbox")).json()["items"]
        assert "连续" in paused["text"]
        marked = (await client.post(f"/api/notify/notices/{paused['id']}/read")).json()
        assert marked["state"] == "read"
        told = {row["recipient"] for row in await notices(notify, kind="subscription_paused")}
        assert told == {"subscriber", "bureau"}
        resumed = (await client.post(f"/api/notify/subscriptions/{made['id']}/resume")).json()
    assert (resumed["active"], resumed["failures"]) == (True, 0)


async def test_a_subscriber_who_says_that_he_is_gone_is_paused_at_once_and_may_come_back(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    made = await follow(notify)
    phone = partner(notify, says=lambda _: Impossible("gone", Concern.ADDRESS))
    await notify.hears(hazard())
    await send_all(notify)
    await notify.works(workers.pause_dead_subscribers)
    async with notify.client("integrator", subject="partner") as client:
        path = f"/api/notify/subscriptions/{made['id']}"
        shown = (await client.get(path)).json()
        assert (shown["active"], shown["paused_reason"]) == (False, "gone")
        await client.post(f"{path}/resume")
        phone.says = lambda dispatch: Accepted(dispatch.key)
        await notify.hears(grade_changed())
        await send_all(notify)
        await notify.works(workers.pause_dead_subscribers)
        assert (await client.get(path)).json()["active"]


async def test_a_success_forgives_earlier_failures(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await follow(notify)
    phone = partner(notify, says=lambda _: TryLater(timedelta(), "webhook_refused", Concern.ADDRESS))
    await notify.hears(hazard())
    for _ in range(10):
        notify.time_passes(minutes=10)
        await send_all(notify)
    assert [row["failures"] for row in await notify.table("subscriptions")] == [1]

    phone.says = lambda dispatch: Accepted(dispatch.key)
    await notify.hears(grade_changed())
    await send_all(notify)
    assert [row["failures"] for row in await notify.table("subscriptions")] == [0]


async def test_a_slow_subscriber_delays_no_alarm(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await follow(notify)
    webhook, sms = Phone("webhook", "webhook"), Phone("sms")
    install(notify, webhook, sms)
    await notify.hears(hazard(immediate=True))
    await notify.works(workers.send_alarms)

    assert (len(sms.calls), len(webhook.calls)) == (4, 0)
    assert {row["lane"] for row in await notices(notify, kind="subscription")} == {"outside"}
