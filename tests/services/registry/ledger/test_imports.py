"""Ledgers over HTTP: tried first, taken once however often they are sent, and given back with what was wrong."""

import json
from io import BytesIO
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from deploy.demo.make_ledger import FILE, ledger_rows, mobile
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.read import read_ledger
from services.registry.ledger.workers import forget_uploads, take_ledgers
from services.registry.store.audit import check
from shared.contracts.registry import PartyRegistered, SiteRegistered
from tests.services.registry.ledger.ledgers import counts, ledger_of, many_rows, send, sent
from tests.services.registry.ledger.nasty import OLD_WORKBOOK, open_document, two_line_workbook, workbook
from tests.support.service import ServiceUnderTest

DEMO = FILE.read_bytes()


async def test_the_demo_ledger_is_taken_whole(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, DEMO)
    assert (view["state"], view["rows"], counts(view), view["errors"]) == ("done", 60, (60, 0, 0, 0), [])
    tenants = [said for said in await registry.said(SiteRegistered) if said.kind == "tenant"]
    assert len({said.site_id for said in tenants}) == 60
    assert len(await registry.table("buildings")) == 12


async def test_the_same_ledger_again_changes_nothing_and_says_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        await sent(client, DEMO)
        before = len(await registry.said())
        view = await sent(client, DEMO)
    assert counts(view) == (0, 0, 60, 0)
    assert len(await registry.said()) == before


async def test_a_dry_run_tells_what_would_happen_and_changes_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, DEMO, dry_run=True)
    assert (view["state"], view["dry_run"], counts(view)) == ("done", True, (60, 0, 0, 0))
    assert await registry.table("sites") == []
    assert await registry.said() == []


async def test_every_person_whom_a_ledger_tells_of_is_on_record_with_who_sent_it(
    registry: ServiceUnderTest,
) -> None:
    row = next(ledger_rows())
    async with registry.client("bureau", subject="chen") as client:
        await sent(client, ledger_of([row]), dry_run=True)
        await sent(client, ledger_of([row]))
        await sent(client, ledger_of([row]))
        await sent(client, ledger_of([row | {"tenant.principal.mobile": mobile(99_999)}]))
    trail = [entry for entry in await registry.table("audit") if entry["object_kind"] == "contact"]
    known = {contact["id"] for contact in await registry.table("contacts")}
    assert {(entry["subject"], entry["roles"]) for entry in trail} == {("chen", "bureau")}
    assert {entry["object_id"] for entry in trail if entry["deed"] == "add_contact"} == known
    assert [(entry["deed"], entry["note"]) for entry in trail[len(known) :]] == [("change_contact", "mobile")]
    assert (await registry.database.run(check)).broken_at is None


async def test_one_changed_cell_updates_one_row(registry: ServiceUnderTest) -> None:
    rows = list(ledger_rows())
    async with registry.client("bureau") as client:
        await sent(client, ledger_of(rows))
        rows[7] = rows[7] | {"tenant.employees": 199}
        view = await sent(client, ledger_of(rows))
    assert counts(view) == (0, 1, 59, 0)


async def test_a_request_repeated_under_one_key_takes_the_ledger_once(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        first, again = await sent(client, DEMO, key="k1"), await sent(client, DEMO, key="k1")
        other = await send(client, ledger_of(list(ledger_rows())[:3]), key="k1")
    assert (again["id"], counts(again)) == (first["id"], counts(first))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert len(await registry.table("ledger_imports")) == 1


@pytest.mark.parametrize(
    ("data", "taken", "refused"),
    [(two_line_workbook(), 3, 2), (open_document(), 2, 1), (OLD_WORKBOOK.read_bytes(), 0, 3)],
    ids=["xlsx", "ods", "xls"],
)
async def test_of_a_nasty_ledger_the_good_rows_are_taken_and_every_other_is_told(
    registry: ServiceUnderTest, data: bytes, taken: int, refused: int
) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, data)
    assert view["created"] + view["updated"] >= taken
    assert view["refused"] >= refused
    assert sum(counts(view)) == view["rows"]
    told = {error["row"] for error in view["errors"] if error["severity"] == "error"}
    assert len(told) == view["refused"]
    assert all(error["detail"] for error in view["errors"])


async def test_a_row_that_the_registry_refuses_is_told_by_its_heading(registry: ServiceUnderTest) -> None:
    one, other = list(ledger_rows())[:2]
    taken_twice = other | {"lease.floor": one["lease.floor"], "lease.room": one["lease.room"]}
    async with registry.client("bureau") as client:
        view = await sent(client, ledger_of([one, taken_twice]))
    assert counts(view) == (1, 0, 0, 1)
    [error] = view["errors"]
    assert (error["row"], error["column"], error["code"]) == (3, "房间号", "lease_overlaps")


async def test_a_person_beside_another_of_his_name_is_taken_and_told(registry: ServiceUnderTest) -> None:
    lets = {"landlord.name": "张伟", "landlord.uscc": None, "landlord.party_type": "natural_person"}
    mobiles = ("13912345678", "13812345678")
    here, there = (
        row | lets | {"landlord.principal.mobile": mobile} for row, mobile in zip(ledger_rows(), mobiles, strict=False)
    )
    async with registry.client("bureau") as client:
        view = await sent(client, ledger_of([here, there | {"compound.name": "另一厂区"}]))
    assert counts(view) == (2, 0, 0, 0)
    [told] = view["errors"]
    assert (told["row"], told["column"], told["code"], told["severity"]) == (3, "出租方名称", "namesake", "warning")


async def test_the_result_file_is_the_upload_with_the_reasons_beside_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, OLD_WORKBOOK.read_bytes(), "汇总.xls")
        answer = await client.get(view["result_file"])
    assert "%E6%B1%87%E6%80%BB.xlsx" in answer.headers["content-disposition"]
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_name("Sheet1").to_python()
    heading = rows[2]
    assert heading[-3:] == ["行号", "处理结果", "错误原因"]
    assert rows[3][heading.index("租户")] == "云荡竹影纸品有限公司"
    assert (rows[7][-3], rows[7][-2]) == (8, "未导入")
    assert "厂房名称:表格把此处内容变成了日期" in str(rows[7][-1])


async def test_a_result_file_can_be_corrected_and_sent_again(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, two_line_workbook())
        result = (await client.get(view["result_file"])).content
        again = await sent(client, result)
    assert again["rows"] == view["rows"]
    assert again["created"] == 0
    assert {column["heading"]: column["path"] for column in again["columns"]}["错误原因"] is None


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"not a workbook", 400, "ledger_unreadable"),
        (b"PK\x03\x04broken", 400, "ledger_unreadable"),
        (workbook([["随手记", "一二三"], [1, 2]]), 422, "ledger_heading_missing"),
    ],
)
async def test_what_is_no_ledger_is_refused_at_once(registry: ServiceUnderTest, data: bytes, status: int, code: str) -> None:
    async with registry.client("bureau") as client:
        answer = await send(client, data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await registry.table("ledger_imports") == []


async def test_a_ledger_without_a_required_column_takes_nothing_and_names_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, workbook([["承租企业名称", "信用代码", "地址"], ["云荡晨禾五金有限公司", "", "东荡路1号"]]))
    missing = {error["column"] for error in view["errors"] if error["code"] == "column_missing"}
    assert missing == {"出租方名称", "楼号"}
    assert await registry.table("sites") == []


STRANGE = workbook(
    [
        ["甲方单位(盖章)名", "哪幢", "谁在用", "几平"],
        ["云荡恒岭机械有限公司", "1号楼", "", ""],
    ]
)
SAID = {"headings": {"甲方单位(盖章)名": "landlord.name", "哪幢": "building.building_no", "几平": ""}}


async def test_a_mapping_is_used_and_remembered_for_its_sender_alone(registry: ServiceUnderTest) -> None:
    known = {"landlord.uscc": "91320282MA000901X2"}
    async with registry.client("bureau", subject="clerk") as clerk:
        assert (await send(clerk, STRANGE)).json()["code"] == "ledger_heading_missing"
        first = await sent(clerk, workbook([[*SAID["headings"], "承租方"], ["云荡恒岭机械有限公司", "1号楼", "", ""]]),
                           mapping=json.dumps(SAID | {"defaults": known}))  # fmt: skip
        assert (first["created"], first["refused"]) == (1, 0)
        again = await sent(clerk, workbook([[*SAID["headings"], "承租方"], ["云荡恒岭机械有限公司", "2号楼", "", ""]]),
                           mapping=json.dumps({"defaults": known}))  # fmt: skip
        assert again["created"] == 1
    async with registry.client("bureau", subject="somebody else") as stranger:
        answer = await send(stranger, workbook([[*SAID["headings"], "承租方"], ["云荡恒岭机械有限公司", "3号楼", "", ""]]))
        assert answer.json()["code"] == "ledger_heading_missing"


async def test_a_mapping_to_an_unknown_path_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        unknown = await send(client, DEMO, mapping=json.dumps({"headings": {"楼号": "building.nonsense"}}))
        broken = await send(client, DEMO, mapping="{")
        source = await send(client, DEMO, source="nobody")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "mapping_path_unknown")
    assert (broken.status_code, broken.json()["code"]) == (400, "mapping_unreadable")
    assert (source.status_code, source.json()["code"]) == (422, "mapping_source_unknown")


async def test_the_provincial_systems_export_is_read_by_its_mapping_file(registry: ServiceUnderTest) -> None:
    exported = workbook(
        [
            ["企业名称", "统一社会信用代码", "主要负责人", "主要负责人联系电话", "生产经营地址", "出租方名称",
             "出租方统一社会信用代码",
             "承租面积", "租赁开始日期", "租赁结束日期", "是否涉及粉尘涉爆", "是否厂中厂", "风险等级"],
            ["云荡晨禾五金有限公司", "91320282MA0000015N", "赵甲子", "15400000001", "东荡路8号", "云荡恒岭机械有限公司",
             "91320282MA000901X2", 300, "2024-01-01", "2027-12-31", "否", "是", "蓝"],
        ]
    )  # fmt: skip
    async with registry.client("bureau") as client:
        view = await sent(client, exported, "企业列表.xlsx", source="provincial")
    assert counts(view) == (1, 0, 0, 0)
    [building] = await registry.table("buildings")
    assert building["building_no"] == "1号楼"


async def test_a_long_ledger_is_answered_at_once_and_taken_by_a_worker(registry: ServiceUnderTest) -> None:
    rows = ledger_limits().rows_while_the_sender_waits + 40
    async with registry.client("bureau") as client:
        answer = await send(client, ledger_of(many_rows(rows)))
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
        assert await registry.works(take_ledgers)
        view = (await client.get(f"/api/registry/imports/{answer.json()['id']}")).json()
    assert (view["state"], view["done"], counts(view)) == ("done", rows, (rows, 0, 0, 0))
    assert not await registry.works(take_ledgers)


async def test_uploads_are_sealed_and_forgotten(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, ledger_of(list(ledger_rows())[:2]))
        [row] = await registry.table("ledger_imports")
        assert not row["sealed"].startswith("UEs")
        registry.time_passes(days=ledger_limits().upload_kept_days + 1)
        await registry.works(forget_uploads)
        answer = await client.get(view["result_file"])
    assert (answer.status_code, answer.json()["code"]) == (404, "upload_forgotten")


async def test_a_strangers_import_is_not_there(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as bureau:
        view = await sent(bureau, ledger_of(list(ledger_rows())[:2]))
    async with registry.client("integrator", subject="another system") as other:
        assert (await other.get(f"/api/registry/imports/{view['id']}")).status_code == 404
        assert (await other.get(view["result_file"])).status_code == 404
        assert (await other.get("/api/registry/imports")).json()["items"] == []
    async with registry.client("tenant", parties=[uuid4()]) as tenant:
        assert (await send(tenant, DEMO)).status_code == 403


async def test_no_number_of_a_person_gets_into_events_problems_or_answers(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        views = [await sent(client, data) for data in (DEMO, two_line_workbook(), open_document(), OLD_WORKBOOK.read_bytes())]
    told = json.dumps(views, ensure_ascii=False)
    said = " ".join(event.model_dump_json() for event in await registry.said())
    canaries = {"15400000001", "15400010001", "15400000006", "110101199003070021", "赵甲子", "吴安子", "沈甲子"}
    assert not [canary for canary in canaries if canary in told + said]
    assert await registry.said(PartyRegistered)


async def test_our_own_template_is_read_without_a_question(registry: ServiceUnderTest) -> None:
    assert {column.path for column in read_ledger(DEMO, "x").columns} >= {"tenant.uscc", "facts.dust", "facts.dust.qty"}
    async with registry.client("bureau") as client:
        known = (await client.get("/api/registry/imports/columns")).json()
    assert [column["path"] for column in known if column["required"]] == ["landlord.name", "building.building_no"]
