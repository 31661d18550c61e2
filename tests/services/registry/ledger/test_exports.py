"""The ledger taken home: everything that was sent, ready to be sent again, and people only on record."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
from openpyxl import load_workbook  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from deploy.demo.make_ledger import FILE, ledger_rows
from services.registry.ledger.wording import floor_and_room
from services.registry.ledger.workbook import SHEET
from tests.services.registry.ledger.ledgers import counts, ledger_of, sent
from tests.support.service import ServiceUnderTest

DEMO = FILE.read_bytes()


async def exported(client: httpx.AsyncClient, **query: Any) -> bytes:
    answer = await client.get("/api/registry/exports/ledger.xlsx", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


def cells(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name(SHEET).to_python()


def by_tenant(data: bytes, *headings: str) -> dict[str, tuple[Any, ...]]:
    heading, *rows = cells(data)
    return {row[heading.index("承租企业名称")]: tuple(row[heading.index(name)] for name in headings) for row in rows}


async def test_what_was_sent_comes_back(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        await sent(client, DEMO)
        data = await exported(client, personal="true")
    headings = [heading for heading in cells(DEMO)[0] if heading not in {"经度", "纬度"}]
    assert by_tenant(data, *headings) == by_tenant(DEMO, *headings)


async def test_an_export_that_is_sent_back_changes_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        await sent(client, DEMO)
        said = len(await registry.said())
        for data in (await exported(client), await exported(client, personal="true")):
            assert counts(await sent(client, data)) == (0, 0, 60, 0)
    assert len(await registry.said()) == said


async def test_people_are_exported_for_the_bureau_only_and_on_record(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", subject="chief") as client:
        await sent(client, DEMO)
        without = by_tenant(await exported(client), "承租方负责人", "承租方负责人手机")
        with_people = by_tenant(await exported(client, personal="true"), "承租方负责人手机")
    assert set(without.values()) == {("", "")}
    assert all(mobile[0].startswith("154") for mobile in with_people.values())
    async with registry.client("integrator") as other:
        answer = await other.get("/api/registry/exports/ledger.xlsx", params={"personal": "true"})
    assert answer.status_code == 403
    deeds = [(row["subject"], row["deed"]) for row in await registry.table("audit") if "exported" in row["deed"]]
    assert deeds == [("chief", "ledger_exported_with_people")]


async def test_a_landlord_exports_his_own_tenants_and_a_stranger_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        await sent(client, DEMO)
    landlord = next(row for row in await registry.table("parties") if row["name"] == "云荡鹿鸣家具厂")
    async with registry.client("landlord", parties=[landlord["id"]]) as client:
        own = by_tenant(await exported(client), "出租方名称")
    async with registry.client("landlord", parties=[uuid4()]) as client:
        none = cells(await exported(client))[1:]
    assert set(own.values()) == {("云荡鹿鸣家具厂",)}
    assert (len(own), none) == (5, [])


async def test_a_building_without_tenants_is_a_row_too(registry: ServiceUnderTest) -> None:
    vacant = {
        path: value for path, value in next(ledger_rows()).items() if path.split(".")[0] not in {"tenant", "lease", "facts"}
    }
    async with registry.client("bureau") as client:
        await sent(client, ledger_of([vacant]))
        heading, row = cells(await exported(client))
    assert row[heading.index("楼号")] == "1号楼"
    assert row[heading.index("承租企业名称")] == ""


async def test_the_template_has_a_frozen_heading_drop_downs_and_codes_as_text(registry: ServiceUnderTest) -> None:
    async with registry.client("tenant") as client:
        answer = await client.get("/api/registry/exports/template.xlsx")
    book = load_workbook(BytesIO(answer.content))
    sheet = book[SHEET]
    headings = {cell.value: cell.column_letter for cell in sheet[1]}
    chosen = {str(rule.sqref).split(":")[0][:-1] for rule in sheet.data_validations.dataValidation}
    assert sheet.freeze_panes == "B2"
    assert {headings["结构形式"], headings["坐标系"], headings["可燃性粉尘"], headings["租赁用途"]} <= chosen
    assert sheet.column_dimensions[headings["出租方统一社会信用代码"]].number_format == "@"
    assert book.sheetnames == [SHEET, "填写说明"]


def test_rooms_are_written_as_people_read_them() -> None:
    assert floor_and_room(["*"]) == ("", "整幢")
    assert floor_and_room(["2F"]) == ("2F", "")
    assert floor_and_room(["2F-201", "2F-202"]) == ("2F", "201、202")
    assert floor_and_room(["1F-101", "2F-201"]) == ("", "1F-101、2F-201")
    assert floor_and_room(["1F", "2F"]) == ("", "1F、2F")
