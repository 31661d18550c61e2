"""The demo ledger in the repository is what its script makes."""

from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook

from deploy.demo.make_ledger import FILE, ledger_rows, make_ledger
from services.registry.domain.uscc import read_credit_code

Sheets = dict[str, list[list[Any]]]


def content(workbook: CalamineWorkbook) -> Sheets:
    return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}


def test_the_committed_file_has_the_content_that_the_script_makes() -> None:
    made = content(CalamineWorkbook.from_filelike(BytesIO(make_ledger())))
    assert content(CalamineWorkbook.from_path(FILE)) == made


def test_it_holds_twelve_buildings_eight_landlords_and_sixty_tenants() -> None:
    rows = list(ledger_rows())
    assert len({row["landlord.name"] for row in rows}) == 8
    assert len({(row["compound.name"], row["building.building_no"]) for row in rows}) == 12
    assert len({row["tenant.name"] for row in rows}) == len({row["tenant.uscc"] for row in rows}) == len(rows) == 60


def test_its_credit_codes_are_beyond_doubt() -> None:
    codes = {code for row in ledger_rows() for code in (row["landlord.uscc"], row["tenant.uscc"]) if code}
    assert len(codes) == 67
    assert not [code for code in codes if read_credit_code(code).doubts]


def test_no_two_tenants_share_a_room_and_no_building_is_let_beyond_its_area() -> None:
    rows = list(ledger_rows())
    rooms = {(row["compound.name"], row["building.building_no"], row["lease.room"]) for row in rows}
    assert len(rooms) == len(rows)
    for compound, building in {(row["compound.name"], row["building.building_no"]) for row in rows}:
        here = [row for row in rows if (row["compound.name"], row["building.building_no"]) == (compound, building)]
        assert sum(row["lease.area"] for row in here) <= here[0]["building.floor_area"]


def test_no_tenant_is_more_dangerous_than_its_building_was_accepted_for() -> None:
    assert all(row["lease.fire_class_declared"] >= row["building.fire_class_design"] for row in ledger_rows())
