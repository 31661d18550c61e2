"""Codes over HTTP: issued once, posted where they belong, replaced and voided, and never trusted in the wrong place."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.demo.make_ledger import FILE
from services.registry.codes.token import new_token
from services.registry.codes.workers import keep_codes
from shared.contracts.registry import CodeIssued, CodePosted, CodeVoided
from shared.contracts.vocabulary import CodeVoidReason, PlaceVerdict
from shared.geo import Point, crs_of, from_cgcs2000
from tests.services.registry.builders import POINT, building, party, site
from tests.services.registry.ledger.ledgers import sent
from tests.support.service import ServiceUnderTest

AT_THE_DOOR = {"lon": 119.8201, "lat": 31.3401, "crs": "cgcs2000"}
DOWN_THE_ROAD = {"lon": 119.8231, "lat": 31.34, "crs": "cgcs2000"}


async def a_site(client: httpx.AsyncClient, name: str = "") -> dict[str, Any]:
    return await site(client, await building(client), await party(client, name))


async def code_of(client: httpx.AsyncClient, where: dict[str, Any]) -> str:
    answer = await client.get(f"/api/registry/sites/{where['id']}/code")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["code"])


async def post(client: httpx.AsyncClient, code: str, verb: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/registry/codes/{code}/{verb}", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def posted(client: httpx.AsyncClient, code: str, position: dict[str, Any] | None = None) -> dict[str, Any]:
    return await post(client, code, "posted", photo_file_id=str(uuid4()), position=position)


async def test_a_site_has_one_code_however_often_it_is_asked_for(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await a_site(client)
        assert await code_of(client, where) == await code_of(client, where)
    [issued] = await registry.said(CodeIssued)
    assert (str(issued.site_id), issued.holder) == (where["id"], "site")


async def test_the_qr_says_the_public_address_and_nothing_else(registry: ServiceUnderTest) -> None:
    registry.settings = registry.settings.model_copy(update={"public_url": "https://safety.example"})
    async with registry.client("bureau") as client:
        where = await a_site(client, "云荡晨禾五金有限公司")
        shown = (await client.get(f"/api/registry/sites/{where['id']}/code")).json()
        picture = (await client.get(f"/api/registry/sites/{where['id']}/code.svg")).text
    assert shown["address"] == f"https://safety.example/c/{shown['code']}"
    assert shown["code"] in picture
    assert "晨禾" not in picture


async def test_pictures_are_svg_and_png(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await a_site(client)
        svg = await client.get(f"/api/registry/sites/{where['id']}/code.svg")
        png = await client.get(f"/api/registry/buildings/{where['building_id']}/code.png")
    assert (svg.headers["content-type"], svg.text[:4]) == ("image/svg+xml", "<svg")
    assert (png.headers["content-type"], png.content[:4]) == ("image/png", b"\x89PNG")


async def test_a_code_is_posted_within_150_metres(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        view = await posted(client, code, AT_THE_DOOR)
    assert (view["state"], view["place_check"]["verdict"]) == ("posted", "within")
    [said] = await registry.said(CodePosted)
    assert (said.code, said.place_check.verdict) == (code, PlaceVerdict.WITHIN)


async def test_a_code_posted_elsewhere_is_recorded_and_told(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        view = await posted(client, code, DOWN_THE_ROAD)
    assert view["place_check"]["verdict"] == "outside"
    assert 250 < view["place_check"]["metres"] < 320


async def test_a_position_in_gcj02_is_converted_before_the_check(registry: ServiceUnderTest) -> None:
    shifted = from_cgcs2000(Point(POINT["lon"], POINT["lat"]), "gcj02")  # type: ignore[arg-type]
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        view = await posted(client, code, {"lon": shifted.lon, "lat": shifted.lat, "crs": "gcj02"})
    assert view["place_check"]["metres"] < 3


async def test_without_a_position_the_check_stays_unknown(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await posted(client, await code_of(client, await a_site(client)))
    assert (view["state"], view["place_check"]["verdict"]) == ("posted", "unknown")


async def test_a_position_in_an_unknown_system_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        body = {"photo_file_id": str(uuid4()), "position": {"lon": 119.8, "lat": 31.3, "crs": "utm"}}
        assert (await post(client, code, "posted", 422, **body))["code"] == "crs_unknown"


async def test_a_reissued_code_takes_the_place_of_the_old_one(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await a_site(client)
        old = await code_of(client, where)
        new = await post(client, old, "reissue", reason="damaged")
        assert await code_of(client, where) == new["code"] != old
        scanned = await post(client, old, "scanned")
    assert (scanned["warning"], scanned["replaced_by"]) == ("replaced", new["code"])
    [voided] = await registry.said(CodeVoided)
    assert (voided.code, voided.reason, voided.replaced_by) == (old, CodeVoidReason.DAMAGED, new["code"])
    assert (await registry.said(CodeIssued))[-1].replaces == old


async def test_a_void_code_warns_and_nothing_more_happens_to_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        await post(client, code, "void", reason="lost")
        assert (await post(client, code, "scanned"))["warning"] == "void"
        for verb, body in (("posted", {"photo_file_id": str(uuid4())}), ("void", {}), ("reissue", {})):
            assert (await post(client, code, verb, 409, **body))["code"] == "code_ended"


@pytest.mark.parametrize(("where", "warning"), [(AT_THE_DOOR, "none"), (DOWN_THE_ROAD, "elsewhere"), (None, "none")])
async def test_a_posted_code_that_is_scanned_elsewhere_may_be_a_copy(
    registry: ServiceUnderTest, where: dict[str, Any] | None, warning: str
) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        await posted(client, code, AT_THE_DOOR)
        assert (await post(client, code, "scanned", position=where))["warning"] == warning
    assert [scan["warning"] for scan in await registry.table("code_scans")] == [warning] * (warning != "none")


async def test_a_code_that_was_never_posted_says_so(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        assert (await post(client, await code_of(client, await a_site(client)), "scanned"))["warning"] == "not_posted"


async def test_a_token_that_nobody_issued_is_unknown_and_a_mistyped_one_is_told(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        assert (await post(client, new_token(), "scanned", 404))["code"] == "code_unknown"
        assert (await post(client, "7K3M-Q9XA-2F40", "scanned", 422))["code"] == "code_mistyped"


async def test_a_code_is_found_as_it_is_typed(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        typed = code.lower().replace("-", "").replace("0", "o").replace("1", "l")
        assert (await client.get(f"/api/registry/codes/{typed}")).json()["code"] == code


async def test_every_open_site_and_building_gets_a_code_by_itself(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await a_site(client)
        await registry.works(keep_codes)
        holders = {(row["holder"], str(row["holder_id"])) for row in await registry.table("codes")}
    assert holders == {("site", where["id"]), ("building", where["building_id"])}
    await registry.works(keep_codes)
    assert len(await registry.table("codes")) == 2


async def test_the_code_of_a_closed_site_is_voided(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await a_site(client)
        code = await code_of(client, where)
        answer = await client.post(f"/api/registry/sites/{where['id']}/close", json={"reason": "moved_out"})
        assert answer.status_code == 200, answer.text
        await registry.works(keep_codes)
        assert (await post(client, code, "scanned"))["warning"] == "void"
    assert [voided.reason for voided in await registry.said(CodeVoided)] == [CodeVoidReason.HOLDER_CLOSED]


async def test_a_strangers_code_is_not_there(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as bureau:
        where = await a_site(bureau)
        code = await code_of(bureau, where)
    async with registry.client("tenant", parties=[uuid4()]) as stranger:
        assert (await stranger.get(f"/api/registry/codes/{code}")).status_code == 404
        assert (await stranger.get(f"/api/registry/sites/{where['id']}/code.svg")).status_code == 404
        await post(stranger, code, "posted", 404, photo_file_id=str(uuid4()))


async def test_a_tenant_posts_his_own_code_but_cannot_void_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as bureau:
        where = await a_site(bureau)
        code = await code_of(bureau, where)
    async with registry.client("tenant", parties=[where["party_id"]]) as tenant:
        assert (await posted(tenant, code, AT_THE_DOOR))["state"] == "posted"
        await post(tenant, code, "void", 403)


async def test_a_sheet_has_a_label_for_the_building_and_for_every_open_site(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place = await building(client)
        for _ in range(9):
            await site(client, place, await party(client))
        answer = await client.get("/api/registry/codes/sheet.pdf", params={"building_id": place["id"]})
    assert (answer.headers["content-type"], answer.headers["x-labels"]) == ("application/pdf", "10")
    assert answer.content.count(b"/Type /Page\n") == 2
    batches = {row["batch"] for row in await registry.table("codes")}
    assert len(batches) == 1
    assert f"labels-{batches.pop()}.pdf" in answer.headers["content-disposition"]


async def test_a_sheet_is_for_one_building_or_one_grid(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        assert (await client.get("/api/registry/codes/sheet.pdf")).status_code == 422
        missing = await client.get("/api/registry/codes/sheet.pdf", params={"building_id": str(uuid4())})
    assert missing.status_code == 404


async def test_an_auditor_prints_what_is_there_and_issues_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as bureau:
        where = await a_site(bureau)
        await code_of(bureau, where)
    async with registry.client("auditor") as auditor:
        answer = await auditor.get("/api/registry/codes/sheet.pdf", params={"building_id": where["building_id"]})
    assert answer.headers["x-labels"] == "1"
    assert [row["batch"] for row in await registry.table("codes")] == [None]


async def test_a_grid_is_printed_in_parts(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        await sent(client, FILE.read_bytes())
        grid = next(row for row in await registry.table("grids") if row["name"] == "云荡第一网格")
        inside = sum(row["grid_id"] == grid["id"] for row in await registry.table("sites"))
        whole = await client.get("/api/registry/codes/sheet.pdf", params={"grid_id": str(grid["id"])})
        rest = await client.get("/api/registry/codes/sheet.pdf", params={"grid_id": str(grid["id"]), "skip": inside - 1})
        beyond = await client.get("/api/registry/codes/sheet.pdf", params={"grid_id": str(grid["id"]), "skip": inside})
    assert (whole.headers["x-labels"], rest.headers["x-labels"]) == (str(inside), "1")
    assert (beyond.status_code, beyond.json()["code"]) == (422, "sheet_too_long")


async def test_a_landlord_has_a_code_of_his_own_when_he_asks(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as bureau:
        owner = await party(bureau)
        await building(bureau, owner)
    async with registry.client("landlord", parties=[owner["id"]]) as landlord:
        answer = await landlord.get(f"/api/registry/parties/{owner['id']}/code.svg")
    assert answer.status_code == 200
    [issued] = await registry.said(CodeIssued)
    assert (issued.holder, str(issued.party_id)) == ("landlord", owner["id"])


@pytest.mark.parametrize("spelt", ["GCJ-02", "高德", "EPSG:4490", "WGS 84"])
async def test_a_coordinate_system_is_kept_by_its_own_name_however_it_is_spelt(registry: ServiceUnderTest, spelt: str) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        view = await posted(client, code, {"lon": 119.82, "lat": 31.34, "crs": spelt})
    assert view["position"]["crs"] == crs_of(spelt)


@pytest.mark.parametrize(("where", "warning"), [(AT_THE_DOOR, "none"), (DOWN_THE_ROAD, "elsewhere")])
async def test_a_label_posted_without_a_position_is_expected_where_its_site_stands(
    registry: ServiceUnderTest, where: dict[str, Any], warning: str
) -> None:
    async with registry.client("bureau") as client:
        code = await code_of(client, await a_site(client))
        await posted(client, code)
        assert (await post(client, code, "scanned", position=where))["warning"] == warning
