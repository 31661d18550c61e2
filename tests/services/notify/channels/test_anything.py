"""Whatever a provider answers or calls back with, a channel names an outcome and never falls over."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.channels.channel import (
    Accepted,
    AsksLater,
    CollectsReceipts,
    ForgedCallbackError,
    Impossible,
    ReadsCallbacks,
    TryLater,
    Unknown,
)
from services.notify.channels.wechat_envelope import signature
from tests.services.notify.channels.builders import NOON, Provider, aliyun, callback, dispatch, tencent
from tests.services.notify.channels.test_wechat import Wechat, follower_channel, mini
from tests.services.notify.channels.test_wecom import ROBOT, Wecom, app, group

WORDS = st.sampled_from(Path(__file__).with_name("words_of_providers.txt").read_text(encoding="ascii").split())
LEAVES = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20)
OBJECTS = st.dictionaries(WORDS, TREES, max_size=5)
ROWS = st.lists(OBJECTS, max_size=3) | TREES
RESPONSE = st.fixed_dictionaries({}, optional=dict.fromkeys(("SendStatusSet", "PullSmsSendStatusSet", "Error"), ROWS))
SHAPED = st.one_of(
    OBJECTS,
    st.fixed_dictionaries({"Response": RESPONSE}),
    st.fixed_dictionaries(
        {"Code": st.just("OK"), "SmsSendDetailDTOs": st.fixed_dictionaries({"SmsSendDetailDTO": ROWS}) | TREES}
    ),
    st.fixed_dictionaries({"errcode": st.sampled_from([0, 40001, 47003, 43101]), "errmsg": TREES, "msgid": TREES}),
    st.fixed_dictionaries({"access_token": st.just("T"), "expires_in": TREES}),
)
PUSHES = st.one_of(
    TREES,
    st.lists(OBJECTS, max_size=3),
    st.fixed_dictionaries(
        {
            "Event": st.sampled_from(["TEMPLATESENDJOBFINISH", "subscribe_msg_sent_event", "subscribe_msg_popup_event"]),
            "MsgID": TREES,
            "CreateTime": TREES,
            "List": ROWS,
            "SubscribeMsgSentEvent": ROWS,
        }
    ),
)
FIRM = settings(max_examples=300, deadline=None)


@FIRM
@given(tree=SHAPED, status=st.sampled_from([200, 200, 200, 400, 500]))
async def test_every_answer_has_an_outcome(tree: dict[str, Any], status: int) -> None:
    reply = httpx.Response(status, content=json.dumps(tree).encode())
    channels: list[tuple[Any, str]] = [
        (aliyun(Provider(reply)), "13800000001"),
        (tencent(Provider(reply)), "13800000001"),
        (follower_channel(Wechat(reply)), "openid-of-somebody"),
        (mini(Wechat(reply)), "openid-of-somebody"),
        (mini(Provider(reply)), "openid-of-somebody"),
        (app(Wecom(reply)), "zhangwei"),
        (app(Provider(reply)), "zhangwei"),
        (group(Wecom(reply)), ROBOT),
    ]
    for channel, to in channels:
        assert isinstance(await channel.send(dispatch(to)), Accepted | TryLater | Impossible | Unknown)
        if isinstance(channel, AsksLater):
            assert isinstance(await channel.ask(dispatch(to)), Accepted | TryLater | Impossible | Unknown)
        if isinstance(channel, CollectsReceipts):
            assert len(await channel.collect()) >= 0


@FIRM
@given(tree=PUSHES)
def test_every_push_is_read_refused_or_unreadable(tree: Any) -> None:
    stamp = str(int(NOON.timestamp()))
    signed = {"signature": signature("callback-token", stamp, "n"), "timestamp": stamp, "nonce": "n", "token": "callback-token"}
    given_back = callback(json.dumps(tree).encode(), **signed)
    for channel in (aliyun(Provider({})), tencent(Provider({})), mini(Wechat({}))):
        assert isinstance(channel, ReadsCallbacks)
        try:
            answer = channel.read_callback(given_back)
        except (ForgedCallbackError, ValueError):
            continue
        assert all(receipt.at.tzinfo is not None for receipt in answer.receipts)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"[" * 5000, b'{"a":' * 5000, b"<a>" * 5000, b"null", b"1e999", b'"' + b"x" * 100_000]
)
def test_hostile_bodies_are_unreadable(body: bytes) -> None:
    stamp = str(int(NOON.timestamp()))
    signed = {"signature": signature("callback-token", stamp, "n"), "timestamp": stamp, "nonce": "n", "token": "callback-token"}
    for channel in (aliyun(Provider({})), tencent(Provider({})), mini(Wechat({}))):
        with pytest.raises((ForgedCallbackError, ValueError)):
            channel.read_callback(callback(body, **signed))
