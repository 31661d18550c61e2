"""The simulator's pages: the phone screens that would have been, and the switches."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.notify.simulator.app import simulator_app
from services.notify.simulator.ledger import address_id
from services.notify.simulator.messages import End, Message, State
from services.notify.simulator.pages import display
from shared.clock import utc_now


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    app = simulator_app(folder)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://simulator", follow_redirects=True
    ) as client:
        yield client, app
    await app.state.exchange.courier.stop()


def message(to: str = "13987654321", provider: str = "aliyun", **more: str) -> Message:
    values = {
        "id": "1^0",
        "key": "k#1",
        "template": "SMS_HZ_DUE",
        "title": "隐患整改即将到期",
        "text": "【经开区】隐患YX-0142还剩3天",
    }
    return Message.of_tree({**values, **more, "provider": provider, "to": to, "at": utc_now().isoformat()})


async def test_an_empty_simulator_says_how_to_fill_it(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, _):
        assert "还没有消息" in (await client.get("/")).text


async def test_phones_are_listed_latest_first_and_never_in_full(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        app.state.exchange.keep(message())
        app.state.exchange.keep(message("13600001111", "tencent"))
        page = (await client.get("/")).text
        assert page.index("136****1111") < page.index("139****4321")
        assert "13987654321" not in page


async def test_a_phones_screen_shows_its_messages_and_what_became_of_them(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        number = app.state.exchange.keep(message())
        app.state.exchange.ledger.end(number, End(State.FAILED, "MK:0001", utc_now()))
        page = (await client.get(f"/phones/{address_id('aliyun', '13987654321')}")).text
        assert "隐患YX-0142还剩3天" in page
        assert re.search(r"未送达</b>\s*MK:0001", page)
        assert "13987654321" not in page


async def test_one_phone_shows_the_messages_of_both_sms_providers_in_their_order(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        for provider, text in (("aliyun", "第一条"), ("tencent", "第二条"), ("aliyun", "第三条")):
            app.state.exchange.keep(message(provider=provider, text=text))
        listed = (await client.get("/")).text
        screens = [(await client.get(f"/phones/{address_id(name, '13987654321')}")).text for name in ("aliyun", "tencent")]
    assert len(re.findall(r'href="/phones/', listed)) == 1
    for screen in screens:
        assert screen.index("第一条") < screen.index("第二条") < screen.index("第三条")


async def test_numbers_that_look_alike_when_masked_are_told_apart(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        app.state.exchange.keep(message("13600001234"))
        app.state.exchange.keep(message("13611111234", "tencent"))
        tags = re.findall(r"短信 #([0-9a-f]{4})", (await client.get("/")).text)
    assert len(set(tags)) == 2


async def test_a_phone_is_found_by_its_number_and_the_number_stays_out_of_the_address(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        app.state.exchange.keep(message())
        found = await client.post("/find", data={"to": " 13987654321 "})
        assert "139****4321" in found.text
        assert "13987654321" not in str(found.url)
        assert "没有给这个收件人发过消息" in (await client.post("/find", data={"to": "13900000000"})).text


async def test_what_a_message_says_is_text_and_never_markup(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        evil = "<script>alert(1)</script>**<img src=x>**"
        app.state.exchange.keep(
            message("zhangwei", "wecom_group", text=evil, title=evil, template="markdown", link="javascript:alert(1)")
        )
        page = (await client.get(f"/phones/{address_id('wecom_group', 'zhangwei')}")).text
        assert "<script" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page
        assert "<b>&lt;img src=x&gt;</b>" in page


async def test_a_fault_is_switched_on_and_off_by_hand(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        form = {"kind": "code", "provider": "aliyun", "to": "*01", "code": "isv.OUT_OF_SERVICE", "seconds": "30", "share": "1"}
        assert "isv.OUT_OF_SERVICE" in (await client.post("/faults", data={**form, "times": ""})).text
        (fault,) = app.state.exchange.book.faults
        assert "没有。所有服务商都正常。" in (await client.post("/faults/off", data={"fault_id": fault.id})).text


@pytest.mark.parametrize(
    "form", [{"kind": "code"}, {"kind": "earthquake"}, {"kind": "hang", "seconds": "soon"}, {"kind": "hang", "share": "0"}]
)
async def test_a_fault_that_makes_no_sense_is_not_switched_on(form: dict[str, str], tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, app):
        assert "没有设置成功" in (await client.post("/faults", data=form)).text
        assert list(app.state.exchange.book.faults) == []


async def test_pages_work_where_the_simulator_is_mounted(tmp_path: Path) -> None:
    host, inner = FastAPI(), simulator_app(tmp_path)
    host.mount("/simulator", inner)
    inner.state.exchange.keep(message())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host), base_url="http://x") as client:
        page = (await client.get("/simulator/")).text
        links = re.findall(r'(?:href|action)="([^"#]+)', page)
        assert all(link.startswith("/simulator/") for link in links)
        assert (await client.get(f"/simulator/phones/{address_id('aliyun', '13987654321')}")).status_code == 200
        assert (await client.get("/simulator/style.css")).headers["content-type"].startswith("text/css")
    await inner.state.exchange.courier.stop()


async def test_an_unknown_phone_is_not_there(tmp_path: Path) -> None:
    async with browser(tmp_path) as (client, _):
        assert (await client.get("/phones/0123456789abcdef")).status_code == 404


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        ("13987654321", "139****4321"),
        ("li.si@factory.cn", "l***@factory.cn"),
        ("zhangwei", "zhangwei"),
        ("oFpruAK8D-E6EfStSYonYSBZ8_4", "oFpruA…Z8_4"),
    ],
)
def test_an_address_is_shown_as_far_as_it_tells_people_apart(to: str, shown: str) -> None:
    assert display(to) == shown


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    app = simulator_app(tmp_path)
    app.state.exchange.ledger.close()
    assert (tmp_path / "messages.jsonl").stat().st_mode & 0o077 == 0
