"""Evidence: known by its content, kept under its hash, given back to those who may have it."""

import hashlib
from typing import Any

import httpx
import pytest

from services.inspection.archive import LIMIT
from shared.contracts.inspection import HazardFound, RectificationSubmitted
from tests.services.inspection.stories import found, posted, settled, stepped, visit
from tests.support.service import ServiceUnderTest

PHOTO = b"\xff\xd8\xff\xe0" + b"before" * 20
AFTER = b"\xff\xd8\xff\xe0" + b"after" * 20


async def uploaded(client: httpx.AsyncClient, content: bytes, status: int = 201, name: str = "photo.jpg") -> dict[str, Any]:
    answer = await client.post("/api/inspection/files", files={"file": (name, content, "text/html")})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def test_a_photo_is_told_by_its_content_and_comes_back_as_it_was(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        kept = await uploaded(officer, PHOTO, name="page.html")
        back = await officer.get(f"/api/inspection/files/{kept['id']}")
    assert (kept["kind"], kept["size"], kept["sha256"]) == ("photo", len(PHOTO), hashlib.sha256(PHOTO).hexdigest())
    assert (back.content, back.headers["content-type"]) == (PHOTO, "image/jpeg")
    assert back.headers["content-disposition"] == "attachment"
    assert back.headers["x-content-type-options"] == "nosniff"


async def test_the_same_photo_twice_is_one_file_on_disk(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        first, second = await uploaded(officer, PHOTO), await uploaded(officer, PHOTO)
    assert first["id"] != second["id"]
    assert [path.name for path in (inspection.data / "files").rglob("*") if path.is_file()] == [first["sha256"]]


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04macro",
        b"MZ\x90\x00",
        b"GIF89a",
    ],
)
async def test_what_is_no_evidence_is_refused_and_leaves_nothing(inspection: ServiceUnderTest, content: bytes) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        assert (await uploaded(officer, content, 415))["code"] == "file_kind_not_allowed"
    assert not (inspection.data / "files").exists()


async def test_a_file_over_the_limit_and_an_empty_one_are_refused(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        assert (await uploaded(officer, PHOTO + b"0" * LIMIT, 413))["code"] == "file_too_large"
        assert (await uploaded(officer, b"", 422))["code"] == "file_empty"


async def test_a_tenant_does_not_read_the_files_of_others(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer, people.tenant() as tenant:
        kept = await uploaded(officer, PHOTO)
        answer = await tenant.get(f"/api/inspection/files/{kept['id']}")
        own = await uploaded(tenant, PHOTO)
        assert (await tenant.get(f"/api/inspection/files/{own['id']}")).content == PHOTO
    assert answer.status_code == 404


async def test_the_hash_of_a_photo_travels_with_the_hazard_and_with_its_rectification(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer, people.tenant() as tenant:
        before, after = await uploaded(officer, PHOTO), await uploaded(tenant, AFTER)
        form = visit(people.yard.mill)
        form["answers"] = [{"item": "LF-21", "answer": "fail", "file_ids": [before["id"]]}]
        (hazard,) = (await posted(officer, "visits", form))["hazards"]
    shown = await stepped(people.tenant(), hazard["id"], "submit", file_ids=[after["id"]])
    (said,) = await inspection.said(HazardFound)
    (done,) = await inspection.said(RectificationSubmitted)
    assert (said.photos, done.photos) == ((before["sha256"],), (after["sha256"],))
    assert shown["history"][-1]["details"]["photos"] == [after["sha256"]]


async def test_a_step_that_names_a_file_which_is_not_there_is_refused(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    async with people.tenant() as tenant:
        answer = await posted(tenant, f"hazards/{hazard['id']}/submit", {"file_ids": [hazard["id"]]}, 422)
    assert answer["code"] == "file_unknown"
