"""Asking for codes and typing them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from services.notify.library import shipped_text
from services.notify.office import office_of
from tests.services.notify.builders import BOSS
from tests.services.notify.phones import Phone
from tests.support.service import ServiceUnderTest

ASK = "/api/notify/verifications"


@asynccontextmanager
async def desk(office: ServiceUnderTest, *roles: str, **claims: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may ask, of the bureau unless other roles are named."""
    async with office.client(*(roles or ("bureau",)), **claims) as client:
        yield client


async def asks(client: httpx.AsyncClient, office: ServiceUnderTest, **body: Any) -> httpx.Response:
    """Ask for a code, and wait until its call is over."""
    answer = await client.post(ASK, json={"contact_id": str(BOSS), **body})
    await office_of(office.station).verifying.ended()
    return answer


async def sent(client: httpx.AsyncClient, office: ServiceUnderTest, **body: Any) -> dict[str, Any]:
    """The same of a code that is granted: the verification once its call is over."""
    answer = await asks(client, office, **body)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = (await client.get(f"{ASK}/{answer.json()['id']}")).json()
    return found


async def typed(client: httpx.AsyncClient, asked: dict[str, Any], code: str) -> httpx.Response:
    """Type a code."""
    return await client.post(f"{ASK}/{asked['id']}/confirm", json={"code": code})


def came(phone: Phone) -> str:
    """The code that came last."""
    return phone.calls[-1].variables["code"]


def wrong(phone: Phone) -> str:
    """Another one."""
    return f"{(int(came(phone)) + 1) % 1_000_000:06d}"


async def publish(office: ServiceUnderTest, line: str, another: str) -> None:
    """The rule book that ships with one line changed."""
    assert line in shipped_text()
    async with desk(office) as client:
        draft = (await client.post("/api/notify/rule-books", json={"body": shipped_text().replace(line, another)})).json()
        assert (await client.post(f"/api/notify/rule-books/{draft['id']}/publish")).status_code == 200
