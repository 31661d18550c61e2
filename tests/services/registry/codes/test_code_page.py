"""What anybody sees who scans a code: who answers, how to get out, where to report; never a number of a person."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.registry.codes import public
from services.registry.codes.public import Names
from services.registry.codes.token import new_token
from services.registry.codes.workers import keep_codes
from services.registry.pages import code_page
from shared.contracts.grading import GradeChanged
from shared.contracts.vocabulary import InherentRisk, Level, ManagementScore, RiskBand
from tests.services.registry.builders import building, compound, created, party, site
from tests.services.registry.codes.test_codes import code_of, post
from tests.services.registry.test_grids import square
from tests.support.service import ServiceUnderTest

MOBILE = "13861500042"
OFFICER_MOBILE = "13861500043"
EXITS = [
    {"floor": "1F", "leads_to": "厂区大门", "width": 1.4, "locked": "no"},
    {"floor": "二层", "leads_to": "东侧楼梯", "width": 1.1, "locked": "yes"},
]


@pytest.fixture
async def scene(registry: ServiceUnderTest) -> dict[str, Any]:
    """A tenant on the second floor of a landlord's building in a grid with an officer, with people behind both parties."""
    async with registry.client("bureau") as client:
        grid = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        officer = await created(client, "/officers", name="徐网格", mobile=OFFICER_MOBILE)
        await client.post(f"/api/registry/grids/{grid['id']}/assign", json={"officer_id": officer["id"], "from": "2020-01-01"})
        people = [
            {"role": "principal", "name": "李主任", "mobile": MOBILE},
            {"role": "other", "name": "无关人", "mobile": MOBILE},
        ]
        landlord = await party(client, "云荡物业有限公司", contacts=[{"role": "principal", "name": "周房东", "mobile": MOBILE}])
        yard = await compound(client, landlord, name="云荡厂区", address="文庄路8号")
        place = await building(client, landlord, compound_id=yard["id"], building_no="3号楼", details={"exits": EXITS})
        tenant = await party(client, "晨禾五金有限公司", contacts=people)
        where = await site(client, place, tenant, floor="2F", room="201")
        owner = await site(client, place, landlord, kind="landlord")
        code = await code_of(client, where)
    return {"site": where, "code": code, "building": place, "landlord": landlord, "owner": owner}


async def page(registry: ServiceUnderTest, code: str, status: int = 200, language: str = "zh-CN") -> str:
    """The words of the page as somebody sees it who is not signed in."""
    async with registry.client(language=language) as anybody:
        answer = await anybody.get(f"/c/{code}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", answer.text, flags=re.DOTALL)))


def graded(where: dict[str, Any], level: Level, revision: int) -> GradeChanged:
    axes = {"inherent": InherentRisk(points=30, band=RiskBand.R3), "management": ManagementScore(score=70)}
    told = {"to": level, "policy": "DEFAULT-2026.1", "effective_from": date(2026, 11, revision)}
    return GradeChanged(site_id=where["id"], revision=revision, **axes, **told)  # type: ignore[arg-type]


async def test_a_passer_by_reads_who_answers_how_to_get_out_and_where_to_report(
    registry: ServiceUnderTest, scene: dict[str, Any]
) -> None:
    words = await page(registry, scene["code"])
    for part in ("晨禾五金有限公司", "云荡厂区 3号楼 2F 201", "文庄路8号", "主要负责人 李主任", "云荡物业有限公司", "周房东"):
        assert part in words
    assert "东网格 网格员 徐网格" in words
    assert words.index("二层 本层 通向东侧楼梯 净宽 1.1 米 登记为上锁") < words.index("1F 通向厂区大门")
    assert "拨打 12350" in words
    assert "无关人" not in words


@pytest.mark.parametrize("days_left", [0, -1])
async def test_an_officer_answers_until_the_end_of_his_last_day(
    registry: ServiceUnderTest, scene: dict[str, Any], days_left: int
) -> None:
    told = text(f"UPDATE registry.grid_officers SET to_day = (now() AT TIME ZONE 'Asia/Shanghai')::date + ({days_left})")
    await registry.database.run(lambda tx: tx.execute(told))
    assert ("徐网格" in await page(registry, scene["code"])) is (days_left == 0)


async def test_no_number_of_a_person_is_on_the_page(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    async with registry.client() as anybody:
        whole = (await anybody.get(f"/c/{scene['code']}")).text
    assert not [number for number in (MOBILE, OFFICER_MOBILE, MOBILE[-4:]) if number in whole]


async def test_numbers_show_once_the_bureau_has_made_them_public(
    registry: ServiceUnderTest, scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test before: the page can show them."""
    shown = replace(public.public_page(), mobiles=True)
    monkeypatch.setattr(code_page, "public_page", lambda: shown)
    assert f"李主任 {MOBILE}" in await page(registry, scene["code"])


@pytest.mark.parametrize(("names", "shown"), [(Names.INITIAL, ("李**", "徐**")), (Names.NONE, ())])
async def test_the_bureau_decides_how_much_of_a_name_is_public(
    registry: ServiceUnderTest, scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch, names: Names, shown: tuple[str, ...]
) -> None:
    monkeypatch.setattr(code_page, "public_page", lambda: replace(public.public_page(), names=names))
    words = await page(registry, scene["code"])
    assert tuple(name for name in ("李**", "徐**", "李主任", "徐网格") if name in words) == shown
    assert "晨禾五金有限公司" in words


async def test_a_natural_person_is_never_named_in_full(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        contacts = [{"role": "principal", "name": "钱多多", "mobile": MOBILE}]
        landlord = await party(client, "钱多多", party_type="natural_person", contacts=contacts)
        where = await site(client, await building(client, landlord), await party(client, "晨禾五金有限公司"))
        words = await page(registry, await code_of(client, where))
    assert "钱**" in words
    assert "钱多多" not in words


async def test_the_page_shows_the_level_of_the_newest_revision(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    assert "安全等级" not in await page(registry, scene["code"])
    await registry.hears(graded(scene["site"], Level.RED, 3), graded(scene["site"], Level.YELLOW, 2))
    await registry.hears(graded(scene["site"], Level.BLUE, 1))
    assert "安全等级 红色（D 级） 2026-11-03 起" in await page(registry, scene["code"])
    assert "Safety level red (class D) since 2026-11-03" in await page(registry, scene["code"], language="en")


async def test_the_bureau_may_keep_levels_to_itself(
    registry: ServiceUnderTest, scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.hears(graded(scene["site"], Level.RED, 3))
    shown = replace(public.public_page(), level=False)
    monkeypatch.setattr(code_page, "public_page", lambda: shown)
    assert "红色" not in await page(registry, scene["code"])


async def test_a_building_names_who_is_inside(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    await registry.hears(graded(scene["site"], Level.ORANGE, 1))
    words = await page(registry, await picture_code(registry, f"buildings/{scene['building']['id']}"))
    assert "楼栋安全码 云荡厂区 3号楼" in words
    assert "楼内企业 晨禾五金有限公司 橙色（C 级） 2F 201" in words
    assert "出租方（隐患首问） 云荡物业有限公司" in words


async def test_a_landlord_shows_his_buildings(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    words = await page(registry, await picture_code(registry, f"parties/{scene['landlord']['id']}"))
    assert "出租方安全码 云荡物业有限公司" in words
    assert "出租的楼栋 云荡厂区 3号楼 文庄路8号" in words


async def test_an_old_label_shows_what_the_new_one_says_and_says_so(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    async with registry.client("bureau") as client:
        second = await post(client, scene["code"], "reissue", reason="damaged")
        third = await post(client, second["code"], "reissue", reason="damaged")
    words = await page(registry, scene["code"])
    assert "您扫的标牌已换发新码" in words
    assert third["code"] in words
    assert "您扫的标牌已换发新码" not in await page(registry, third["code"])


async def test_a_void_code_is_gone_and_says_why(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    async with registry.client("bureau") as client:
        await post(client, scene["code"], "void", reason="lost")
    words = await page(registry, scene["code"], 410)
    assert "此码已作废 标牌已遗失。" in words
    assert "晨禾" not in words


async def test_the_page_of_a_closed_site_is_gone_at_once_and_after_its_code_was_voided(
    registry: ServiceUnderTest, scene: dict[str, Any]
) -> None:
    async with registry.client("bureau") as client:
        closed = await client.post(f"/api/registry/sites/{scene['site']['id']}/close", json={"reason": "moved_out"})
        assert closed.status_code == 200, closed.text
    assert "该场所已注销" in await page(registry, scene["code"], 410)
    await registry.works(keep_codes)
    assert "该场所已注销" in await page(registry, scene["code"], 410)


async def test_a_code_that_nobody_issued_may_be_forged_and_a_mistyped_one_is_typed_again(registry: ServiceUnderTest) -> None:
    assert "没有这个安全码" in await page(registry, new_token(), 404)
    assert "安全码有误" in await page(registry, "7K3M-Q9XA-2F40", 404)
    assert "No such code" in await page(registry, new_token(), 404, language="en")


async def test_the_characters_below_the_picture_can_be_typed(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    typed = scene["code"].lower().replace("-", " ")
    async with registry.client() as anybody:
        assert "输入标牌上的安全码" in (await anybody.get("/c")).text
        sent = await anybody.get("/c", params={"code": typed})
        assert sent.status_code == 303
        assert "晨禾五金有限公司" in (await anybody.get(sent.headers["location"])).text


@pytest.mark.parametrize("typed", ["//evil.example", "https://evil.example/c/x", "../../api", "\u0000", "<script>alert(1)"])
async def test_what_is_typed_leads_nowhere_else_and_is_not_repeated(registry: ServiceUnderTest, typed: str) -> None:
    async with registry.client() as anybody:
        sent = await anybody.get("/c", params={"code": typed})
        assert sent.headers["location"].startswith("/c/")
        answer = await anybody.get(sent.headers["location"])
    assert answer.status_code == 404
    assert "evil" not in answer.text
    assert "<script" not in answer.text


async def test_names_are_escaped_and_nothing_is_loaded_from_elsewhere(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        where = await site(client, await building(client), await party(client, "<b>甲</b>&乙厂"))
        code = await code_of(client, where)
    async with registry.client() as anybody:
        answer = await anybody.get(f"/c/{code}")
    assert "<b>甲" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r"(?:src|href)=\"(?!tel:)", answer.text) == []


async def test_whoever_only_asks_whether_the_page_is_there_is_told(registry: ServiceUnderTest, scene: dict[str, Any]) -> None:
    async with registry.client() as anybody:
        assert (await anybody.head(f"/c/{scene['code']}")).status_code == 200
        assert (await anybody.head(f"/c/{new_token()}")).status_code == 404


def _keys(tree: Any, path: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _keys(value, f"{path}/{key}")
    else:
        yield path


def test_both_languages_have_the_same_words() -> None:
    words = public.public_page().words
    assert sorted(_keys(words["zh-CN"])) == sorted(_keys(words["en"]))


async def picture_code(registry: ServiceUnderTest, holder: str) -> str:
    """The code that a holder's picture says."""
    async with registry.client("bureau") as client:
        picture: httpx.Response = await client.get(f"/api/registry/{holder}/code.svg")
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", picture.text)
    assert found
    return found[0]
