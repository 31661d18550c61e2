"""Reading the ledger: on the map, as of a date, as a page for fire crews, as an agreement to sign."""

import io
from collections.abc import Mapping
from typing import Any

import docx
import pytest
from sqlalchemy import text

from services.registry.domain.search import grams_of
from services.registry.store import search
from services.registry.views.parties import PartyLine
from services.registry.views.sites import SiteLine
from services.registry.workers import refresh_map
from shared.database import Transaction
from tests.services.registry.builders import building, compound, lease, party, site
from tests.support.service import ServiceUnderTest

API = "/api/registry"
GEO = {"Accept": "application/geo+json"}
PERSON = {"role": "safety_officer", "name": "赵六", "mobile": "13712345678"}


async def _three_places(client: Any) -> list[dict[str, Any]]:
    """Two sites side by side and one far away."""
    owner = await party(client)
    here = await compound(client, owner)
    far = await compound(client, owner, point={"lon": 118.5, "lat": 32.0, "crs": "cgcs2000"})
    names = ("宏达五金厂", '"引号"\\斜杠五金厂')
    near = [await site(client, await building(client, compound_id=here["id"]), await party(client, name)) for name in names]
    return [*near, await site(client, await building(client, compound_id=far["id"]), await party(client))]


async def test_a_list_is_written_in_the_published_shape(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await building(client)
        placed = await site(client, where, await party(client, '"引号"\\斜杠五金厂'), floor="2F", room="201", area=320.5)
        page = (await client.get(f"{API}/sites", params={"kind": "tenant", "limit": "1"})).json()
        shown = (await client.get(f"{API}/sites/{placed['id']}")).json()
    [line] = page["items"]
    assert set(line) == set(SiteLine.model_fields)
    assert line == {name: shown[name] for name in line}
    assert SiteLine.model_validate(line).area == 320.5
    assert page["next"] is None


async def test_a_list_of_parties_is_written_in_the_published_shape(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        firm = await party(client, '"引号"\\斜杠五金厂', employees=42)
        page = (await client.get(f"{API}/parties")).json()
    [line] = page["items"]
    assert list(line) == list(PartyLine.model_fields)
    assert line == {name: firm[name] for name in line}
    assert PartyLine.model_validate(line).employees == 42
    assert page["next"] is None


@pytest.mark.parametrize("share", [None, 0.0, 0.2, 1.0])
async def test_what_is_found_in_which_order_does_not_depend_on_what_statistics_know(
    registry: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch, share: float | None
) -> None:
    """A firm is found by each part of what it is called; whether its pieces are taken for rare or for common changes nothing."""
    known = dict.fromkeys({*grams_of("宏达金属制品有限公司"), *grams_of("hdjszpyxgs")}, share) if share is not None else {}

    async def shares(*_: object) -> Mapping[str, float | None]:
        return known

    monkeypatch.setattr(search, "_shares", shares)
    async with registry.client("bureau") as client:
        firms = [await party(client, f"宏达金属制品有限公司第{number}分厂") for number in range(5)]
        await party(client, "大宏金属有限公司")
        for typed in ("宏达金属制品", "达", "hdjszp", "制品有限公司第"):
            first = (await client.get(f"{API}/parties", params={"q": typed, "limit": "3"})).json()
            rest = (await client.get(f"{API}/parties", params={"q": typed, "limit": "3", "cursor": first["next"]})).json()
            assert [line["id"] for line in (*first["items"], *rest["items"])] == sorted(firm["id"] for firm in firms)
        for firm in firms:
            whole = (await client.get(f"{API}/parties", params={"q": firm["uscc"]})).json()["items"]
            assert [line["id"] for line in whole] == [firm["id"]]


async def test_the_grams_that_many_records_hold_are_read_from_the_statistics(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        for number in range(3):
            await party(client, f"宏达第{number}厂")
    search._common.clear()

    async def shares(tx: Transaction) -> Mapping[str, float]:
        await tx.execute(text("ANALYZE registry.parties"))
        return await search._shares(tx, "parties")

    known = await registry.database.run(shares)
    assert known["宏达"] == known["hd"] == 1.0
    search._common.clear()


async def test_the_pages_of_a_list_hold_every_site_once(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await building(client)
        wanted = {(await site(client, where, await party(client)))["id"] for _ in range(5)}
        found, asked = [], {"kind": "tenant", "limit": "2"}
        while True:
            page = (await client.get(f"{API}/sites", params=asked)).json()
            found += [line["id"] for line in page["items"]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
    assert len(found) == len(wanted)
    assert set(found) == wanted


async def test_the_map_shows_clusters_from_afar_and_sites_from_near(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        near, other, far = await _three_places(client)
        await registry.works(refresh_map)
        world = {"bbox": "110,20,125,40", "zoom": "6"}
        answer = await client.get(f"{API}/sites", params=world, headers=GEO)
        assert answer.headers["content-type"] == "application/geo+json"
        features = answer.json()["features"]
        assert sorted(feature["properties"]["number"] for feature in features) == [1, 2]
        [single] = [feature for feature in features if not feature["properties"]["cluster"]]
        assert single["properties"]["site_id"] == far["id"]
        close = {"bbox": "119.8,31.3,119.9,31.4", "zoom": "17"}
        sites = (await client.get(f"{API}/sites", params=close, headers=GEO)).json()["features"]
        assert {feature["id"] for feature in sites} == {near["id"], other["id"]}
        assert sites[0]["geometry"] == {"type": "Point", "coordinates": [119.82, 31.34]}
        [one] = [feature for feature in sites if feature["id"] == other["id"]]
        card = {name: other[name] for name in ("code", "kind", "name", "party_id", "building_id", "grid_id")}
        assert one["properties"] == {"cluster": False, "number": 1, "site_id": other["id"], **card}


async def test_the_map_follows_a_new_site_and_a_closed_one(registry: ServiceUnderTest) -> None:
    world = {"bbox": "110,20,125,40", "zoom": "6"}
    async with registry.client("bureau") as client:
        near, _, _ = await _three_places(client)
        await registry.works(refresh_map)
        await client.post(f"{API}/sites/{near['id']}/close", json={"reason": "moved_out"})
        await registry.works(refresh_map)
        features = (await client.get(f"{API}/sites", params=world, headers=GEO)).json()["features"]
    assert [feature["properties"]["number"] for feature in features] == [1, 1]


async def test_the_map_of_somebody_who_sees_little_counts_only_that(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        near, _, _ = await _three_places(client)
        await registry.works(refresh_map)
    async with registry.client("tenant", parties=[near["party_id"]]) as own:
        features = (await own.get(f"{API}/sites", params={"bbox": "110,20,125,40", "zoom": "6"}, headers=GEO)).json()["features"]
    assert [feature["properties"]["number"] for feature in features] == [1]


async def test_a_box_of_the_wrong_form_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        answer = await client.get(f"{API}/sites", params={"bbox": "120,31,119,32"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bbox_wrong")


async def test_a_site_is_shown_as_it_was_on_record_on_a_day(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await site(client, await building(client), await party(client), room="301", facts={"spray": {"value": "none"}})
        first_day = view["confirmed_on"]
        registry.time_passes(days=10)
        path = f"{API}/sites/{view['id']}"
        await client.put(f"{path}/facts", json={"spray": {"value": "solvent"}, "hot_work": {"value": True}})
        await client.patch(path, json={"room": "302"})
        then, now = (await client.get(path, params={"as_of": first_day})).json(), (await client.get(path)).json()
        before = await client.get(path, params={"as_of": "2020-01-01"})
        nonsense = await client.get(path, params={"as_of": "yesterday"})
    assert (then["room"], then["facts"]["spray"]["value"], "hot_work" in then["facts"]) == ("301", "none", False)
    assert (now["room"], now["facts"]["spray"]["value"]) == ("302", "solvent")
    assert (before.status_code, nonsense.json()["code"]) == (404, "moment_wrong")


async def test_the_fire_card_says_who_is_inside_what_burns_and_how_to_get_out(registry: ServiceUnderTest) -> None:
    exits = [{"floor": "1F", "width": 1.4, "leads_to": "西侧道路", "locked": "yes"}]
    async with registry.client("bureau") as client:
        tenant = await party(client, "宜兴市宏达金属制品有限公司", employees=42, contacts=[PERSON])
        systems = {"sprinkler": {"state": "absent"}}
        place = await building(client, details={"exits": exits, "fire_systems": systems})
        facts = {"hazchem": {"value": True, "qty": 20}, "occupancy_night_production": {"value": True}}
        await site(client, place, tenant, floor="3F", facts=facts)
        await site(client, place, await party(client), floor="1F")
        card = (await client.get(f"{API}/buildings/{place['id']}/fire-card")).json()
        page = await client.get(f"{API}/buildings/{place['id']}/fire-card.html")
    assert (card["headcount"], card["headcount_is_complete"], len(card["tenants"])) == (42, False, 2)
    assert page.headers["content-type"].startswith("text/html")
    for told in (
        "宜兴市宏达金属制品有限公司",
        "危险化学品",
        "（20 kg）",
        "夜间生产",
        "西侧道路",
        "上锁",
        "应设未设",
        "13712345678",
    ):
        assert told in page.text, told
    assert "<script" not in page.text
    assert "http" not in page.text
    assert [row["deed"] for row in await registry.table("audit")] == ["add_contact", "read_fire_card", "read_fire_card"]


async def test_the_fire_card_masks_numbers_for_a_landlord_and_shows_him_no_strangers_building(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        mine, theirs = await building(client, owner), await building(client)
        await site(client, mine, await party(client, contacts=[PERSON]))
    async with registry.client("landlord", parties=[owner["id"]]) as own:
        shown = await own.get(f"{API}/buildings/{mine['id']}/fire-card")
        assert "137****5678" in shown.text
        assert "13712345678" not in shown.text
        assert (await own.get(f"{API}/buildings/{theirs['id']}/fire-card")).status_code == 404


async def test_a_name_that_is_markup_stays_text_on_the_card(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place = await building(client)
        await site(client, place, await party(client, "<img src=x onerror=alert(1)>有限公司"))
        page = await client.get(f"{API}/buildings/{place['id']}/fire-card.html")
    assert "<img" not in page.text


async def test_the_model_agreement_comes_filled_as_a_word_file(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client, "宏达实业 & 子公司"), await party(client)
        place = await building(client, owner)
        draft = await lease(client, place, owner, tenant, rooms=["3F-301"], duties={"joint_drill": "landlord"})
        answer = await client.get(f"{API}/leases/{draft['id']}/agreement.docx")
    document = docx.Document(io.BytesIO(answer.content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    rows = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    for told in ("宏达实业 & 子公司", tenant["name"], tenant["uscc"], "3F-301", "2026-01-01 至 2028-12-31"):
        assert told in text
    assert "{{" not in text
    assert (rows["公共疏散通道、安全出口和楼梯"], rows["承租区域消防与安全"], rows["联合应急演练"]) == ("甲方", "乙方", "甲方")
