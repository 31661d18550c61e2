"""Small rules: fire classes, duties, personal numbers, areas, derived facts."""

from uuid import UUID

import pytest

from services.registry.domain.areas import AreaWrong, GridMap, read_area
from services.registry.domain.building import Answer, alarm_answer, fits, worst
from services.registry.domain.derived import Surroundings, derive, differing
from services.registry.domain.duty import DutyHolder, DutyUnknown
from services.registry.domain.party import CreditCodeNeeded, IdNumberNotExpected, require_fitting_numbers, shown_name
from services.registry.domain.personal import MobileWrong, masked_email, masked_id_number, masked_mobile, read_mobile
from services.registry.rulebook import duty_split
from shared.contracts.vocabulary import FireClass, PartyType

GRID = UUID("0192f3aa-0000-7000-8000-00000000000a")
BUILDING = {
    "fire_resistance": "class_2",
    "fire_class_design": "c",
    "sandwich_panel": "none",
    "shared_escape": "yes",
    "details": {"fire_systems": {"sprinkler": {"state": "sound"}}},
}


@pytest.mark.parametrize(
    ("tenant", "building", "answer"),
    [
        ("c", "c", Answer.YES),
        ("d", "c", Answer.YES),
        ("b", "c", Answer.NO),
        ("unknown", "c", Answer.UNKNOWN),
        ("a", "unknown", Answer.UNKNOWN),
    ],
)
def test_a_tenants_class_must_not_be_above_the_buildings(tenant: str, building: str, answer: Answer) -> None:
    assert fits(FireClass(tenant), FireClass(building)) is answer


@pytest.mark.parametrize(
    ("ticked", "tested", "answer"),
    [
        ("yes", [], "yes"),
        ("no", [], "no"),
        ("yes", ["no_power"], "no"),
        ("no", ["working"], "yes"),
        ("yes", [None], "unknown"),
        ("no", ["not_working", "working"], "yes"),
        ("unknown", ["not_working", None], "unknown"),
    ],
)
def test_a_tested_alarm_says_more_than_a_ticked_box(ticked: str, tested: list[str | None], answer: str) -> None:
    assert alarm_answer(ticked, tested) == answer


def test_the_worst_class_is_the_most_dangerous_known_one() -> None:
    assert worst(FireClass.D, FireClass.UNKNOWN, FireClass.B) is FireClass.B
    assert worst(FireClass.UNKNOWN) is FireClass.UNKNOWN


def test_shared_parts_are_the_landlords_and_leased_space_is_the_tenants_unless_written_otherwise() -> None:
    split = duty_split().agreed({"joint_drill": DutyHolder.TENANT})
    assert split["shared_escape"] is split["fire_lane"] is DutyHolder.LANDLORD
    assert split["leased_space"] is split["tenant_equipment"] is DutyHolder.TENANT
    assert split["joint_drill"] is DutyHolder.TENANT
    with pytest.raises(DutyUnknown):
        duty_split().agreed({"coffee": DutyHolder.BOTH})


@pytest.mark.parametrize(
    "typed", ["13912345678", "１３９１２３４５６７８", "+86 139-1234-5678", "8613912345678", "0086 139 1234 5678"]
)
def test_a_mobile_is_read_as_people_type_it(typed: str) -> None:
    assert read_mobile(typed) == "13912345678"


@pytest.mark.parametrize("typed", ["1391234567", "12912345678", "0510-87654321", "139123456789", ""])
def test_what_is_no_mobile_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(MobileWrong) as caught:
        read_mobile(typed)
    assert not typed or typed not in caught.value.text()


def test_personal_values_are_shown_without_their_middle() -> None:
    assert masked_mobile("13912345678") == "139****5678"
    assert masked_id_number("11010519491231002X") == "**************002X"
    assert masked_email("lianzi@example.org") == "l***@example.org"
    assert shown_name(PartyType.NATURAL_PERSON, "欧阳莲子") == "欧**"
    assert shown_name(PartyType.ENTERPRISE, "宏达公司") == "宏达公司"


def test_only_persons_and_unlicensed_workshops_go_without_a_credit_code() -> None:
    require_fitting_numbers(PartyType.UNLICENSED, has_credit_code=False, has_id_number=True)
    with pytest.raises(CreditCodeNeeded):
        require_fitting_numbers(PartyType.VILLAGE_COLLECTIVE, has_credit_code=False, has_id_number=False)
    with pytest.raises(IdNumberNotExpected):
        require_fitting_numbers(PartyType.ENTERPRISE, has_credit_code=True, has_id_number=True)


def test_a_point_on_the_border_is_in_the_grid_and_the_older_of_two_grids_wins() -> None:
    ring = [[119.0, 31.0], [120.0, 31.0], [120.0, 32.0], [119.0, 32.0], [119.0, 31.0]]
    area = {"type": "Polygon", "coordinates": [ring]}
    newer = UUID("0192f3aa-0000-7000-8000-00000000000b")
    drawn = GridMap.of([(GRID, area), (newer, area)])
    assert drawn.grid_at(120.0, 31.5) == GRID
    assert drawn.grid_at(120.1, 31.5) is None
    assert drawn.grid_at(None, None) is None


@pytest.mark.parametrize(
    "document",
    [
        {"type": "Point", "coordinates": [119, 31]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[119, 131], [120, 131], [120, 132], [119, 131]]]},
        {"type": "Polygon"},
        {"what": 1},
    ],
)
def test_what_is_no_area_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(AreaWrong):
        read_area(document)


def test_the_ledger_knows_of_a_site_what_its_building_says() -> None:
    derived = derive(Surroundings(BUILDING, tenants=3, floor=4, depth=2, agreement="signed"))
    assert derived == {
        "building_fire_resistance": "2",
        "building_fire_class_design": "c",
        "building_sandwich_panel": "none",
        "building_fire_system_absent": "unknown",
        "building_shared_escape": True,
        "building_tenants": 3,
        "floor": 4,
        "sublet_depth": 2,
        "safety_agreement": "signed",
    }


@pytest.mark.parametrize(
    ("sprinkler", "alarm", "absent"),
    [("sound", "absent", True), ("sound", "not_required", False), ("faulty", "sound", False), ("sound", "unknown", "unknown")],
)
def test_a_required_system_is_absent_present_or_unknown(sprinkler: str, alarm: str, absent: object) -> None:
    systems = {"sprinkler": {"state": sprinkler}, "alarm": {"state": alarm}}
    building = {**BUILDING, "details": {"fire_systems": systems}}
    assert derive(Surroundings(building, tenants=0))["building_fire_system_absent"] == absent


@pytest.mark.parametrize(
    ("sprinkler", "alarm", "tested"),
    [("2026-03-01", "2025-11-20", "2025-11-20"), ("2026-03-01", None, None), (None, None, None)],
)
def test_the_fire_systems_are_tested_as_long_ago_as_the_one_that_waits_longest(
    sprinkler: str | None, alarm: str | None, tested: str | None
) -> None:
    systems = {
        "sprinkler": {"state": "sound", "last_tested_on": sprinkler},
        "alarm": {"state": "faulty", "last_tested_on": alarm},
        "hydrant": {"state": "not_required"},
    }
    building = {**BUILDING, "details": {"fire_systems": systems}}
    assert derive(Surroundings(building, tenants=0)).get("fire_system_tested_on") == tested


def test_only_what_is_new_other_or_gone_is_told() -> None:
    assert differing({"a": 1, "b": 2}, {"a": 1, "c": 3}) == ({"c": 3}, ("b",))
