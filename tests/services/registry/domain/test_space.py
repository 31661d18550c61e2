"""Floors and rooms as people write them, and as ranges that overlap where they mean the same part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.space import (
    FloorNotNamed,
    Space,
    SpaceUnreadable,
    alike,
    covers,
    on_no_floor,
    on_only_floor,
    read_all,
    read_placed,
    read_spaces,
    same,
)


@pytest.mark.parametrize(
    ("floor", "room", "expected"),
    [
        ("3F", "", ["3F"]),
        ("三楼", "301", ["3F-301"]),
        ("", "301、302", ["3F-301", "3F-302"]),
        ("", "3F-301", ["3F-301"]),
        ("", "201-205", ["2F-201", "2F-202", "2F-203", "2F-204", "2F-205"]),
        ("1-2层", "", ["1F", "2F"]),
        ("B1", "", ["-1F"]),
        ("负一层", "", ["-1F"]),
        ("十二层", "1203室", ["12F-1203"]),
        ("２Ｆ", "东侧", ["2F-东侧"]),
        ("", "*", ["*"]),
        ("整幢", "", ["*"]),
        ("3层", "全层", ["3F"]),
        ("", "", []),
        ("", "1-3层", ["1F", "2F", "3F"]),
        ("", "1F-3F", ["1F", "2F", "3F"]),
        ("", "1~2F", ["1F", "2F"]),
        ("", "九层至十层", ["9F", "10F"]),
        ("", "1、2层", ["1F", "2F"]),
        ("1-2、4", "", ["1F", "2F", "4F"]),
        ("", "B1-2F", ["-1F", "1F", "2F"]),
        ("", "301A", ["3F-301A"]),
        ("", "A501", ["5F-A501"]),
        ("", "A座-501", ["5F-A座-501"]),
        ("", "5A01", ["5F-5A01"]),
        ("", "地下一层", ["-1F"]),
        ("", "B1", ["-1F"]),
        ("", "-1", ["-1F"]),
        ("", "-101", ["-1F-101"]),
        ("", "8F-01", ["8F-801"]),
        ("", "12楼东侧", ["12F-东侧"]),
        ("", "东侧", ["东侧"]),
        ("", "B101", ["B101"]),
        ("", "1号楼", ["1号楼"]),
        ("1号楼", "", ["1号楼"]),
        ("", "1#楼", ["1#楼"]),
        ("", "1号楼、2号楼", ["1号楼", "2号楼"]),
        ("", "1号楼3层", ["3F"]),
        ("", "2号楼301室", ["3F-301"]),
        ("2号楼", "301", ["3F-301"]),
        ("1号楼2层", "", ["2F"]),
        ("", "3号", ["3"]),
    ],
)
def test_a_floor_and_a_room_are_read_as_written(floor: str, room: str, expected: list[str]) -> None:
    assert [space.label for space in read_spaces(floor, room)] == expected


def test_what_is_neither_a_floor_nor_a_room_is_refused() -> None:
    with pytest.raises(SpaceUnreadable):
        read_spaces("楼上")


def test_a_room_overlaps_its_floor_and_its_building_and_nothing_else() -> None:
    room, floor, building = Space(3, "301"), Space(3), Space()
    assert room.overlaps(floor)
    assert room.overlaps(building)
    assert not room.overlaps(Space(3, "302"))
    assert not room.overlaps(Space(4))
    assert not Space(None, "东侧").overlaps(Space(1))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1-3层", "2F"),
        ("3F", "301A"),
        ("5F", "A501"),
        ("-1F", "地下一层"),
        ("B1", "-101"),
        ("8F-01", "801"),
        ("一、二层", "2F-东侧"),
    ],
)
def test_two_ways_of_writing_one_part_meet(one: str, other: str) -> None:
    assert any(space.overlaps(part) for space in read_all([one]) for part in read_all([other]))


@pytest.mark.parametrize("label", ["东侧", "1-3", "B101", "夹层", "12034"])
def test_who_lets_a_room_names_its_floor_unless_the_building_has_but_one(label: str) -> None:
    for floors in (None, 3):
        with pytest.raises(FloorNotNamed) as refused:
            read_placed(["2F", label], floors)
        assert refused.value.pointer == "/rooms/1"
    assert read_placed([label], 1) == (Space(1, label),)


def test_a_room_on_no_floor_may_be_on_any_and_is_on_the_only_one() -> None:
    room = Space(None, "东侧")
    assert on_no_floor(Space(2, "东侧").range) == room.range
    low, high = on_no_floor(Space(7).range) or (0, 0)
    assert low <= room.range[0] < room.range[1] <= high
    assert on_no_floor(room.range) is on_no_floor(Space().range) is None
    assert on_only_floor([room, Space(1, "西侧")], 1) == (Space(1, "东侧"), Space(1, "西侧"))
    assert on_only_floor([room], 3) == on_only_floor([room], None) == (room,)


def test_rooms_are_alike_as_far_as_both_tell_the_floor() -> None:
    assert alike(read_all(["东侧"]), read_all(["2F-东侧"]))
    assert same(read_all(["8F-01"]), read_all(["801"]))
    assert not same(read_all(["东侧"]), read_all(["2F-东侧"]))
    assert not alike(read_all(["1F-东侧"]), read_all(["2F-东侧"]))
    assert not alike(read_all(["东侧", "西侧"]), read_all(["2F-东侧"]))


def test_what_lies_within_another_is_left_out() -> None:
    assert [space.label for space in read_all(["3F-301", "3F", "4F-401"])] == ["3F", "4F-401"]


def test_parts_with_and_without_a_floor_or_a_room_stand_beside_each_other() -> None:
    assert [space.label for space in read_spaces(room="东侧、3F、301")] == ["3F", "3F-301", "东侧"]
    assert [space.label for space in read_all(["东侧", "2F", "301"])] == ["2F", "3F-301", "东侧"]


def test_a_part_is_covered_only_by_what_holds_it_whole() -> None:
    assert covers(read_all(["3F"]), read_all(["301", "302"]))
    assert not covers(read_all(["301"]), read_all(["3F"]))


_spaces = st.builds(Space, st.integers(-3, 60), st.one_of(st.none(), st.from_regex(r"[A-Z]?[1-9][0-9]{2}", fullmatch=True)))


@given(_spaces)
def test_a_printed_space_is_read_back_as_it_was(space: Space) -> None:
    assert read_all([space.label]) == (space,)


@given(_spaces, _spaces)
def test_spaces_overlap_exactly_where_one_holds_the_other_or_both_are_one(one: Space, other: Space) -> None:
    assert one.overlaps(other) == (one.within(other) or other.within(one))
