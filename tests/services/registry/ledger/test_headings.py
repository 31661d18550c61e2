"""Headings as clerks invent them, and what they are taken for."""

import pytest

from services.registry.ledger.columns import shipped_columns
from services.registry.ledger.mapping import Heading, LedgerMapping, match_headings
from services.registry.ledger.problems import FileTooLarge, FileUnreadable, NoLedgerFound
from services.registry.ledger.read import open_ledger, read_ledger
from services.registry.ledger.sheets import MOST_ROWS
from services.registry.rulebook import shipped_facts
from shared.contracts.vocabulary import FireAcceptance, FireClass, FireResistance, LeaseUse, PartyType
from tests.services.registry.ledger.nasty import workbook

COLUMNS = shipped_columns()


def taken(*headings: str, mapping: LedgerMapping | None = None) -> list[str | None]:
    """What each is taken for; "A/B" is a heading of two lines."""
    asked = [Heading(index, tuple(text.split("/"))) for index, text in enumerate(headings)]
    return [match.column.path if match.column else None for match in match_headings(asked, COLUMNS, mapping)]


@pytest.mark.parametrize(
    ("heading", "path"),
    [
        ("房东名称", "landlord.name"),
        ("出 租 方", "landlord.name"),
        ("*出租方名称：", "landlord.name"),
        ("租赁面积（平方米）", "lease.area"),
        ("建筑面积(㎡)", "building.floor_area"),
        ("统一社会信用代码", "tenant.uscc"),
        ("企业联系电话", "tenant.principal.mobile"),
        ("合同到期日", "lease.end"),
        ("是否三合一", "facts.mixed_use"),
        ("涉粉作业人数", "facts.dust.qty"),
        ("高温熔融金属", "facts.molten_metal"),
        ("所属村(社区)", "grid_name"),
        ("统一社会信用代吗", "tenant.uscc"),
        ("备注", None),
        ("天气", None),
    ],
)
def test_a_heading_is_known_by_many_words_and_small_mistakes(heading: str, path: str | None) -> None:
    assert taken(heading) == [path]


def test_a_short_heading_belongs_to_its_neighbour() -> None:
    assert taken("出租方", "联系电话", "承租企业", "联系电话", "安全员", "联系电话") == [
        "landlord.name",
        "landlord.principal.mobile",
        "tenant.name",
        "tenant.principal.mobile",
        "tenant.safety_officer.name",
        "tenant.safety_officer.mobile",
    ]


def test_a_short_heading_belongs_to_the_group_above_it() -> None:
    assert taken("甲方/名称", "乙方/名称", "甲方/信用代码", "乙方/信用代码") == [
        "landlord.name",
        "tenant.name",
        "landlord.uscc",
        "tenant.uscc",
    ]


def test_of_two_headings_for_one_column_the_first_has_it() -> None:
    assert taken("承租企业名称", "租户名称") == ["tenant.name", None]


def test_a_visible_column_goes_before_a_hidden_one() -> None:
    hidden, visible = Heading(0, ("租户名称",), is_hidden=True), Heading(1, ("承租企业名称",))
    matched = match_headings([hidden, visible], COLUMNS)
    assert [match.column is not None for match in matched] == [False, True]


def test_what_somebody_says_goes_before_what_we_think() -> None:
    said = LedgerMapping({"单位": "landlord.name", "楼号": ""})
    assert taken("单位", "楼号", mapping=said) == ["landlord.name", None]


def test_no_two_columns_share_a_word() -> None:
    words = [word for column in COLUMNS.columns.values() for word in set(column.names)]
    assert len(words) == len(set(words))


def test_the_words_for_choices_are_those_of_the_vocabulary() -> None:
    pairs = {
        "party_type": PartyType,
        "fire_class": FireClass,
        "fire_resistance": FireResistance,
        "fire_acceptance": FireAcceptance,
        "lease_use": LeaseUse,
    }
    assert {name: set(COLUMNS.labels[name]) for name in pairs} == {
        name: {word.value for word in words} for name, words in pairs.items()
    }


def test_every_fact_that_can_be_told_has_a_column() -> None:
    told = {key for key, fact in shipped_facts().keys.items() if not fact.derived}
    assert {path.split(".")[1] for path in COLUMNS.columns if path.startswith("facts.")} == told


def test_a_sheet_for_each_landlord_is_read_one_after_another() -> None:
    one = [["出租方名称", "楼号", "承租企业名称"], ["云荡恒岭机械有限公司", "1号楼", "云荡晨禾五金有限公司"]]
    ledger = read_ledger(workbook(one), "x")
    assert [(row.number, row.building.building_no) for row in ledger.rows] == [(2, "1号楼")]


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"0" * 600, b"<html><table></table></html>"]
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        open_ledger(data)


def test_a_stray_value_far_below_is_refused_before_it_fills_the_memory() -> None:
    rows = [["出租方名称", "楼号", "承租企业名称"], *([[""]] * MOST_ROWS), ["x"]]
    with pytest.raises(FileTooLarge):
        open_ledger(workbook(rows))


def test_a_workbook_without_a_heading_is_no_ledger() -> None:
    with pytest.raises(NoLedgerFound):
        open_ledger(workbook([["一", "二", "三"], [1, 2, 3]]))
