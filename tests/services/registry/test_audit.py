"""The trail of who read or decided what: found by whom, what and when, and any change of it shows."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.registry.store import audit
from tests.services.registry.builders import party
from tests.support.service import ServiceUnderTest

API = "/api/registry"
MOBILE = "13912345678"


@pytest.fixture
async def trail(registry: ServiceUnderTest) -> list[dict[str, Any]]:
    """Two people look for a number, one of them twice: the firms that were found by it."""
    async with registry.client("bureau", subject="chen") as client:
        found = await party(client, contacts=[{"role": "principal", "name": "王建国", "mobile": MOBILE}])
        await party(client)
    for subject in ("chen", "wang", "chen"):
        async with registry.client("bureau", subject=subject) as client:
            await client.post(f"{API}/parties/find", json={"mobile": MOBILE})
    return [found]


async def asked(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"{API}/audit", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_an_auditor_reads_who_did_what_the_newest_first(registry: ServiceUnderTest, trail: list[dict[str, Any]]) -> None:
    async with registry.client("auditor") as auditor:
        deeds = await asked(auditor, deed="find_person")
        assert [(deed["subject"], deed["deed"], deed["roles"]) for deed in deeds] == [
            (subject, "find_person", ["bureau"]) for subject in ("chen", "wang", "chen")
        ]
        assert [deed["id"] for deed in deeds] == sorted((deed["id"] for deed in deeds), reverse=True)
        assert len(await asked(auditor, subject="wang")) == 1
        assert len(await asked(auditor, object_id=trail[0]["id"])) == 3
        assert await asked(auditor, deed="reveal_id_number") == []
        middle, found = deeds[1]["at"], {"deed": "find_person"}
        assert [deed["id"] for deed in await asked(auditor, since=middle, **found)] == [deed["id"] for deed in deeds[:2]]
        assert [deed["id"] for deed in await asked(auditor, until=middle, **found)] == [deed["id"] for deed in deeds[2:]]
    assert MOBILE not in str(deeds)


async def test_the_trail_is_read_in_pages(registry: ServiceUnderTest, trail: list[dict[str, Any]]) -> None:
    assert trail
    async with registry.client("admin") as admin:
        first = (await admin.get(f"{API}/audit", params={"limit": 2})).json()
        second = (await admin.get(f"{API}/audit", params={"limit": 2, "cursor": first["next"]})).json()
        whole = await asked(admin)
    assert [*first["items"], *second["items"]] == whole
    assert second["next"] is None


@pytest.mark.parametrize("role", ["bureau", "grid_officer", "landlord", "integrator"])
async def test_whom_the_trail_is_about_does_not_read_it(registry: ServiceUnderTest, role: str) -> None:
    async with registry.client(role) as client:
        assert (await client.get(f"{API}/audit")).status_code == 403
        assert (await client.get(f"{API}/audit/chain")).status_code == 403


@pytest.mark.parametrize(
    ("harm", "broken_at"),
    [
        ("UPDATE registry.audit SET subject = 'nobody' WHERE id = 2", 2),
        ("DELETE FROM registry.audit WHERE id = 2", 3),
        ("SELECT 1", None),
    ],
)
async def test_a_row_that_was_changed_or_taken_out_breaks_the_chain(
    registry: ServiceUnderTest, trail: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, harm: str, broken_at: int | None
) -> None:
    assert trail
    monkeypatch.setattr(audit, "_AT_ONCE", 2)
    await registry.database.run(lambda tx: tx.execute(text(harm)))
    async with registry.client("auditor") as auditor:
        assert (await auditor.get(f"{API}/audit/chain")).json()["broken_at"] == broken_at


async def test_rows_taken_from_the_end_show_by_the_digest_that_was_noted(
    registry: ServiceUnderTest, trail: list[dict[str, Any]]
) -> None:
    assert trail
    async with registry.client("auditor") as auditor:
        before = (await auditor.get(f"{API}/audit/chain")).json()
        await registry.database.run(lambda tx: tx.execute(text("DELETE FROM registry.audit WHERE id = 4")))
        after = (await auditor.get(f"{API}/audit/chain")).json()
    assert (before["rows"], before["broken_at"], after["rows"], after["broken_at"]) == (4, None, 3, None)
    assert before["last_digest"] != after["last_digest"]
