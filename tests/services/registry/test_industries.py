"""Lines of work at the edge and in the ledger: known ones are taken, others are told by field and rule."""

from typing import Any

import pytest

from deploy.demo.make_ledger import ledger_rows
from tests.services.registry.builders import created, credit_code, party
from tests.services.registry.ledger.ledgers import counts, ledger_of, sent
from tests.services.registry.ledger.nasty import workbook
from tests.support.service import ServiceUnderTest

API = "/api/registry"
WRONG = [
    ("industry_code", "C9811", "industry_division_unknown"),
    ("industry_code", "D3311", "industry_section_wrong"),
    ("industry_code", "4411", "industry_code_wrong"),
    ("industry_code", "", "industry_code_wrong"),
    ("supervision_industry", "机械类", "supervision_industry_unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), WRONG)
async def test_an_unknown_line_of_work_is_refused_by_field_and_rule(
    registry: ServiceUnderTest, field: str, value: str, code: str
) -> None:
    async with registry.client("bureau") as client:
        body = {"party_type": "enterprise", "name": "甲公司", "uscc": credit_code(), field: value}
        refused = await client.post(f"{API}/parties", json=body)
        known = await party(client)
        changed = await client.patch(f"{API}/parties/{known['id']}", json={field: value}, headers={"If-Match": '"1"'})
    for answer in (refused, changed):
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
        assert not value or value not in answer.text
    assert len(await registry.table("parties")) == 1


async def test_known_lines_of_work_are_kept_as_the_lists_write_them(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(client, industry_code="ｃ3311", supervision_industry="机械")
        assert (view["industry_code"], view["supervision_industry"]) == ("C3311", "机械")
        emptied = {"industry_code": None, "supervision_industry": None}
        answer = await client.patch(f"{API}/parties/{view['id']}", json=emptied, headers={"If-Match": '"1"'})
    assert (answer.json()["industry_code"], answer.json()["supervision_industry"]) == (None, None)


async def test_a_proposal_and_a_bar_know_the_divisions_too(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        known = await party(client)
        barred = await client.post(f"{API}/barred", json={"industry_prefix": "C98", "reason": "不予准入", "basis": "清单"})
        await created(client, "/barred", industry_prefix="C2", reason="不予准入", basis="清单")
    async with registry.client("tenant", parties=[known["id"]]) as client:
        proposed = await client.post(f"{API}/parties/{known['id']}/proposals", json={"industry_code": "D3311"})
    assert (barred.status_code, barred.json()["errors"][0]["pointer"]) == (422, "/industry_prefix")
    assert (proposed.status_code, proposed.json()["errors"][0]["pointer"]) == (422, "/industry_code")
    assert await registry.table("proposals") == []


async def test_the_lists_are_shown_with_their_marks(registry: ServiceUnderTest) -> None:
    async with registry.client("tenant") as client:
        lists = (await client.get(f"{API}/industries")).json()
    assert (lists["edition"], lists["mark"], lists["supervision"]["mark"]) == ("GB/T 4754—2017", "M", "D")
    assert sum(len(section["divisions"]) for section in lists["sections"]) == 97
    assert "仓储物流" in lists["supervision"]["words"]


def ledger(**cells: Any) -> bytes:
    """A ledger of one row."""
    plain = {
        "出租方名称": "云荡置业有限公司",
        "楼号": "1号楼",
        "承租企业名称": "云荡五金厂",
        "出租方统一社会信用代码": credit_code(),
    }
    row = plain | {"承租企业统一社会信用代码": credit_code()} | cells
    return workbook([list(row), list(row.values())])


@pytest.mark.parametrize(
    ("heading", "cell", "code", "words"),
    [
        ("监管行业", "机械类企业", "choice_left_out", "是否为“机械”"),
        ("监管行业", "航天", "choice_left_out", "请填写:机械、轻工"),
        ("行业代码", "C9811", "industry_division_unknown", "01至97"),
        ("行业代码", "D3311", "industry_section_wrong", "属于门类C"),
    ],
)
async def test_an_unknown_cell_of_a_ledger_is_told_and_its_row_is_taken(
    registry: ServiceUnderTest, heading: str, cell: str, code: str, words: str
) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, ledger(**{heading: cell}))
    assert counts(view) == (1, 0, 0, 0)
    (told,) = view["errors"]
    assert (told["row"], told["column"], told["code"], told["severity"]) == (2, heading, code, "warning")
    assert words in told["detail"]
    assert cell not in told["detail"]
    tenant = next(row for row in await registry.table("parties") if row["name"] == "云荡五金厂")
    assert (tenant["industry_code"], tenant["supervision_industry"]) == (None, None)


@pytest.mark.parametrize(
    ("heading", "cell", "field", "kept"),
    [
        ("监管行业", "机械制造", "supervision_industry", "机械"),
        ("监管行业", "仓储物流", "supervision_industry", "仓储物流"),
        ("行业代码", "5990", "industry_code", "G5990"),
        ("行业代码", "C3311金属结构制造", "industry_code", "C3311"),
    ],
)
async def test_words_of_clerks_are_understood(registry: ServiceUnderTest, heading: str, cell: str, field: str, kept: str) -> None:
    async with registry.client("bureau") as client:
        view = await sent(client, ledger(**{heading: cell}))
    assert (counts(view), view["errors"]) == ((1, 0, 0, 0), [])
    assert [row[field] for row in await registry.table("parties") if row["name"] == "云荡五金厂"] == [kept]


async def test_a_supervised_industry_goes_out_and_comes_back(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        await sent(client, ledger_of(list(ledger_rows())[:5]))
        exported = await client.get(f"{API}/exports/ledger.xlsx?personal=true")
        again = await sent(client, exported.content)
        assert (counts(again), again["errors"]) == ((0, 0, 5, 0), [])
        one = await sent(client, ledger_of([row | {"tenant.supervision_industry": "化工"} for row in list(ledger_rows())[:1]]))
    assert counts(one) == (0, 1, 0, 0)
    assert [row["supervision_industry"] for row in await registry.table("parties")].count("化工") == 1
