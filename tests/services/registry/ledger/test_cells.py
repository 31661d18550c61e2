"""Cell by cell: what clerks type, what it means, and what they are told where it means nothing."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.ledger_row import FactCells
from services.registry.ledger.cells import Cell, is_empty, read_cell
from services.registry.ledger.columns import Columns, shipped_columns
from services.registry.ledger.fact_cells import read_fact
from services.registry.ledger.numbers import read_area, read_count, read_date, read_number, read_period
from services.registry.ledger.problems import CellWrong, fault_texts
from services.registry.ledger.row_parts import compose
from services.registry.ledger.wording import shown
from services.registry.rulebook import shipped_facts

COLUMNS: Columns = shipped_columns()
FACTS = shipped_facts()
NOON = datetime(2024, 3, 1, 12, 30)  # noqa: DTZ001 - a cell has no zone


def cell(path: str, raw: Any, unit: str = "m2") -> Cell:
    return Cell(raw, COLUMNS.columns[path], unit)


def value(path: str, raw: Any) -> Any:
    return read_cell(cell(path, raw), COLUMNS)


def fault(path: str, raw: Any) -> str:
    with pytest.raises(CellWrong) as wrong:
        read_cell(cell(path, raw), COLUMNS)
    assert len(str(raw)) < 4 or str(raw) not in wrong.value.detail
    return wrong.value.code


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2024-03-01", date(2024, 3, 1)),
        ("2024.3.1", date(2024, 3, 1)),
        ("2024/3/1", date(2024, 3, 1)),
        ("2024年3月1日", date(2024, 3, 1)),
        ("２０２４年３月１日", date(2024, 3, 1)),
        ("24.3.1", date(2024, 3, 1)),
        ("98.3.1", date(1998, 3, 1)),
        ("20240301", date(2024, 3, 1)),
        (20240301.0, date(2024, 3, 1)),
        (45352, date(2024, 3, 1)),
        (45352.5, date(2024, 3, 1)),
        ("45352", date(2024, 3, 1)),
        (NOON, date(2024, 3, 1)),
        ("2024/3/1 0:00:00", date(2024, 3, 1)),
        ("2024年3月", date(2024, 3, 1)),
        (2024.12, date(2024, 12, 1)),
    ],
)
def test_a_date_is_read_in_the_forms_that_clerks_use(typed: Any, day: date) -> None:
    assert read_date(typed) == day


def test_a_month_at_the_end_of_a_term_is_its_last_day() -> None:
    assert value("lease.end", "2024年2月") == date(2024, 2, 29)
    assert value("lease.start", "2024年2月") == date(2024, 2, 1)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2024-02-30", "date_impossible"),
        ("2024.13.1", "date_impossible"),
        (2024.1, "date_ambiguous"),
        ("三月一日", "date_unreadable"),
        ("1/3/24", "date_unreadable"),
        ("3024-01-01", "date_out_of_range"),
        (7, "date_unreadable"),
    ],
)
def test_a_date_that_is_none_is_told(typed: Any, code: str) -> None:
    assert fault("lease.start", typed) == code


@given(st.dates(date(1960, 1, 1), date(2099, 12, 31)))
def test_every_date_reads_back_from_text_and_from_its_serial_number(day: date) -> None:
    assert read_date(f"{day.year}.{day.month}.{day.day}") == day
    assert read_date(float((day - date(1899, 12, 30)).days)) == day


def test_an_open_term_has_no_end() -> None:
    assert value("lease.end", "长期") is None
    assert value("lease.period", "无固定期限") == (None, None)


def test_a_lease_says_what_its_cells_say_and_a_no_is_an_answer() -> None:
    required = {"landlord.name": "甲", "building.building_no": "1号楼", "tenant.name": "乙"}
    silent = compose(1, required, {}).row.lease
    told = compose(1, required | {"lease.agreement_signed_on": value("lease.agreement_signed_on", "无")}, {}).row.lease
    assert silent is not None
    assert told is not None
    assert (silent.use, silent.area, silent.is_unsigned) == (None, None, False)
    assert (told.agreement_signed_on, told.is_unsigned) == (None, True)


@pytest.mark.parametrize(
    "typed", ["2024.1.1至2026.12.31", "2024-01-01~2026-12-31", "2024年1月1日-2026年12月", "2024/1/1—2026/12/31"]
)
def test_a_period_has_a_start_and_an_end(typed: str) -> None:
    assert read_period(typed) == (date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("typed", "unit", "square_metres"),
    [
        (1200, "m2", "1200.00"),
        ("1,200 ㎡", "m2", "1200.00"),
        ("１２００平方米", "mu", "1200.00"),
        ("3亩", "m2", "2000.00"),
        (3, "mu", "2000.00"),
        ("约0.5万㎡", "m2", "5000.00"),
        ("1.2万", "m2", "12000.00"),
        ("1.2 万", "wan", "12000.00"),
        (1.2, "wan", "12000.00"),
        ("0.3万亩", "m2", "2000000.00"),
        ("1万+500", "m2", "10500.00"),
        ("3亩+200㎡", "m2", "2200.00"),
        ("500+300", "m2", "800.00"),
        ("1公顷", "m2", "10000.00"),
    ],
)
def test_areas_become_square_metres(typed: Any, unit: str, square_metres: str) -> None:
    assert read_area(typed, unit) == Decimal(square_metres)


@pytest.mark.parametrize(
    ("typed", "code"),
    [(0, "area_out_of_range"), (-5, "area_out_of_range"), ("大", "number_unreadable"), ("2-3", "number_unreadable")],
)
def test_what_is_no_area_is_told(typed: Any, code: str) -> None:
    assert fault("lease.area", typed) == code


@pytest.mark.parametrize(
    ("typed", "number"),
    [("三层", 3), ("地上十二层", 12), ("二十", 20), ("3F", 3), (30.0, 30), ("约30余人", 30), ("１２", 12), ("1.2万人", 12_000)],
)
def test_counts_are_read_from_words_and_digits(typed: Any, number: int) -> None:
    assert read_count(typed) == number


def test_half_a_person_is_told() -> None:
    assert fault("tenant.employees", 2.5) == "count_not_whole"


@given(st.decimals(0, 10**9, places=2))
def test_a_number_reads_back_from_its_text(number: Decimal) -> None:
    assert read_number(f"{number:,}") == number


@pytest.mark.parametrize(
    "typed",
    ["15400000001", 15400000001, 15400000001.0, "154 0000 0001", "154-0000-0001", "１５４０００００００１",
     "+8615400000001", "张某15400000001",
     "15400000001/15400000002", "1.5400000001E+10"],
)  # fmt: skip
def test_a_mobile_is_found_in_what_was_typed(typed: Any) -> None:
    assert value("tenant.principal.mobile", typed) == "15400000001"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1.54E+10", "mobile_scientific"),
        (15400000000.0, "mobile_scientific"),
        ("154000000", "mobile_wrong"),
        (154000.5, "mobile_wrong"),
        ("25400000001", "mobile_wrong"),
    ],
)
def test_a_mobile_that_lost_digits_is_never_taken_for_another_number(typed: Any, code: str) -> None:
    assert fault("tenant.principal.mobile", typed) == code


@pytest.mark.parametrize("typed", ["0510-87654321", "87654321", "(0510)87654321", "0510-87654321-801"])
def test_a_landline_is_left_out_and_told(typed: str) -> None:
    read = cell("landlord.principal.mobile", typed)
    assert read_cell(read, COLUMNS) is None
    assert [warning.code for warning in read.warnings] == ["mobile_is_landline"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (9.1320282e17, "uscc_scientific"),
        ("9.1320282E+17", "uscc_scientific"),
        ("320282000012345", "uscc_length"),
        ("91320282MA00000I5N", "uscc_alphabet"),
        ("91A20282MA0000015N", "uscc_region"),
    ],
)
def test_a_credit_code_that_cannot_be_one_is_told(typed: Any, code: str) -> None:
    assert fault("tenant.uscc", typed) == code


@pytest.mark.parametrize("typed", ["320282197507011131", "11010119900307002X", "110101199003070020"])
def test_an_id_number_is_not_taken_for_a_credit_code_even_where_it_passes_for_one(typed: str) -> None:
    read = cell("tenant.uscc", typed)
    assert read_cell(read, COLUMNS) is None
    assert [warning.code for warning in read.warnings] == ["id_number_as_uscc"]


def test_a_doubtful_credit_code_is_taken_and_told() -> None:
    read = cell("tenant.uscc", "９１３５０２１１Ｍ００００ＸＵＦ４６")
    assert read_cell(read, COLUMNS) == "91350211M0000XUF46"
    assert [warning.code for warning in read.warnings] == ["uscc_checksum"]


@pytest.mark.parametrize(
    ("path", "typed", "meaning"),
    [
        ("building.structure", "钢混", "concrete_frame"),
        ("building.structure", " 框架 结构 ", "concrete_frame"),
        ("building.fire_resistance", "Ⅱ级", "class_2"),
        ("building.fire_resistance", 2.0, "class_2"),
        ("building.fire_class_design", "丙2", "c"),
        ("building.fire_class_design", "戊类", "e"),
        ("building.fire_acceptance", "有", "accepted"),
        ("tenant.party_type", "有限责任公司", "enterprise"),
        ("lease.use", "仓库", "storage"),
        ("compound.crs", "高德", "gcj02"),
    ],
)
def test_words_of_clerks_are_words_of_the_vocabulary(path: str, typed: Any, meaning: str) -> None:
    assert value(path, typed) == meaning


def test_an_unknown_word_is_told_with_the_words_that_may_be_used() -> None:
    with pytest.raises(CellWrong) as wrong:
        value("building.structure", "竹子")
    assert (wrong.value.code, "门式刚架" in wrong.value.detail) == ("choice_unknown", True)


@pytest.mark.parametrize(("path", "typed"), [("lease.room", date(2024, 3, 1)), ("building.building_no", NOON)])
def test_a_number_that_a_spreadsheet_turned_into_a_date_is_told(path: str, typed: Any) -> None:
    assert fault(path, typed) == "text_became_date"


@pytest.mark.parametrize(
    ("typed", "degrees"),
    [(119.82, 119.82), ("119.82°E", 119.82), ("东经119.82", 119.82), ("119°49′12″", 119.82), ("１１９．８２", 119.82)],
)
def test_degrees_are_read_as_they_are_written(typed: Any, degrees: float) -> None:
    assert value("compound.lon", typed) == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("key", "typed", "answer"),
    [
        ("confined_space", "有", FactCells(value=True)),
        ("confined_space", "×", FactCells(value=False)),
        ("confined_space", "不清楚", FactCells("unknown")),
        ("confined_space", "3处", FactCells(value=True, qty=Decimal(3), unit="place")),
        ("confined_space", 0, FactCells(value=False, qty=None, unit="place")),
        ("dust", "无", FactCells("none")),
        ("dust", "木粉尘", FactCells("wood")),
        ("dust", "铝镁等金属(12人)", FactCells("metal", Decimal(12), "person")),
        ("spray", "水性", FactCells("water")),
        ("gas", "天然气、氧", FactCells(("natural", "oxygen"))),
        ("fire_class_actual", "丙类", FactCells("c")),
        ("people_on_site", "18人", FactCells(18)),
        ("electrical_thermal_scan_on", "2024.3.1", FactCells("2024-03-01")),
    ],
)
def test_answers_to_facts_are_understood(key: str, typed: Any, answer: FactCells) -> None:
    assert read_fact(cell(f"facts.{key}", typed), FACTS.keys[key], COLUMNS) == answer


@pytest.mark.parametrize(
    ("key", "typed"), [("dust", "有"), ("confined_space", "也许"), ("gas", "沼气"), ("fire_class_actual", "己")]
)
def test_an_answer_that_a_fact_does_not_take_is_told(key: str, typed: str) -> None:
    with pytest.raises(CellWrong) as wrong:
        read_fact(cell(f"facts.{key}", typed), FACTS.keys[key], COLUMNS)
    assert FACTS.keys[key].zh in wrong.value.detail


@pytest.mark.parametrize("typed", ["", "-", "/", "暂无", "#N/A", " — ", None])
def test_dashes_and_blanks_say_nothing(typed: Any) -> None:
    assert is_empty(typed, COLUMNS.columns["tenant.uscc"], COLUMNS)
    assert is_empty(typed, COLUMNS.columns["facts.dust"], COLUMNS)


def test_none_is_an_answer_to_a_fact_and_nothing_elsewhere() -> None:
    assert is_empty("无", COLUMNS.columns["building.unified_manager.name"], COLUMNS)
    assert not is_empty("无", COLUMNS.columns["facts.dust"], COLUMNS)


def test_every_word_that_our_own_sheets_use_is_read_back() -> None:
    for path, column in COLUMNS.columns.items():
        if column.choice:
            for meaning in COLUMNS.labels[column.choice]:
                assert value(path, shown(meaning, column, COLUMNS, FACTS)) == meaning


def test_every_choice_of_a_fact_is_read_back() -> None:
    for key, fact in FACTS.keys.items():
        if fact.values and not fact.derived:
            column = COLUMNS.columns[f"facts.{key}"]
            for meaning in fact.values:
                read = read_fact(cell(column.path, shown(meaning, column, COLUMNS, FACTS)), fact, COLUMNS)
                assert read.value in {meaning, (meaning,)}


def test_every_fault_has_a_text() -> None:
    assert all(text.strip() for text in fault_texts().values())
