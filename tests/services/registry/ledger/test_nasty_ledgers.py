"""Three ledgers as clerks send them: what is read from each, and what its clerk is told."""

from datetime import date
from decimal import Decimal

from services.registry.domain.ledger_row import FactCells, LandlordCells, LedgerRow
from services.registry.ledger.read import ReadLedger, read_ledger
from shared.contracts.vocabulary import FireAcceptance, FireClass, PartyType
from tests.services.registry.ledger.nasty import OLD_WORKBOOK, open_document, two_line_workbook


def told(ledger: ReadLedger, severity: str) -> set[tuple[int, str, str]]:
    return {(error.row, error.column, error.code) for error in ledger.errors if error.severity == severity}


def row(ledger: ReadLedger, number: int) -> LedgerRow:
    return next(row for row in ledger.rows if row.number == number)


class TestWorkbookWithTwoLineHeading:
    """Titles above, merged headings and landlords, a hidden column, totals and notes below, a cover and a hidden sheet."""

    ledger = read_ledger(two_line_workbook(), "排查表(最终版)(2).xlsx")

    def test_only_the_visible_sheet_with_a_heading_is_read(self) -> None:
        assert self.ledger.sheets == ["排查表"]

    def test_rows_keep_the_numbers_that_the_clerk_sees(self) -> None:
        assert [row.number for row in self.ledger.rows] == [5, 6, 10]

    def test_a_column_is_known_by_the_group_over_it(self) -> None:
        paths = {column.heading: column.path for column in self.ledger.columns}
        assert paths["出租方/联系电话"] == "landlord.principal.mobile"
        assert paths["承租企业/手机"] == "tenant.principal.mobile"
        assert paths["厂房情况/面积(㎡)"] == "building.floor_area"
        assert paths["租赁情况/面积(㎡)"] == "lease.area"
        assert paths["序号"] is None

    def test_full_width_text_and_numbers_are_understood(self) -> None:
        first = row(self.ledger, 5)
        assert first.building.building_no == "1号楼"
        assert (first.building.floors_above, first.building.floor_area) == (3, Decimal("3600.00"))
        assert first.tenant is not None
        assert first.tenant.uscc == "91320282MA0000066Y"

    def test_a_mobile_as_a_number_or_in_full_scientific_notation_is_read(self) -> None:
        first = row(self.ledger, 5)
        assert first.landlord.principal is not None
        assert first.landlord.principal.mobile == "15400010001"
        assert first.tenant is not None
        assert first.tenant.principal is not None
        assert first.tenant.principal.mobile == "15400000006"

    def test_a_mobile_that_lost_its_digits_is_an_error_and_no_other_number(self) -> None:
        assert (7, "承租企业/手机", "mobile_scientific") in told(self.ledger, "error")

    def test_a_credit_code_that_lost_its_digits_is_an_error(self) -> None:
        assert (8, "承租企业/统一社会信用代码", "uscc_scientific") in told(self.ledger, "error")

    def test_dates_are_read_from_cells_texts_and_months(self) -> None:
        lease = row(self.ledger, 5).lease
        assert lease is not None
        assert (lease.start, lease.end) == (date(2024, 3, 1), date(2027, 2, 28))

    def test_a_date_that_nobody_can_tell_is_an_error(self) -> None:
        errors = told(self.ledger, "error")
        assert {(8, "租赁情况/起", "date_ambiguous"), (8, "租赁情况/止", "date_impossible")} <= errors

    def test_areas_in_mu_become_square_metres(self) -> None:
        lease = row(self.ledger, 6).lease
        assert lease is not None
        assert lease.area == Decimal("800.00")

    def test_a_merged_landlord_stands_for_every_row_of_the_merged_cell(self) -> None:
        assert row(self.ledger, 6).landlord == row(self.ledger, 5).landlord
        assert row(self.ledger, 6).building == row(self.ledger, 5).building

    def test_a_vacant_building_is_a_row_without_a_tenant(self) -> None:
        vacant = row(self.ledger, 10)
        assert (vacant.tenant, vacant.lease, vacant.landlord.party_type) == (None, None, PartyType.NATURAL_PERSON)

    def test_a_repeated_row_is_skipped_and_told(self) -> None:
        assert (11, "", "row_repeated") in told(self.ledger, "warning")

    def test_totals_notes_and_repeated_headings_are_no_rows(self) -> None:
        assert self.ledger.total == 6
        assert not {number for number, _, _ in told(self.ledger, "error")} - {7, 8}

    def test_a_hidden_column_is_read_and_told(self) -> None:
        assert (0, "承租企业/统一社会信用代码", "hidden_column") in told(self.ledger, "warning")

    def test_a_landline_is_told_once_where_it_stands(self) -> None:
        landlines = [place for place in told(self.ledger, "warning") if place[2] == "mobile_is_landline"]
        assert landlines == [(7, "出租方/联系电话", "mobile_is_landline")]


class TestOpenDocument:
    """One landlord named over the table, areas in 亩, 同上, periods in one cell, points in several systems."""

    ledger = read_ledger(open_document(), "台账.ods")

    def test_the_landlord_named_over_the_table_is_every_rows_landlord(self) -> None:
        named = {(row.landlord.name, row.landlord.uscc) for row in self.ledger.rows}
        assert named == {("云荡禾汀置业有限公司", "91320282MA000907XX")}

    def test_same_as_above_takes_over_the_cell(self) -> None:
        assert row(self.ledger, 5).building.building_no == "1号楼"

    def test_the_unit_of_a_cell_goes_before_the_unit_of_its_heading(self) -> None:
        areas = [read.lease.area for read in self.ledger.rows if read.lease]
        assert areas == [Decimal("1000.00"), Decimal("800.00"), None]

    def test_a_period_in_one_cell_is_a_start_and_an_end(self) -> None:
        lease = row(self.ledger, 4).lease
        assert lease is not None
        assert (lease.start, lease.end) == (date(2024, 1, 1), date(2026, 12, 31))

    def test_a_fact_may_carry_its_number(self) -> None:
        facts = row(self.ledger, 4).facts
        assert facts["dust"] == FactCells("wood", Decimal(6), "person")
        assert facts["confined_space"] == FactCells(value=True, qty=Decimal(2), unit="place")

    def test_unknown_stays_an_answer(self) -> None:
        assert row(self.ledger, 5).facts["occupancy_sleeping"] == FactCells("unknown")

    def test_a_person_beside_his_phone_is_told_from_his_neighbour(self) -> None:
        tenant = row(self.ledger, 4).tenant
        assert tenant is not None
        assert tenant.principal is not None
        assert tenant.safety_officer is not None
        assert (tenant.principal.mobile, tenant.safety_officer.mobile) == ("15400000001", "15400020001")

    def test_a_point_is_converted_and_keeps_its_system(self) -> None:
        point = row(self.ledger, 4).compound.point
        assert point is not None
        assert (point.crs, round(point.lon, 4), round(point.lat, 4)) == ("gcj02", 119.8803, 31.3642)

    def test_swapped_longitude_and_latitude_are_put_right_and_told(self) -> None:
        point = row(self.ledger, 7).compound.point
        assert point is not None
        assert round(point.lon, 4) == 119.8803
        assert "point_swapped" in {code for number, _, code in told(self.ledger, "warning") if number == 7}

    def test_an_id_number_in_the_code_column_is_not_taken_even_when_mistyped(self) -> None:
        found = {place for place in told(self.ledger, "warning") if place[2] == "id_number_as_uscc"}
        assert found == {(6, "信用代码", "id_number_as_uscc"), (7, "信用代码", "id_number_as_uscc")}
        assert row(self.ledger, 7).tenant is not None
        assert "19900307" not in repr(self.ledger)

    def test_a_word_that_a_fact_does_not_take_is_an_error_that_lists_the_words(self) -> None:
        wrong = next(error for error in self.ledger.errors if error.code == "fact_unreadable")
        assert (wrong.row, wrong.column) == (6, "可燃性粉尘")
        assert "铝镁等金属" in wrong.detail


class TestOldWorkbook:
    """An .xls with everything as numbers, several lines for one lease, and two more sheets."""

    ledger = read_ledger(OLD_WORKBOOK.read_bytes(), "汇总.xls")

    def test_serial_numbers_are_dates(self) -> None:
        lease = row(self.ledger, 4).lease
        assert lease is not None
        assert (lease.start, lease.end) == (date(2024, 1, 1), date(2026, 12, 31))

    def test_floors_and_rooms_as_numbers_lose_their_decimals(self) -> None:
        lease = row(self.ledger, 4).lease
        assert lease is not None
        assert (lease.floor, lease.room) == ("1", "101")

    def test_words_for_classes_and_papers_are_understood(self) -> None:
        building = row(self.ledger, 4).building
        assert building.fire_class_design is FireClass.C
        assert building.fire_acceptance is FireAcceptance.ACCEPTED
        assert building.floor_area == Decimal("3333.33")

    def test_a_list_of_goods_counts_as_yes_and_is_told(self) -> None:
        assert row(self.ledger, 4).facts["hazchem"] == FactCells(value=True)
        assert (4, "危化品", "fact_taken_as_yes") in told(self.ledger, "warning")

    def test_a_number_with_zeros_at_its_end_is_taken_for_a_lost_one(self) -> None:
        assert (5, "租户电话", "mobile_scientific") in told(self.ledger, "error")

    def test_two_rows_for_one_lease_that_disagree_are_an_error_in_the_second(self) -> None:
        assert [row.number for row in self.ledger.rows] == [4, 6]
        assert (7, "", "row_conflict") in told(self.ledger, "error")
        assert "第6行" in next(error.detail for error in self.ledger.errors if error.code == "row_conflict")

    def test_a_building_number_that_became_a_date_is_an_error(self) -> None:
        assert (8, "厂房名称", "text_became_date") in told(self.ledger, "error")

    def test_every_error_of_a_row_is_told_at_once(self) -> None:
        codes = {code for number, _, code in told(self.ledger, "error") if number == 8}
        assert codes == {"text_became_date", "uscc_length", "area_out_of_range"}

    def test_what_a_party_is_follows_from_its_code(self) -> None:
        tenant = row(self.ledger, 4).tenant
        assert tenant is not None
        assert tenant.party_type is PartyType.INDIVIDUAL_BUSINESS
        assert row(self.ledger, 4).landlord == LandlordCells(
            "云荡砚池包装有限公司", principal=row(self.ledger, 4).landlord.principal
        )


def test_no_error_repeats_what_a_cell_held() -> None:
    for data in (two_line_workbook(), open_document(), OLD_WORKBOOK.read_bytes()):
        texts = " ".join(error.detail for error in read_ledger(data, "x").errors)
        assert not [secret for secret in ("154000", "9132", "1990", "87654321", "王小二", "李丁卯") if secret in texts]
