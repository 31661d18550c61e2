"""Notify in front of the simulator: what was meant is what the phone shows, and who else may look at it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.__main__ import with_simulator
from services.notify.office import keeping, office_of
from services.notify.service import notify as service
from shared.contracts.notify import MobileVerified
from shared.service import Service
from tests.services.notify.builders import BOSS, TENANT, hazard, people
from tests.services.notify.codes import sent, typed
from tests.services.notify.phones import send_all
from tests.services.notify.registry_stand_in import RegistryStandIn, mobile_of
from tests.services.notify.simulator.running import Running, simulator
from tests.support.service import ServiceUnderTest

HERE = "http://127.0.0.1:8080"


@pytest.fixture
async def phones(tmp_path: Path) -> AsyncIterator[Running]:
    async with simulator(tmp_path / "simulator", receipts=False) as running:
        yield running


@pytest.fixture
async def simulated(registry: RegistryStandIn, phones: Running, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    chosen = {"registry_url": registry.url, "files_only": False, "simulator_url": phones.url, "round_seconds": 60}
    async with ServiceUnderTest.of(service, tmp_path, **chosen) as under_test, keeping(under_test.station):
        yield under_test


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
async def test_the_phone_shows_the_text_of_the_notice_whoever_carries_it(
    simulated: ServiceUnderTest, phones: Running, provider: str
) -> None:
    office_of(simulated.station).senders.stopped = {("sms", name) for name in ("aliyun", "tencent") if name != provider}
    await simulated.hears(*people())
    await simulated.hears(hazard(immediate=True))
    await send_all(simulated)

    meant = {row["id"].hex: row["text"] for row in await simulated.table("dispatches") if row["channel"] == "sms"}
    shown = {message["key"]: message["text"].partition("】")[2] for message in await phones.arrived(provider=provider)}
    assert len(meant) == 4
    assert shown == meant


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
async def test_the_code_on_a_pretended_phone_verifies_the_mobile_in_the_demo(
    simulated: ServiceUnderTest, phones: Running, registry: RegistryStandIn, provider: str
) -> None:
    office_of(simulated.station).senders.stopped = {("sms", name) for name in ("aliyun", "tencent") if name != provider}
    registry.knows(BOSS, party_id=str(TENANT), mobile=mobile_of(BOSS), version=1)
    await simulated.hears(*people())
    async with simulated.client("bureau") as client:
        asked = await sent(client, simulated)
        [message] = await phones.arrived(provider=provider)
        [code] = re.findall(r"验证码(\d{6}),.*,5分钟内有效。", message["text"])
        assert (await typed(client, asked, code)).json()["state"] == "verified"
    assert len(await simulated.said(MobileVerified)) == 1


def beside(folder: Path) -> Service:
    (together,) = with_simulator([service], folder)
    return together


async def asked(together: Service, path: str, client: str = "127.0.0.1", **more: Any) -> httpx.Response:
    """What somebody on the machine ``client`` is answered by notify's pages."""
    app = FastAPI()
    assert together.pages is not None
    app.include_router(together.pages)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(client, 5000)), base_url=HERE) as http:
        return await http.request(more.pop("method", "GET"), path, **more)


async def test_the_pages_beside_notify_open_on_this_machine_only(tmp_path: Path) -> None:
    together = beside(tmp_path)
    answers = (
        await asked(together, "/simulator/"),
        await asked(together, "/simulator/", client="192.0.2.7"),
        await asked(together, "/simulator/", headers={"X-Forwarded-For": "192.0.2.7"}),
        await asked(together, "/simulator/", headers={"Host": "rebound.example"}),
    )
    assert [answer.status_code for answer in answers] == [200, 403, 403, 403]
    assert "mashang simulator" in answers[1].text


async def test_the_simulator_beside_notify_brings_receipts_to_notify(tmp_path: Path) -> None:
    together = beside(tmp_path / "simulator")
    assert together.lifespan is not None
    below = f"{HERE}/simulator"
    async with ServiceUnderTest.of(together, tmp_path, simulator_url=below) as notify, together.lifespan(notify.station):
        answer = await asked(together, "/simulator/api/settings", method="PUT", json={})
    assert answer.json()["callback_url"] == f"{HERE}/api/notify/receipts"
