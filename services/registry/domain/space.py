"""What part of a building is meant: floors and rooms as people write them, as ranges of numbers that overlap where they do.

A room is one number inside its floor's range, a floor a range inside the building's; so the database can refuse an overlap.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from shared.errors import Refused

FLOOR_SIZE: Final = 1 << 40
LOWEST_FLOOR: Final = -15
HIGHEST_FLOOR: Final = 300
_MOST_ROOMS_IN_A_RANGE: Final = 60
_UNKNOWN_SLOT: Final = 0

_WHOLE_BUILDING: Final = frozenset({"*", "整幢", "整栋", "全幢", "全栋", "整座", "整楼", "whole"})
_WHOLE_FLOOR: Final = frozenset({"", "*", "整层", "全层", "全部", "all"})
_CHINESE: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "首": 1, "底": 1}
_DIGITS: Final = "一二三四五六七八九十首底"
_NUMBER: Final = rf"(?:地下|负|B|-)?(?:\d{{1,2}}|[{_DIGITS}]{{1,3}})"
_UNIT, _TO, _AND = "(?:F|L|层|楼)", "[-~至到—–]", "[、,，;；/+]+"
_STRETCH: Final = rf"(?:{_NUMBER}{_UNIT}(?:{_TO}{_NUMBER}{_UNIT})?|{_NUMBER}(?:{_TO}{_NUMBER})?{_UNIT}?)"
_FLOOR: Final = re.compile(rf"(?P<below>[B\-负地下]*)(?P<number>\d{{1,3}}|[{_DIGITS}]{{1,3}}){_UNIT}?", re.ASCII)
_FLOORS: Final = re.compile(rf"(?P<first>{_NUMBER}|\d{{3}}){_UNIT}?{_TO}(?P<last>{_NUMBER}|\d{{3}}){_UNIT}?")
_FLOOR_LIST: Final = re.compile(rf"(?=.*{_UNIT}$){_STRETCH}(?:{_AND}{_STRETCH})*")
_PREFIX: Final = re.compile(rf"(?P<floor>(?:{_NUMBER}{_UNIT}?{_TO})?{_NUMBER}(?:F|层|楼))[-/ ]?(?P<room>.*)")
_BASEMENT: Final = re.compile(r"(?P<floor>(?:地下|负|B|-)[1-9一二三四五])(?:-(?P<room>\d{2}|\D.*))?")
_BASEMENT_ROOM: Final = re.compile(r"(?:地下|负|-)(?P<room>(?P<floor>\d)\d{2})")
_WING: Final = r"(?:[AC-Z]|[A-Z][座区栋-]|[AC-Z]\d{1,2}[座区栋-])?-?"
_ROOM_NUMBER: Final = re.compile(rf"{_WING}(?P<floor>\d{{1,2}})[A-Z]?\d{{2}}(?:-?[A-Z]|-\d{{1,2}})?")
_ROOM_RANGE: Final = re.compile(rf"(?P<first>\d{{3,4}}){_TO}(?P<last>\d{{3,4}})")
_ROOM_ON_FLOOR: Final = re.compile(r"\d{1,2}")
_SEPARATORS: Final = re.compile(_AND)
_BUILDING: Final = re.compile(rf"^(?:\d{{1,3}}|[A-Z]|[{_DIGITS}]{{1,3}})[号#][楼幢栋座][-/ ]?")
_COUNTED: Final = re.compile(r"号(?![楼幢栋座])")


class SpaceUnreadable(Refused):
    """Neither a floor nor a room can be made out."""

    code = "space_unreadable"
    zh = "楼层或房间无法识别"
    en = "The floor or room cannot be read"


class FloorNotNamed(Refused):
    """Where a building has several floors, a room on none of them might be let twice and nobody would see it."""

    code = "floor_not_named"
    zh = "看不出该房间在哪一层，请写明楼层，例如：3F-东侧"
    en = "The floor of this room cannot be read; name it, as in 3F-东侧"


@dataclass(frozen=True, slots=True)
class Space:
    """One part of a building. No room means the whole floor; no floor and no room, the whole building."""

    floor: int | None = None
    room: str | None = None

    @property
    def range(self) -> tuple[int, int]:
        """Lower (included) and upper (excluded) number of what is meant."""
        if self.floor is None and self.room is None:
            return 0, (HIGHEST_FLOOR - LOWEST_FLOOR + 2) * FLOOR_SIZE
        slot = _UNKNOWN_SLOT if self.floor is None else self.floor - LOWEST_FLOOR + 1
        if self.room is None:
            return slot * FLOOR_SIZE, (slot + 1) * FLOOR_SIZE
        digest = hashlib.blake2b(self.room.encode(), digest_size=5).digest()
        number = slot * FLOOR_SIZE + int.from_bytes(digest, "big")
        return number, number + 1

    @property
    def is_nowhere(self) -> bool:
        """Whether it is a room on a floor that nobody named."""
        return self.floor is None and self.room is not None

    @property
    def label(self) -> str:
        """As printed: 3F-301, 3F, *."""
        floor = "" if self.floor is None else f"{self.floor}F"
        return "-".join(part for part in (floor, self.room or "") if part) or "*"

    def overlaps(self, other: Self) -> bool:
        """Whether both mean some same part."""
        (low, high), (other_low, other_high) = self.range, other.range
        return low < other_high and other_low < high

    def within(self, other: Self) -> bool:
        """Whether all of this is part of the other."""
        (low, high), (other_low, other_high) = self.range, other.range
        return other_low <= low and high <= other_high


def read_spaces(floor: str = "", room: str = "", *, pointer: str = "/rooms") -> tuple[Space, ...]:
    """The spaces meant by a floor and a room as written; two empty texts mean none."""
    told, room = _clean(floor), _clean(room)
    floor = _BUILDING.sub("", told)
    if not (floor or room):
        room = told
    if floor in _WHOLE_BUILDING or (not floor and room in _WHOLE_BUILDING):
        return (Space(),)
    if not floor and _FLOOR_LIST.fullmatch(room):
        floor, room = room, ""
    if not floor:
        return _in_order({space for part in _parts(room) for space in _read_alone(part)})
    floors = _read_floors(floor, pointer)
    if room in _WHOLE_FLOOR:
        return tuple(Space(number) for number in floors)
    names = [name for part in _parts(room) for name in _rooms_of(part)]
    return _in_order({Space(number, _on_floor(number, name)) for number in floors for name in names})


def read_all(labels: Iterable[str], *, pointer: str = "/rooms") -> tuple[Space, ...]:
    """The spaces of several labels such as ``3F``, ``3F-301``, ``301``, ``*``; what lies within another is left out."""
    return _widest({space for label in labels for space in read_spaces(room=label, pointer=pointer)})


def read_placed(labels: Iterable[str], floors: int | None, *, pointer: str = "/rooms") -> tuple[Space, ...]:
    """The spaces of several labels as somebody lets them, each on a floor: the only one where the building has no more.

    A room whose floor cannot be read has a number outside all floors, and would never meet what is let on one of them: so it
    is refused here. Ledgers are read as they are (``read_spaces``): clerks write 东侧 and 西侧 of a hall and no floor, and if
    each were refused, real tenants would be lost. Who lets something after that meets such a
    room on every floor (``on_no_floor``).
    Raises SpaceUnreadable or FloorNotNamed with the place of the label.
    """
    found = set()
    for place, label in enumerate(labels):
        spaces = on_only_floor(read_spaces(room=label, pointer=f"{pointer}/{place}"), floors)
        if any(space.is_nowhere for space in spaces):
            raise FloorNotNamed(pointer=f"{pointer}/{place}")
        found |= set(spaces)
    return _widest(found)


def on_only_floor(spaces: Iterable[Space], floors: int | None) -> tuple[Space, ...]:
    """The spaces; where the building has one floor and no more, all its rooms are on that."""
    return _in_order({Space(1, space.room) if space.is_nowhere and floors == 1 else space for space in spaces})


def _widest(found: set[Space]) -> tuple[Space, ...]:
    return _in_order({space for space in found if not any(space != other and space.within(other) for other in found)})


def _in_order(found: set[Space]) -> tuple[Space, ...]:
    """From the lowest floor up, what is on none of them at the end."""
    return tuple(sorted(found, key=lambda space: (space.floor is None, space.floor or 0, space.room or "")))


def on_no_floor(numbers: tuple[int, int]) -> tuple[int, int] | None:
    """The rooms on a floor that nobody named which may be these, or lie on them; None for what is on no floor itself."""
    slot, first = divmod(numbers[0], FLOOR_SIZE)
    return None if slot == _UNKNOWN_SLOT else (first, first + numbers[1] - numbers[0])


def same(one: Iterable[Space], other: Iterable[Space]) -> bool:
    """Whether both are the same rooms."""
    return _widest(set(one)) == _widest(set(other))


def alike(one: Collection[Space], other: Collection[Space]) -> bool:
    """Whether both are the same rooms as far as they tell the floor, which one of them does not."""
    is_open = any(all(space.is_nowhere for space in spaces) for spaces in (one, other))
    return is_open and {space.room for space in one} == {space.room for space in other}


def covers(whole: Iterable[Space], part: Iterable[Space]) -> bool:
    """Whether every space of ``part`` lies within some space of ``whole``."""
    wholes = tuple(whole)
    return all(any(space.within(other) for other in wholes) for space in part)


def _clean(text: str) -> str:
    return _COUNTED.sub("", unicodedata.normalize("NFKC", text).strip().upper()).removesuffix("室").removesuffix("房")


def _parts(text: str) -> Iterator[str]:
    return (part.strip().removesuffix("室") for part in _SEPARATORS.split(text) if part.strip())


def _read_alone(text: str) -> Iterator[Space]:
    if text in _WHOLE_BUILDING:
        yield Space()
    elif part := _BUILDING.sub("", text) if _BUILDING.match(text) else "":
        yield from read_spaces(room=part)
    elif match := _PREFIX.fullmatch(text) or _BASEMENT.fullmatch(text):
        yield from read_spaces(match["floor"], match["room"] or "")
    elif match := _BASEMENT_ROOM.fullmatch(text):
        yield Space(-int(match["floor"]) or None, match["room"])
    else:
        for room in _rooms_of(text):
            number = _ROOM_NUMBER.fullmatch(room)
            yield Space(int(number["floor"]) or None if number else None, room)


def _on_floor(floor: int, name: str) -> str:
    """A room counted on its floor (8F-01) by the name that it bears in the building (801)."""
    return f"{abs(floor)}{int(name):02d}" if floor and _ROOM_ON_FLOOR.fullmatch(name) else name


def _rooms_of(text: str) -> Iterator[str]:
    match = _ROOM_RANGE.fullmatch(text)
    numbers = range(int(match["first"]), int(match["last"]) + 1) if match else range(0)
    if 0 < len(numbers) <= _MOST_ROOMS_IN_A_RANGE:
        yield from map(str, numbers)
    else:
        yield text


def _read_floors(text: str, pointer: str) -> tuple[int, ...]:
    numbers = [number for part in _parts(text) for number in _stretch(part, pointer)]
    if not numbers or not all(LOWEST_FLOOR <= number <= HIGHEST_FLOOR for number in numbers):
        raise SpaceUnreadable(pointer=pointer)
    return tuple(numbers)


def _stretch(text: str, pointer: str) -> Iterator[int]:
    """The floors from one to another; there is none between -1 and 1."""
    if match := _FLOORS.fullmatch(text):
        first, last = _read_floor(match["first"], pointer), _read_floor(match["last"], pointer)
        yield from (number for number in range(first, last + 1) if number or not first < 0 < last)
    else:
        yield _read_floor(text, pointer)


def _read_floor(text: str, pointer: str) -> int:
    match = _FLOOR.fullmatch(text)
    if match is None:
        raise SpaceUnreadable(pointer=pointer)
    number = int(match["number"]) if match["number"].isdecimal() else _chinese_number(match["number"])
    return -number if match["below"] else number


def _chinese_number(text: str) -> int:
    tens, ten, units = text.rpartition("十")
    return (_CHINESE.get(tens, 1) * 10 if ten else 0) + _CHINESE.get(units, 0)
