"""Evidence: known by its content, kept under its hash, given back to those who may have it."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.inspection.archive import LIMIT, keep, path_of, sha256_of
from shared.contracts.inspection import HazardFound, RectificationSubmitted
from tests.services.inspection.stories import People, found, posted, settled, stepped, visit
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


async def photographed(people: People) -> tuple[str, str, str]:
    """A hazard with a photo of how it was found and one of how it was put right: its id and their hashes."""
    async with people.grid_officer() as officer, people.tenant() as tenant:
        before, after = await uploaded(officer, PHOTO), await uploaded(tenant, AFTER)
        form = visit(people.yard.mill)
        form["answers"] = [{"item": "LF-21", "answer": "fail", "file_ids": [before["id"]]}]
        (hazard,) = (await posted(officer, "visits", form))["hazards"]
        await posted(tenant, f"hazards/{hazard['id']}/submit", {"file_ids": [after["id"]]})
    return hazard["id"], before["sha256"], after["sha256"]


async def test_whoever_sees_a_hazard_sees_its_photos_before_and_after(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    hazard, *hashes = await photographed(people)
    for client_of in (people.tenant, people.landlord, people.grid_officer, people.bureau):
        async with client_of() as client:
            seen = [await client.get(f"/api/inspection/hazards/{hazard}/photos/{sha256}") for sha256 in hashes]
        assert [(answer.content, answer.headers["content-type"]) for answer in seen] == [
            (PHOTO, "image/jpeg"),
            (AFTER, "image/jpeg"),
        ]
        assert seen[0].headers["content-disposition"] == "attachment"


async def test_nobody_sees_a_photo_through_a_hazard_that_is_not_his_or_that_it_does_not_show(
    inspection: ServiceUnderTest,
) -> None:
    people, others = await settled(inspection), await settled(inspection)
    hazard, before, _ = await photographed(people)
    (foreign,) = await found(others, "LF-21")
    async with others.tenant() as stranger, others.grid_officer() as afar:
        for client, path in ((stranger, hazard), (afar, hazard), (stranger, foreign["id"])):
            answer = await client.get(f"/api/inspection/hazards/{path}/photos/{before}")
            assert (answer.status_code, answer.json()["code"]) == (404, "file_missing")


async def test_a_grid_officer_reads_no_file_of_another_by_its_id(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.tenant() as tenant, people.grid_officer() as officer, people.bureau() as bureau:
        kept = await uploaded(tenant, PHOTO)
        assert (await officer.get(f"/api/inspection/files/{kept['id']}")).status_code == 404
        assert (await bureau.get(f"/api/inspection/files/{kept['id']}")).content == PHOTO


def test_the_bytes_are_on_the_disk_before_their_name_and_their_name_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    name = sha256_of(PHOTO)
    sync = os.fsync

    def noted(descriptor: int) -> None:
        done.append("bytes" if stat.S_ISREG(os.fstat(descriptor).st_mode) else "name")
        assert path_of(tmp_path, name).exists() is (done[-1] == "name")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    keep(tmp_path, PHOTO, name)
    assert done == ["bytes", "name"]


async def test_a_step_that_names_a_file_which_is_not_there_is_refused(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    async with people.tenant() as tenant:
        answer = await posted(tenant, f"hazards/{hazard['id']}/submit", {"file_ids": [hazard["id"]]}, 422)
    assert answer["code"] == "file_unknown"
