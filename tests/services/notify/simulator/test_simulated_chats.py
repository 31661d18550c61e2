"""The pretended WeChat, WeCom and mail check what the real ones check, and go wrong as the real ones do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.notify.channels.channel import Accepted, Concern, Impossible, Reached, TryLater
from services.notify.channels.smtp import Mail
from services.notify.channels.wechat import WechatMessages, mini_program
from services.notify.simulator.letters import smtp_server
from tests.services.notify.simulator.running import Running, dispatch, simulator

OPENID = "oFpruAK8D-E6EfStSYonYSBZ8_4"
LINK = "https://safe.example/n/abc"
BOTH = ["wechat_official", "wechat_mini"]


def wechat(running: Running, provider: str) -> WechatMessages:
    channel = running.channels[provider]
    assert isinstance(channel, WechatMessages)
    return channel


@pytest.mark.parametrize("provider", BOTH)
async def test_a_card_is_shown_with_its_labels_and_its_event_comes_back(provider: str, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        outcome = await running.channels[provider].send(dispatch(OPENID, link=LINK))
        assert isinstance(outcome, Accepted)
        await running.until(lambda: bool(running.heard.receipts))
        (receipt,) = running.heard.receipts
        assert (receipt.provider, receipt.provider_id, receipt.reached) == (provider, outcome.provider_id, Reached.DELIVERED)
        (shown,) = await running.arrived(to=OPENID)
        assert (shown["title"], shown["fields"]["企业名称"], shown["fields"]["隐患编号"]) == ("新隐患", "宏达模具厂", "YX-0142")


@pytest.mark.parametrize(
    ("openid", "outcome"),
    [
        ("openid-43101", Impossible("no_quota", Concern.DISPATCH)),
        ("openid-47003", Impossible("bad_parameter:thing1", Concern.TEMPLATE)),
        ("openid-40003", Impossible("bad_openid", Concern.ADDRESS)),
        ("openid-43004", Impossible("not_follower", Concern.ADDRESS)),
    ],
)
@pytest.mark.parametrize("provider", BOTH)
async def test_people_who_always_go_wrong_do(provider: str, openid: str, outcome: Impossible, tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        assert await running.channels[provider].send(dispatch(openid)) == outcome
        assert await running.arrived() == []


async def test_the_days_quota_of_the_interface_may_be_used_up(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        outcome = await running.channels["wechat_mini"].send(dispatch("openid-45009"))
        assert isinstance(outcome, TryLater)
        assert outcome.reason == "day_quota"


async def test_each_consent_is_one_message_and_the_next_is_refused(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        quota = {"openid": OPENID, "template_id": "SIM_MINI_HZ_NEW", "left": 2}
        await running.http.put(f"{running.url}/api/quotas", json=quota)
        outcomes = [await running.channels["wechat_mini"].send(dispatch(OPENID)) for _ in range(3)]
        assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted, Impossible]
        assert len(await running.arrived(to=OPENID)) == 2
        assert isinstance(await running.channels["wechat_official"].send(dispatch(OPENID)), Accepted)


async def test_a_token_that_somebody_else_forced_away_is_replaced_once(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        assert isinstance(await running.channels["wechat_mini"].send(dispatch(OPENID)), Accepted)
        forced = {"grant_type": "client_credential", "appid": "simulator", "secret": "simulator-secret", "force_refresh": True}
        await running.http.post(f"{running.url}/wechat/cgi-bin/stable_token", json=forced)
        assert isinstance(await running.channels["wechat_mini"].send(dispatch(OPENID)), Accepted)
        assert len(await running.arrived(to=OPENID)) == 2


async def test_a_wrong_app_secret_gets_no_token(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        channel = wechat(running, "wechat_mini")
        for account, reason in (
            (replace(channel.account, secret=SecretStr("another")), "bad_secret"),
            (replace(channel.account, app_id="another"), "bad_app_id"),
        ):
            outcome = await mini_program(account, account.holder(), channel.templates).send(dispatch(OPENID))
            assert isinstance(outcome, TryLater)
            assert outcome.reason == reason


async def test_an_official_account_shows_a_message_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        channel: Any = running.channels["wechat_official"]
        sent = dispatch(OPENID)
        first = await channel.send(sent)
        assert [await channel.ask(sent), await channel.ask(sent)] == [first, first]
        assert len(await running.arrived(to=OPENID)) == 1


async def test_a_field_that_does_not_fit_is_named_as_wechat_names_it(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        channel = wechat(running, "wechat_mini")
        token = await channel.tokens.current(channel.clock())
        message = {"touser": OPENID, "template_id": "T", "data": {"thing1": {"value": "好"}, "phrase2": {"value": "too long"}}}
        url = f"{running.url}/wechat/cgi-bin/message/subscribe/send"
        answer = (await running.http.post(url, params={"access_token": str(token)}, json=message)).json()
        assert (answer["errcode"], "data.phrase2.value" in answer["errmsg"]) == (47003, True)


async def test_a_forged_event_is_refused(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.fault(kind="forged_receipt", provider="wechat_official")
        await running.channels["wechat_official"].send(dispatch(OPENID))
        await running.until(lambda: running.heard.forged > 0 and bool(running.heard.receipts))
        assert [receipt.reached for receipt in running.heard.receipts] == [Reached.DELIVERED]


async def test_a_blocked_person_is_a_failed_event(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        await running.fault(kind="failed_receipt", provider="wechat_official")
        await running.channels["wechat_official"].send(dispatch(OPENID))
        await running.until(lambda: bool(running.heard.receipts))
        assert running.heard.receipts[0].reason == "undelivered:user_block"


async def test_a_member_reads_a_card_once_even_if_it_is_sent_again(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        channel: Any = running.channels["wecom_app"]
        sent = dispatch("zhangwei", link=LINK)
        first = await channel.send(sent)
        assert isinstance(first, Accepted)
        assert await channel.ask(sent) == first
        (shown,) = await running.arrived(to="zhangwei")
        assert (shown["title"], shown["link"]) == ("新隐患", LINK)
        assert await channel.send(dispatch("nobody")) == Impossible("not_visible", Concern.ADDRESS)


async def test_the_thirty_first_message_of_a_minute_is_accepted_and_silently_dropped(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        channel: Any = running.channels["wecom_app"]
        for index in range(31):
            await channel._post(channel._message(dispatch("zhangwei", text=f"{index}")), channel.clock())
        states = [item["state"] for item in await running.arrived(to="zhangwei")]
        assert states.count("dropped") == 1
        assert states[0] == "dropped"


async def test_a_robot_is_told_off_after_twenty_messages_in_a_minute(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running:
        url, body = f"{running.url}/wecom/cgi-bin/webhook/send", {"msgtype": "text", "text": {"content": "简报"}}
        codes = [(await running.http.post(url, params={"key": "robot-123"}, json=body)).json()["errcode"] for _ in range(21)]
        assert codes == [0] * 20 + [45009]
        long = {"msgtype": "text", "text": {"content": "长" * 700}}
        assert (await running.http.post(url, params={"key": "robot-456"}, json=long)).json()["errcode"] == 45002


async def test_letters_arrive_by_http_and_by_smtp(tmp_path: Path) -> None:
    async with simulator(tmp_path, receipts=False) as running, smtp_server(running.app.state.exchange, "127.0.0.1", 0) as port:
        first, second = dispatch("li.si@factory.example.cn", link=LINK), dispatch("li.si@factory.example.cn")
        assert isinstance(await running.channels["smtp"].send(first), Accepted)
        outcome = await Mail("127.0.0.1", port, "safety@bureau.example.cn", tls="none").send(second)
        assert isinstance(outcome, Accepted)
        newer, older = await running.arrived(to="li.si@factory.example.cn")
        assert (older["title"], LINK in older["text"]) == ("新隐患", True)
        assert newer["id"] == outcome.provider_id
