"""Texts and rules that a bureau edits: drafts, previews, publication; what parties choose; stopping a broadcast."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.notify import workers
from services.notify.library import shipped_text
from shared.clock import SHANGHAI
from shared.contracts.event import Envelope, encode
from tests.services.notify import matters
from tests.services.notify.builders import (
    BOSS,
    LANDLORD_BOSS,
    MILL,
    SAFETY,
    TENANT,
    grade_changed,
    hazard,
    lease,
    named,
    people,
)
from tests.services.notify.phones import Phone, at_clock, install, notices, screens, send_all, today
from tests.services.notify.travels import LATER_SMS_2H, NOW, OTHERWISE_SMS, at, clock, of, travels
from tests.support.service import ServiceUnderTest

DRAFT: dict[str, Any] = {
    "code": "HZ_NEW",
    "title": {"zh-CN": "隐患通知", "en": "Hazard"},
    "variables": {"name": "江苏某某机械有限公司", "brief": "配电箱前堆物", "due": "11月30日"},
    "texts": {"otherwise": {"zh-CN": "${name}发现隐患:${brief},限${due}前整改。", "en": "${name}: ${brief}, due ${due}."}},
}


async def write(client: Any, **changes: Any) -> Any:
    answer = await client.post("/api/notify/templates", json=DRAFT | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_published_text_is_told_and_older_notices_keep_theirs(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)
    async with notify.client("bureau") as client:
        draft = await write(client)
        assert (draft["version"], draft["state"], draft["parts"]) == (2, "draft", 1)
        assert (await client.post(f"/api/notify/templates/{draft['id']}/publish")).json()["state"] == "published"
        await notify.hears(hazard(hazard_id=named("second"), immediate=True))
        await send_all(notify)
        shown = [(await client.get(f"/api/notify/notices/{row['id']}")).json() for row in await notices(notify, person_id=BOSS)]

    assert [view["template_version"] for view in shown] == [1, 2]
    assert "上传照片" in shown[0]["text"]
    assert shown[1]["text"].startswith("宜兴华强机械厂发现隐患")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${name}${brief}${due}隐患", "variables_adjacent"),
        ("${name} ${brief}隐患限${due}", "variables_adjacent"),
        ("${name}隐患${brief}限${due}见https://a.cn/${name}", "variable_in_url"),
        ("【宜兴】${name}有隐患${brief}限${due}", "forbidden_character"),
        ("${name}有隱患${brief}限${due}", "traditional_character"),
        ("${name}隐患${brief}限${due}电话13912345678", "mobile_number"),
        ("${name}隐患${brief}限${due}收到请回复T", "reply_code"),
        ("${name}隐患${brief}限${due}编号${no}", "variable_undeclared"),
        ("${name}隐患${brief}", "variable_unused"),
        ("${name}隐患${brief}限${due", "syntax"),
        ("{% if name %}${name}{% endif %}隐患${brief}限${due}", "sms_not_plain"),
        ("{% include 'x' %}${name}隐患${brief}限${due}", "statement_not_allowed"),
        ("${name}隐患${brief}限${due}" + "长" * 500, "too_long"),
    ],
)
async def test_a_text_that_carriers_would_refuse_is_not_published(notify: ServiceUnderTest, text: str, code: str) -> None:
    async with notify.client("bureau") as client:
        draft = await write(client, texts={"otherwise": {"zh-CN": text, "en": text}})
        answer = await client.post(f"/api/notify/templates/{draft['id']}/publish")

    assert code in {fault["code"] for fault in draft["faults"]}
    assert (answer.status_code, answer.json()["code"]) == (422, "template_faulty")


async def test_a_preview_is_filled_from_a_real_event(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    event = hazard()
    envelope = Envelope(named("event"), "/inspection", event.wire_type(), MILL, event.found_at, named("event"), None, 1)
    async with notify.client("bureau") as client:
        draft = await write(client)
        body = {"event": json.loads(encode(event, envelope))}
        answer = await client.post(f"/api/notify/templates/{draft['id']}/preview", json=body)

    preview = answer.json()
    assert preview["texts"]["sms"].startswith("宜兴华强机械厂发现隐患:配电箱前堆物")
    assert preview["faults"] == []
    assert set(preview["texts"]) == {"in_app", "mini_program", "sms"}


async def test_a_preview_shows_each_channel_with_its_own_text(notify: ServiceUnderTest) -> None:
    own = {
        "sms": {"zh-CN": "${name}有隐患,限${due}前整改。", "en": "${name} ${due}"},
        "wecom": {"zh-CN": "**${brief}**", "en": "**${brief}**"},
    }
    async with notify.client("bureau") as client:
        draft = await write(client, texts=DRAFT["texts"] | own)
        shown = [
            (await client.post(f"/api/notify/templates/{draft['id']}/preview", json={"language": language})).json()["texts"]
            for language in ("zh-CN", "en")
        ]

    assert shown[0] == {
        "sms": "江苏某某机械有限公司有隐患,限11月30日前整改。",
        "wecom": "**配电箱前堆物**",
        "in_app": "江苏某某机械有限公司发现隐患:配电箱前堆物,限11月30日前整改。",
        "mini_program": "江苏某某机械有限公司发现隐患:配电箱前堆物,限11月30日前整改。",
    }
    assert shown[1]["wecom"] == "**配电箱前堆物**"


async def test_a_url_in_a_variable_is_found_in_the_preview(notify: ServiceUnderTest) -> None:
    async with notify.client("bureau") as client:
        body = {"values": {"name": "http://evil.example"}}
        preview = (await client.post("/api/notify/templates/by-code/HZ_NEW/preview", json=body)).json()

    assert {"code": "variable_url", "place": "name"} in preview["faults"]


async def test_the_shipped_texts_are_listed_with_their_length(notify: ServiceUnderTest) -> None:
    async with notify.client("bureau") as client:
        items = (await client.get("/api/notify/templates")).json()["items"]

    sizes = {item["code"]: (item["characters"], item["parts"]) for item in items}
    assert sizes["HZ_DUE"] == (len("【宜兴经开区应急】隐患0142距整改期限还剩3天,请及时整改,逾期将升级督办。"), 1)
    assert (sizes["HZ_NEW"][1], sizes["HZ_NEW_TEL"][1]) == (1, 2)
    assert all(item["faults"] == [] for item in items if not item["code"].startswith("BRIEF"))


async def test_a_tenant_publishes_nothing(notify: ServiceUnderTest) -> None:
    async with notify.client("tenant", parties=[TENANT]) as client:
        assert (await client.post("/api/notify/templates", json=DRAFT)).status_code == 403
        assert (await client.get("/api/notify/rule-books")).status_code == 403


async def test_a_published_rule_book_decides_who_is_told(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    body = shipped_text().replace('edition: "2026.1"', 'edition: "2026.2"')
    body = body.replace("{who: [responsible.principal, responsible.safety_officer], template: HZ_NEW, route: *alarm}",
                        "{who: [responsible.safety_officer], template: HZ_NEW, route: *alarm}")  # fmt: skip
    async with notify.client("bureau") as client:
        draft = (await client.post("/api/notify/rule-books", json={"body": body})).json()
        await client.post(f"/api/notify/rule-books/{draft['id']}/publish")
        editions = [(b["edition"], b["state"]) for b in (await client.get("/api/notify/rule-books")).json()["items"]]
    await notify.hears(hazard(immediate=True))

    told = await notices(notify, recipient="tenant")
    assert {row["person_id"] for row in told} == {SAFETY}
    assert {row["edition"] for row in told} == {"2026.2"}
    assert editions == [("2026.1", "shipped"), ("2026.2", "published")]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("kind: hazard_found", "knd: hazard_found"), "rules.0"),
        (("ladder: hazard_unacknowledged", "ladder: nowhere"), "nowhere"),
        (("template: HZ_NEW, ", "template: HZ_GONE, "), "HZ_GONE"),
        (("channel: sms", "channel: pigeon"), "channel"),
        (("quiet: {", "quiet: ["), "YAML"),
        (("who: [responsible.principal, responsible.safety_officer]", "who: [the_boss]"), "recipient_unknown rules.0"),
        (("[inspection.hazard_found, inspection.hazard_confirmed]", "[inspection.hazard_dreamt]"), "hazard_dreamt"),
        (("[inspection.landlord_urged]", "[inspection.visit_recorded]"), "event_unknown"),
        (("when: {level:", "when: {levl:"), "inspection.hazard_found.levl"),
        (("once_per: hazard_id", "once_per: visit"), "fact_unknown"),
        (("occasion: notify.rung_climbed\n", "occasion: notify.nobody_listens\n"), "nobody_hears"),
        (("recipients: [landlord, grid_leader]", "recipients: [the_king]"), "ladders.hazard_unacknowledged.rungs.0"),
        (("free: [hazard_due,", "free: [hazard_deu,"), "kind_unknown"),
        (("template: HZ_URGED,", "template: BRIEF_DAY,"), "variable_unfilled"),
    ],
)
async def test_a_wrong_rule_book_is_refused_at_its_place(notify: ServiceUnderTest, change: tuple[str, str], place: str) -> None:
    async with notify.client("bureau") as client:
        answer = await client.post("/api/notify/rule-books", json={"body": shipped_text().replace(*change)})
        if answer.status_code == 201:
            answer = await client.post(f"/api/notify/rule-books/{answer.json()['id']}/publish")

    assert answer.status_code == 422
    assert place in answer.json()["title"] + answer.json()["detail"]


async def test_a_draft_shows_what_is_wrong_with_it_before_anybody_publishes(notify: ServiceUnderTest) -> None:
    body = shipped_text().replace("who: [responsible.principal, responsible.safety_officer]", "who: [the_boss]", 1)
    async with notify.client("bureau") as client:
        draft = (await client.post("/api/notify/rule-books", json={"body": body.replace('"2026.1"', '"2026.2"', 1)})).json()

    assert draft["flaws"] == [{"code": "recipient_unknown", "place": "rules.0 (hazard_found).to.0: the_boss"}]


async def test_a_text_that_nothing_would_fill_is_not_published(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    variables = DRAFT["variables"] | {"weather": "大风"}
    text = {
        "zh-CN": "${name}发现隐患:${brief},限${due}前整改,天气${weather}。",
        "en": "${name}: ${brief}, due ${due}, ${weather}.",
    }
    async with notify.client("bureau") as client:
        draft = await write(client, variables=variables, texts={"otherwise": text})
        answer = await client.post(f"/api/notify/templates/{draft['id']}/publish")
    await notify.hears(hazard(immediate=True))

    assert (answer.status_code, answer.json()["code"]) == (422, "template_faulty")
    assert "variable_unfilled" in answer.json()["detail"]
    assert {row["template_version"] for row in await notices(notify)} == {1}


async def choose(notify: ServiceUnderTest, status: int = 200, **body: Any) -> Any:
    async with notify.client("tenant", parties=[TENANT]) as client:
        answer = await client.put(f"/api/notify/preferences/{TENANT}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_party_turns_off_what_the_law_leaves_free(notify: ServiceUnderTest) -> None:
    chosen = await choose(notify, off=["grade_given"], language="en")
    assert "hazard_found" not in chosen["free"]
    assert (await choose(notify, 422, off=["hazard_found"]))["code"] == "not_free"

    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    boss = (await notices(notify, person_id=BOSS))[0]
    assert (boss["language"], boss["variables"]["brief"]) == ("en", "panel blocked")


async def test_what_is_turned_off_is_not_told_and_everything_else_is(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await choose(notify, off=["grade_given"], channels=["sms"])
    await at_clock(notify, 10)
    await notify.hears(grade_changed(**{"from": None}))
    await notify.hears(hazard())
    await notify.hears(lease(end=await today(notify) + timedelta(days=8)))
    await at(notify, await today(notify) + timedelta(days=1), 9)

    assert await notices(notify, kind="grade_given") == []
    assert (await travels(notify, "hazard_found"))[BOSS] == of("HZ_NEW", LATER_SMS_2H, mini_program=NOW)  # not free
    assert (await travels(notify, "lease_due"))[BOSS] == of("LEASE", sms=NOW)  # free: the channels are his
    assert (await travels(notify, "lease_due"))[LANDLORD_BOSS] == of("LEASE", OTHERWISE_SMS, mini_program=NOW)


async def test_own_quiet_hours_are_kept_and_danger_still_wakes(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await choose(notify, quiet_from="20:00", quiet_to="09:00")
    await at_clock(notify, 20, 30)
    await notify.hears(hazard())
    await notify.hears(hazard(hazard_id=named("danger"), immediate=True))
    sooner = {(row["immediate"], row["person_id"]): row["send_after"] for row in await _by_urgency(notify)}

    assert sooner[False, BOSS].astimezone(SHANGHAI).hour == 9
    assert sooner[True, BOSS] <= clock(notify)
    assert sooner[False, LANDLORD_BOSS] <= clock(notify)


async def _by_urgency(notify: ServiceUnderTest) -> list[Any]:
    return [{**row, "immediate": row["urgency"] == "immediate"} for row in await notices(notify, kind="hazard_found")]


@pytest.mark.parametrize(("role", "status"), [("grid_officer", 403), ("integrator", 403), ("landlord", 404), ("bureau", 200)])
async def test_who_may_choose_for_a_party(notify: ServiceUnderTest, role: str, status: int) -> None:
    async with notify.client(role) as client:
        assert (await client.put(f"/api/notify/preferences/{TENANT}", json={"language": "en"})).status_code == status


async def test_own_quiet_hours_may_be_longer_and_never_shorter(notify: ServiceUnderTest) -> None:
    assert (await choose(notify, 422, quiet_from="23:00", quiet_to="08:00"))["code"] == "quiet_too_short"
    assert (await choose(notify, 422, quiet_from="16:00", quiet_to="12:00"))["code"] == "quiet_too_long"
    assert (await choose(notify, quiet_from="20:00", quiet_to="09:00"))["quiet_to"] == "09:00:00"


async def test_a_preference_that_changed_meanwhile_is_not_overwritten(notify: ServiceUnderTest) -> None:
    await choose(notify, language="en")
    async with notify.client("tenant", parties=[TENANT]) as client:
        etag = (await client.get(f"/api/notify/preferences/{TENANT}")).headers["ETag"]
        await client.put(f"/api/notify/preferences/{TENANT}", json={"language": "zh-CN"}, headers={"If-Match": etag})
        late = await client.put(f"/api/notify/preferences/{TENANT}", json={"language": "en"}, headers={"If-Match": etag})
        other = await client.get(f"/api/notify/preferences/{named('neighbour')}")

    assert (late.status_code, other.status_code) == (412, 404)


async def ordered(notify: ServiceUnderTest, **changes: Any) -> Any:
    order = {"template": "WEATHER", "variables": {"topic": "台风", "date": "12月1日"}} | changes
    async with notify.client("bureau") as client:
        return await client.post("/api/notify/broadcasts", json=order)


async def test_a_broadcast_is_stopped_before_it_leaves(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    sms = Phone("sms")
    install(notify, sms)
    made = (await ordered(notify)).json()
    while await notify.works(workers.expand_broadcasts):
        pass
    async with notify.client("bureau") as client:
        stopped = (await client.post(f"/api/notify/broadcasts/{made['id']}/stop")).json()
    await send_all(notify)

    assert sms.calls == []
    assert (stopped["state"], stopped["states"]) == ("stopped", {"cancelled": 2})


async def test_a_campaign_is_stopped_and_its_hazards_are_told_as_ever(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    sms = Phone("sms")
    install(notify, sms)
    await at_clock(notify, 22)
    day = await today(notify) + timedelta(days=10)
    await notify.hears(matters.campaign(day))
    async with notify.client("bureau") as client:
        stopped = await client.post(f"/api/notify/campaigns/{named('campaign')}/stop")
        again = await client.post(f"/api/notify/campaigns/{named('campaign')}/stop")
        unknown = await client.post(f"/api/notify/campaigns/{named('another')}/stop")
    async with notify.client("grid_officer") as officer:
        assert (await officer.post(f"/api/notify/campaigns/{named('campaign')}/stop")).status_code == 403
    await notify.hears(hazard(campaign_id=named("campaign"), immediate=True))
    await send_all(notify)
    await at(notify, day - timedelta(days=1), 9)
    await send_all(notify)

    assert (stopped.json()["cancelled"], again.json()["cancelled"], unknown.status_code) == (1, 0, 404)
    told = {call.template for call in sms.calls}
    assert told >= {"HZ_NEW", "HZ_NEW_LL", "HZ_NEW_GO"}
    assert "CAMPAIGN" not in told


async def test_nobody_hears_of_a_campaign_that_has_closed(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    sms = Phone("sms")
    install(notify, sms)
    await at_clock(notify, 22)
    day = await today(notify) + timedelta(days=10)
    await notify.hears(matters.campaign(day))
    await notify.hears(matters.campaign_closed(), sequence=2)
    await at(notify, day - timedelta(days=1), 9)
    await send_all(notify)

    assert sms.calls == []
    assert {row["state"] for row in await notices(notify, kind="campaign_opened")} == {"cancelled"}


async def test_a_broadcast_with_wrong_variables_is_refused(notify: ServiceUnderTest) -> None:
    assert (await ordered(notify, variables={"topic": "台风"})).json()["code"] == "variables_wrong"
    assert (await ordered(notify, variables={"topic": "http://a.cn", "date": "今天"})).status_code == 422
    assert (await ordered(notify, template="NOTHING")).status_code == 404


async def test_a_broadcast_goes_to_sites_with_a_fact(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    assert (await ordered(notify, audience={"facts": {"dust": True}})).status_code == 201
    while await notify.works(workers.expand_broadcasts):
        pass

    assert await notices(notify, kind="broadcast") == []


async def test_a_quarantined_message_is_listed_and_replayed(notify: ServiceUnderTest) -> None:
    assert await notify.hears(hazard()) == "retried"
    verdicts = [await notify.hears(hazard(), message=named("message")) for _ in range(4)]
    assert verdicts[-1] == "quarantined"
    await notify.hears(*people())
    async with notify.client("bureau") as client:
        (waiting,) = (await client.get("/api/notify/quarantine")).json()["items"]
        replayed = await client.post(f"/api/notify/quarantine/{waiting['id']}/replay")

    assert replayed.json()["state"] == "replayed"
    assert len(await notices(notify)) == 4
    assert screens(notify) == []
