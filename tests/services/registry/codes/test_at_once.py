"""Several people with one code at the same moment."""

import asyncio
from uuid import uuid4

from shared.contracts.registry import CodeIssued, CodePosted
from tests.services.registry.codes.test_codes import AT_THE_DOOR, a_site, code_of
from tests.support.service import ServiceUnderTest

API = "/api/registry/codes"


async def test_a_code_asked_for_many_times_at_once_is_issued_once(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await a_site(client)
        found = await asyncio.gather(*(code_of(client, where) for _ in range(8)))
    assert len(set(found)) == 1
    assert [said.code for said in await registry.said(CodeIssued)] == [found[0]]


async def test_one_posting_sent_many_times_at_once_is_recorded_and_told_once(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        body = {"photo_file_id": str(uuid4()), "position": AT_THE_DOOR}
        answers = await asyncio.gather(*(client.post(f"{API}/{code}/posted", json=body) for _ in range(8)))
    assert {(answer.status_code, answer.json()["version"]) for answer in answers} == {(200, 2)}
    assert len(await registry.said(CodePosted)) == 1


async def test_of_posting_and_voiding_at_once_the_code_ends_void(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        body = {"photo_file_id": str(uuid4()), "position": AT_THE_DOOR}
        posting, voiding = await asyncio.gather(
            client.post(f"{API}/{code}/posted", json=body), client.post(f"{API}/{code}/void", json={"reason": "lost"})
        )
        shown = (await client.get(f"{API}/{code}")).json()
    assert voiding.status_code == 200
    assert posting.status_code in {200, 409}
    assert shown["state"] == "void"


async def test_of_many_replacements_at_once_one_counts_and_leaves_one_live_code(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await a_site(client)
        code = await code_of(client, where)
        answers = await asyncio.gather(*(client.post(f"{API}/{code}/reissue", json={}) for _ in range(6)))
        [fresh] = [answer.json()["code"] for answer in answers if answer.status_code == 200]
        assert {answer.json()["code"] for answer in answers if answer.status_code != 200} == {"code_ended"}
        assert await code_of(client, where) == fresh
