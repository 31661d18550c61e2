"""WeCom: the application and the robot keep to what WeCom shows, and know what each code means."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.notify.channels.channel import Accepted, Concern, Impossible, Outcome, TryLater, Unknown
from services.notify.channels.templates import shipped_templates
from services.notify.channels.wecom_answers import cut
from services.notify.channels.wecom_app import WecomAccount, WecomApp
from services.notify.channels.wecom_group import WecomGroup
from tests.services.notify.channels.builders import NOON, SECRET, TEMPLATES, Provider, dispatch

ACCOUNT, TEMPLATE, DISPATCH, ADDRESS = Concern.PROVIDER, Concern.TEMPLATE, Concern.DISPATCH, Concern.ADDRESS
ROBOT = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
OK = {"errcode": 0, "errmsg": "ok", "msgid": "M-1"}

MEANINGS: list[tuple[int, Outcome]] = [
    (45009, TryLater(timedelta(seconds=65), "too_fast", ACCOUNT)),
    (45033, TryLater(timedelta(seconds=5), "too_many_at_once", ACCOUNT)),
    (81013, Impossible("not_visible", ADDRESS)),
    (82001, Impossible("no_recipient", ADDRESS)),
    (40003, Impossible("bad_user", ADDRESS)),
    (40056, TryLater(timedelta(minutes=30), "bad_agent", ACCOUNT)),
    (60020, TryLater(timedelta(minutes=30), "ip_not_trusted", ACCOUNT)),
    (-1, TryLater(timedelta(seconds=30), "busy", ACCOUNT)),
]

STALE = [40014, 42001]


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> Any:
        return self.now


class Wecom(Provider):
    """A WeCom that hands out tokens by itself."""

    def __init__(self, *answers: Any, tokens: tuple[str, ...] = ("T1",)) -> None:
        super().__init__(*answers)
        self._tokens = list(tokens)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/cgi-bin/gettoken":
            return super()._handle(request)
        token = self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]
        return httpx.Response(200, json={"errcode": 0, "access_token": token, "expires_in": 7200})


def app(provider: Provider, time: Time | None = None) -> WecomApp:
    account = WecomAccount(provider.client(), "corp", 1000002, SECRET)
    return WecomApp(account, account.holder(), TEMPLATES, time or Time())


def group(provider: Provider, time: Time | None = None) -> WecomGroup:
    return WecomGroup(provider.client(), TEMPLATES, clock=time or Time())


@pytest.mark.parametrize(("code", "outcome"), MEANINGS, ids=[str(code) for code, _ in MEANINGS])
async def test_each_code_tells_what_to_do_next(code: int, outcome: Outcome) -> None:
    assert await app(Wecom({"errcode": code})).send(dispatch("zhangsan")) == outcome
    assert await group(Wecom({"errcode": code})).send(dispatch(ROBOT)) == outcome


@pytest.mark.parametrize("code", STALE)
async def test_a_stale_token_is_fetched_again_once(code: int) -> None:
    provider = Wecom({"errcode": code}, OK, tokens=("T1", "T2"))
    assert await app(provider).send(dispatch("zhangsan")) == Accepted("M-1")
    assert [request.url.params["access_token"] for request in provider.requests] == ["T1", "T2"]


async def test_a_message_with_a_link_is_a_card_that_a_repeat_cannot_double() -> None:
    provider = Wecom(OK)
    await app(provider).send(dispatch("zhangsan", link="https://safe.example/n/abc"))
    message = json.loads(provider.requests[0].content)
    assert (message["msgtype"], message["textcard"]["url"]) == ("textcard", "https://safe.example/n/abc")
    assert (message["enable_duplicate_check"], message["agentid"]) == (1, 1000002)


async def test_a_brief_is_markdown_with_its_link_under_it() -> None:
    provider = Wecom(OK)
    link = "https://safe.example/n/abc"
    await app(provider).send(dispatch("zhangsan", template="BRIEF", text="**11月23日安全简报**", link=link))
    message = json.loads(provider.requests[0].content)
    assert (message["msgtype"], message["markdown"]["content"]) == ("markdown", f"**11月23日安全简报**\n{link}")


@pytest.mark.parametrize("code", ["BRIEF_DAY", "BRIEF_WEEK"])
def test_the_briefs_that_ship_are_markdown(code: str) -> None:
    template = shipped_templates().of("wecom", code)
    assert template is not None
    assert template.markdown


async def test_a_member_that_wecom_lists_as_invalid_was_not_reached_although_all_went_well() -> None:
    outcome = await app(Wecom({**OK, "invaliduser": "ZhangSan"})).send(dispatch("zhangsan"))
    assert outcome == Impossible("bad_user", ADDRESS)


async def test_the_thirty_first_message_of_a_minute_waits_because_wecom_would_drop_it_silently() -> None:
    provider, time = Wecom(OK), Time()
    channel = app(provider, time)
    for _ in range(30):
        await channel.send(dispatch("zhangsan"))
    assert await channel.send(dispatch("zhangsan")) == TryLater(timedelta(seconds=60), "paced", DISPATCH)
    assert await channel.send(dispatch("lisi")) == Accepted("M-1")
    time.now += timedelta(seconds=60)
    assert await channel.send(dispatch("zhangsan")) == Accepted("M-1")


async def test_the_thousand_and_first_message_of_an_hour_waits_too() -> None:
    provider, time = Wecom(OK), Time()
    channel = app(provider, time)
    for _ in range(1000):
        assert await channel.send(dispatch("zhangsan")) == Accepted("M-1")
        time.now += timedelta(seconds=3)
    assert await channel.send(dispatch("zhangsan")) == TryLater(timedelta(seconds=600), "paced", DISPATCH)


async def test_asking_sends_the_same_request_again_for_half_an_hour() -> None:
    provider = Wecom(httpx.ReadTimeout("slow"), OK)
    channel, sent = app(provider), dispatch("zhangsan")
    assert isinstance(await channel.send(sent), Unknown)
    assert await channel.ask(sent) == Accepted("M-1")
    assert provider.requests[0].content == provider.requests[1].content


async def test_after_half_an_hour_asking_sends_nothing() -> None:
    provider = Wecom(OK)
    outcome = await app(provider).ask(dispatch("zhangsan", stored_at=NOON - timedelta(minutes=30)))
    assert isinstance(outcome, Unknown)
    assert provider.requests == []


async def test_a_host_whose_clock_is_behind_does_not_send_after_half_an_hour() -> None:
    """The age is told by the one clock that stored it: an hour behind, this host would think the half hour still runs."""
    late = dispatch("zhangsan", stored_at=NOON, asked_at=NOON + timedelta(minutes=30))
    provider = Wecom(OK, OK)
    assert isinstance(await app(provider).ask(late), Unknown)
    assert provider.requests == []
    await app(provider).ask(replace(late, asked_at=None))
    assert len(provider.requests) == 1


async def test_a_robot_speaks_once_in_three_seconds() -> None:
    provider, time = Wecom(OK), Time()
    channel = group(provider, time)
    assert await channel.send(dispatch(ROBOT)) == Accepted("M-1")
    assert await channel.send(dispatch(ROBOT)) == TryLater(timedelta(seconds=3), "paced", DISPATCH)
    time.now += timedelta(seconds=3)
    assert await channel.send(dispatch(ROBOT)) == Accepted("M-1")
    assert len(provider.requests) == 2


async def test_a_robot_that_was_told_off_is_silent_for_sixty_five_seconds() -> None:
    provider, time = Wecom({"errcode": 45009}, OK), Time()
    channel = group(provider, time)
    assert await channel.send(dispatch(ROBOT)) == TryLater(timedelta(seconds=65), "too_fast", ACCOUNT)
    time.now += timedelta(seconds=64)
    assert await channel.send(dispatch(ROBOT)) == TryLater(timedelta(seconds=1), "paced", DISPATCH)
    time.now += timedelta(seconds=1)
    assert await channel.send(dispatch(ROBOT)) == Accepted("M-1")
    assert await channel.send(dispatch(ROBOT)) == TryLater(timedelta(seconds=3), "paced", DISPATCH)


async def test_a_robots_text_is_cut_at_2048_bytes_and_markdown_at_4096() -> None:
    provider, time = Wecom(OK), Time()
    channel, long = group(provider, time), "隐患" * 2000
    await channel.send(dispatch(ROBOT, text=long))
    time.now += timedelta(seconds=3)
    await channel.send(dispatch(ROBOT, text=long, template="BRIEF"))
    text, markdown = (json.loads(request.content) for request in provider.requests)
    assert (text["msgtype"], len(text["text"]["content"].encode())) == ("text", 2046)
    assert (markdown["msgtype"], len(markdown["markdown"]["content"].encode())) == ("markdown", 4095)


@pytest.mark.parametrize(
    "address", ["https://evil.example/cgi-bin/webhook/send?key=693a91f6", "key with space", "", "../../x-y-z-1"]
)
async def test_a_robots_address_is_a_key_and_never_another_host(address: str) -> None:
    provider = Wecom(OK)
    assert await group(provider).send(dispatch(address)) == Impossible("bad_address", ADDRESS)
    assert provider.requests == []


async def test_the_whole_address_of_a_robot_may_be_given() -> None:
    provider = Wecom(OK)
    await group(provider).send(dispatch(f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT}"))
    assert provider.requests[0].url.params["key"] == ROBOT


def test_cutting_never_ends_inside_a_character() -> None:
    assert [cut("隐患a", size) for size in (0, 2, 3, 5, 6, 7)] == ["", "", "隐", "隐", "隐患", "隐患a"]
