"""Floors and rooms as people write them, and as ranges that overlap where they mean the same part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.space import Space, SpaceUnreadable, covers, read_all, read_spaces


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


def test_what_lies_within_another_is_left_out() -> None:
    assert [space.label for space in read_all(["3F-301", "3F", "4F-401"])] == ["3F", "4F-401"]


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
