"""WeChat: one token for everybody, fields that fit, what each code means, and a refused consent that falls back once."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from services import notify
from services.notify.channels.access_token import TokenHolder
from services.notify.channels.channel import Accepted, Concern, Impossible, Outcome, TryLater, Unknown
from services.notify.channels.templates import shipped_templates
from services.notify.channels.wechat import WechatAccount, WechatMessages, WechatOfficial, mini_program, official
from services.notify.channels.wechat_envelope import CallbackKeys
from services.notify.channels.wechat_fields import fit_value, fitted, with_year
from tests.services.notify.channels.builders import NOON, OPENID, SECRET, TEMPLATES, TOKEN, Provider, clock, dispatch

TODAY = date(2026, 11, 23)
TEXTS = Path(notify.__file__).with_name("data") / "templates.yaml"
ACCOUNT, TEMPLATE, DISPATCH, ADDRESS = Concern.PROVIDER, Concern.TEMPLATE, Concern.DISPATCH, Concern.ADDRESS

MEANINGS: list[tuple[int, str, Outcome]] = [
    (40003, "invalid openid", Impossible("bad_openid", ADDRESS)),
    (40037, "invalid template_id", Impossible("bad_template", TEMPLATE)),
    (41030, "invalid page", Impossible("bad_page", TEMPLATE)),
    (43004, "require subscribe", Impossible("not_follower", ADDRESS)),
    (43101, "user refuse to accept the msg", Impossible("no_quota", DISPATCH)),
    (47003, "argument invalid! data.thing1.value invalid rid: 6a", Impossible("bad_parameter:thing1", TEMPLATE)),
    (47003, "argument invalid! rid: 60dd6239-6a29ab65", Impossible("bad_parameter", TEMPLATE)),
    (45009, "reach max api daily quota limit", TryLater(timedelta(hours=12), "day_quota", ACCOUNT)),
    (43116, "This template_id is banned", Impossible("template_banned", TEMPLATE)),
    (43117, "Sending messages to this openid too frequently", TryLater(timedelta(minutes=5), "person_too_often", ADDRESS)),
    (40241, "The message is duplicate in 60 seconds", TryLater(timedelta(seconds=61), "repeated_within_a_minute", DISPATCH)),
    (-1, "system error", TryLater(timedelta(seconds=30), "busy", ACCOUNT)),
    (48001, "api unauthorized", TryLater(timedelta(minutes=30), "not_authorised", ACCOUNT)),
    (99999, "?", TryLater(timedelta(minutes=10), "unlisted:99999", ACCOUNT)),
]
STALE = [40001, 40014, 42001]


class Wechat(Provider):
    """A WeChat that hands out tokens by itself; ``tokens`` names them in turn, the last one for ever."""

    def __init__(self, *answers: Any, tokens: tuple[str, ...] = ("T1",)) -> None:
        super().__init__(*answers)
        self.fetched: list[bool] = []
        self._tokens = list(tokens)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/cgi-bin/stable_token":
            return super()._handle(request)
        self.fetched.append(json.loads(request.content)["force_refresh"])
        token = self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]
        return httpx.Response(200, json={"access_token": token, "expires_in": 7200})

    @property
    def used(self) -> list[str]:
        """The token of each call."""
        return [request.url.params["access_token"] for request in self.requests]


def account(provider: Provider) -> WechatAccount:
    return WechatAccount(provider.client(), "wx-app", SECRET, CallbackKeys(TOKEN, "wx-app"))


def follower_channel(provider: Provider, at: Any = NOON) -> WechatOfficial:
    made = official(account(provider), account(provider).holder(), TEMPLATES)
    return WechatOfficial(made.name, made.kind, made.path, made.more, made.account, made.tokens, TEMPLATES, clock(at))


def mini(provider: Provider, tokens: TokenHolder | None = None) -> WechatMessages:
    made = mini_program(account(provider), tokens or account(provider).holder(), TEMPLATES)
    return WechatMessages(made.name, made.kind, made.path, made.more, made.account, made.tokens, TEMPLATES, clock())


def failed(code: int, message: str = "") -> dict[str, Any]:
    return {"errcode": code, "errmsg": message}


@pytest.mark.parametrize(("code", "message", "outcome"), MEANINGS, ids=[f"{code} {words}" for code, words, _ in MEANINGS])
async def test_each_code_tells_what_to_do_next(code: int, message: str, outcome: Outcome) -> None:
    assert await mini(Wechat(failed(code, message))).send(dispatch(OPENID)) == outcome
    assert await follower_channel(Wechat(failed(code, message))).send(dispatch(OPENID)) == outcome


@pytest.mark.parametrize("code", STALE)
async def test_a_stale_token_is_renewed_once_and_the_message_sent_with_the_new_one(code: int) -> None:
    provider = Wechat(failed(code), {"errcode": 0, "msgid": 7}, tokens=("T1", "T1", "T2"))
    assert await mini(provider).send(dispatch(OPENID)) == Accepted("7")
    assert provider.used == ["T1", "T2"]
    assert provider.fetched == [False, False, True]


@pytest.mark.parametrize("code", STALE)
async def test_a_token_that_stays_stale_is_not_renewed_for_ever(code: int) -> None:
    provider = Wechat(failed(code), tokens=("T1", "T1", "T2"))
    outcome = await mini(provider).send(dispatch(OPENID))
    assert isinstance(outcome, TryLater)
    assert len(provider.requests) == 2


async def test_a_token_that_another_process_renewed_is_taken_without_force() -> None:
    provider = Wechat(failed(40001), {"errcode": 0, "msgid": 7}, tokens=("T1", "T2"))
    assert await mini(provider).send(dispatch(OPENID)) == Accepted("7")
    assert provider.fetched == [False, False]


async def test_a_second_forced_renewal_within_half_a_minute_is_not_asked_for() -> None:
    provider = Wechat(failed(40001), tokens=("T1",))
    channel = mini(provider)
    await channel.send(dispatch(OPENID))
    await channel.send(dispatch(OPENID))
    assert provider.fetched.count(True) == 1


async def test_the_token_is_fetched_once_for_many_messages_and_both_channels() -> None:
    provider = Wechat({"errcode": 0, "msgid": 7})
    tokens = account(provider).holder()
    for _ in range(5):
        await mini(provider, tokens).send(dispatch(OPENID))
    assert provider.fetched == [False]


async def test_without_a_token_nothing_is_sent_and_it_is_tried_later() -> None:
    provider = Provider(failed(40125, "invalid appsecret"))
    assert await mini(provider).send(dispatch(OPENID)) == TryLater(timedelta(minutes=30), "bad_secret", ACCOUNT)
    assert [request.url.path for request in provider.requests] == ["/cgi-bin/stable_token"]


@pytest.mark.parametrize("seconds", [-1, 0, 10**15])
async def test_a_token_with_an_absurd_life_is_used_once_and_breaks_nothing(seconds: int) -> None:
    provider = Provider({"access_token": "T1", "expires_in": seconds}, {"errcode": 0, "msgid": 7})
    assert await mini(provider).send(dispatch(OPENID)) == Accepted("7")


@pytest.mark.parametrize("reply", [httpx.ReadTimeout("slow"), httpx.Response(200, content=b"<html>"), {"access_token": 7}])
async def test_a_token_that_cannot_be_had_is_not_an_unknown_message(reply: Any) -> None:
    assert await mini(Provider(reply)).send(dispatch(OPENID)) == TryLater(timedelta(seconds=60), "no_token", ACCOUNT)


async def test_a_template_message_carries_our_key_the_link_and_fields_that_fit() -> None:
    provider = Wechat({"errcode": 0, "msgid": 200228332})
    sent = dispatch(OPENID, link="https://safe.example/n/abc")
    assert await follower_channel(provider).send(sent) == Accepted("200228332")
    message = json.loads(provider.requests[0].content)
    assert (message["client_msg_id"], message["url"]) == (sent.key, "https://safe.example/n/abc")
    assert message["data"]["time4"] == {"value": "2026年12月01日"}


async def test_a_subscription_message_opens_its_page_with_the_notices_token() -> None:
    provider = Wechat({"errcode": 0})
    sent = dispatch(OPENID, link="https://safe.example/n/abc")
    assert await mini(provider).send(sent) == Accepted(sent.key)
    assert json.loads(provider.requests[0].content)["page"] == "p/n?t=abc"


async def test_a_value_that_no_cutting_can_save_never_leaves_the_house() -> None:
    provider = Wechat({"errcode": 0})
    bad = dispatch(OPENID, variables={**dispatch().variables, "due": "soon"})
    assert await follower_channel(provider).send(bad) == Impossible("does_not_fit:time4", TEMPLATE)
    assert provider.requests == []


async def test_asking_for_a_template_message_sends_it_again_under_the_same_id_for_ten_minutes() -> None:
    provider = Wechat({"errcode": 0, "msgid": 9})
    sent = dispatch(OPENID)
    channel = follower_channel(provider)
    await channel.send(sent)
    assert await channel.ask(sent) == Accepted("9")
    assert len({json.loads(request.content)["client_msg_id"] for request in provider.requests}) == 1


async def test_after_ten_minutes_asking_sends_nothing() -> None:
    provider = Wechat({"errcode": 0, "msgid": 9})
    outcome = await follower_channel(provider, NOON + timedelta(minutes=10)).ask(dispatch(OPENID))
    assert isinstance(outcome, Unknown)
    assert provider.requests == []


@pytest.mark.parametrize("reply", [httpx.ConnectError("down"), failed(45009), failed(-1), httpx.Response(500)])
async def test_a_repeat_that_was_not_sent_does_not_prove_that_the_first_was_not(reply: Any) -> None:
    outcome = await follower_channel(Wechat(reply)).ask(dispatch(OPENID))
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize(
    ("field", "value", "fit"),
    [
        ("thing1", "一" * 30, "一" * 20),
        ("thing1", "宏达\r\n模具厂", "宏达 模具厂"),
        ("thing1", "", "无"),
        ("thing1.DATA", "  ", "无"),
        ("character_string5", "YX-0142", "YX-0142"),
        ("character_string5", "编号0142", None),
        ("character_string5", "x" * 33, None),
        ("number2", "3", "3"),
        ("number2", "3条", None),
        ("time4", "2026年11月23日 15:01", "2026年11月23日 15:01"),
        ("time4", "15:01", "15:01"),
        ("time4", "明天", None),
        ("date4", "2026-11-23", "2026-11-23"),
        ("date4", "", None),
        ("phrase2", "橙色", "橙色"),
        ("phrase2", "重大事故隐患未销号", "重大事故隐"),
        ("phrase2", "orange", None),
        ("name3", "欧阳一二三四五六七八九十", "欧阳一二三四五六七八"),
        ("phone_number6", "0510-87891234", "0510-87891234"),
        ("phone_number6", "0" * 18, None),
        ("amount7", "￥1200.50", "￥1200.50"),
        ("amount7", "一千", None),
        ("unheard_of8", "一" * 30, "一" * 20),
    ],
)
def test_each_kind_of_field_has_its_rule(field: str, value: str, fit: str | None) -> None:
    assert fit_value(field, value) == fit


@pytest.mark.parametrize(
    ("said", "today", "written"),
    [
        ("12月1日", date(2026, 11, 23), "2026年12月1日"),
        ("1月4日", date(2026, 12, 28), "2027年1月4日"),
        ("12月30日", date(2027, 1, 2), "2026年12月30日"),
        ("2月29日", date(2027, 3, 1), "2028年2月29日"),
        ("1 Dec", date(2026, 11, 23), "2026年12月1日"),
        ("11月30日 09:30", date(2026, 11, 23), "2026年11月30日 09:30"),
        ("明天", date(2026, 11, 23), "明天"),
        ("2月30日", date(2026, 11, 23), "2月30日"),
    ],
)
def test_a_day_as_we_say_it_gets_the_year_that_wechat_wants(said: str, today: date, written: str) -> None:
    assert with_year(said, today) == written


def test_every_mapped_template_fits_when_it_is_filled_as_our_own_texts_are() -> None:
    own = {row["code"]: row["variables"] for row in yaml.safe_load(TEXTS.read_text("utf-8"))["templates"]}
    mapped = [(code, entry) for code, entries in shipped_templates().templates.items() for entry in entries.values()]
    fits = [fitted({field: own[code][name] for field, name in (entry.fields or {}).items()}, TODAY) for code, entry in mapped]
    assert len(fits) >= 8
    assert [fit for fit in fits if isinstance(fit, str)] == []


def test_the_first_field_that_cannot_fit_is_named() -> None:
    assert fitted({"thing1": "好", "number2": "三"}, TODAY) == "number2"
