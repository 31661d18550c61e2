"""Numbers and dates as clerks type them: full-width, with units, as text, as serial numbers, and spoiled by the spreadsheet."""

import calendar
import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from services.registry.ledger.problems import CellWrong

SQUARE_METRES: Final = {"m2": Decimal(1), "mu": Decimal(2000) / 3, "wan": Decimal(10_000), "ha": Decimal(10_000)}
_AREA_UNITS: Final = (
    ("wan", re.compile(r"万\s*(?:平方米|平方|平米|㎡|m2|m²|平)")),
    ("mu", re.compile(r"亩")),
    ("ha", re.compile(r"公顷")),
    ("m2", re.compile(r"平方米|平方|平米|㎡|m2|m²|平")),
)
_NUMBER: Final = re.compile(r"(-?\d[\d,]*\.?\d*|-?\.\d+)\s*(万?)")
_WAN: Final = 10_000
_ABOUT: Final = re.compile(r"约|大约|近|左右|余|多|共|计")
_CHINESE_DIGITS: Final = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CHINESE_NUMBER: Final = re.compile(r"(?:地上)?(?P<number>[一二两三四五六七八九十]{1,3})")
_LARGEST_AREA: Final = 10**8
_DAY_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = range(20_000, 80_000)
_YEARS: Final = range(1950, 2151)
_FIRST_YEAR_OF_LAST_CENTURY: Final = 70
_YMD: Final = re.compile(r"(?P<year>\d{4}|\d{2})\s*[-./年\\]\s*(?P<month>\d{1,2})\s*(?:[-./月\\]\s*(?P<day>\d{1,2})?\s*[日号]?)?")
_COMPACT: Final = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})?")
_TIME_OF_DAY: Final = re.compile(r"[T\s]+\d{1,2}:\d{2}.*$")
_PERIOD: Final = re.compile(r"\s*(?:至|到|~|—+|--+|－|–|\s-\s|(?<=[日\d])-(?=\d{4}))\s*")


def half_width(value: Any) -> str:
    """The cell as text: half-width, without blanks at the ends; a whole number without its ".0"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def read_number(value: Any) -> Decimal:
    """A number with whatever is around it: "约1,200人" is 1200, "500+300" 800, "1.2万" 12000; several others are refused."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    text = _ABOUT.sub("", half_width(value)).replace("，", ",")
    parts = text.split("+")
    found = [_NUMBER.findall(part) for part in parts]
    if not all(len(numbers) == 1 for numbers in found):
        raise CellWrong(code="number_unreadable")
    return sum((_counted(*numbers[0]) for numbers in found), Decimal(0))


def _counted(digits: str, wan: str) -> Decimal:
    return Decimal(digits.replace(",", "")) * (_WAN if wan else 1)


def read_count(value: Any) -> int:
    """A whole number of people, floors or things; "三层" is 3."""
    chinese = _CHINESE_NUMBER.match(half_width(value))
    if chinese:
        return _chinese_number(chinese["number"])
    number = read_number(value)
    if number < 0 or number != int(number):
        raise CellWrong(code="count_not_whole")
    return int(number)


def _chinese_number(text: str) -> int:
    tens, ten, units = text.rpartition("十")
    return (_CHINESE_DIGITS.get(tens, 1) * 10 if ten else 0) + _CHINESE_DIGITS.get(units, 0)


def unit_in(text: str) -> str | None:
    """The unit of area that a heading or cell names."""
    plain = unicodedata.normalize("NFKC", text)
    return next((unit for unit, words in _AREA_UNITS if words.search(plain)), None)


def read_area(value: Any, unit: str = "m2") -> Decimal:
    """Square metres; the unit in the cell goes before ``unit``, which the heading named. 1 亩 is 2000/3 ㎡."""
    text = half_width(value)
    of_cell = unit_in(text) or unit
    square_metres = sum((_area_of(part, of_cell) for part in text.split("+")), Decimal(0)).quantize(Decimal("0.01"))
    if not 0 < square_metres < _LARGEST_AREA:
        raise CellWrong(code="area_out_of_range")
    return square_metres


def _area_of(part: str, unit: str) -> Decimal:
    unit = unit_in(part) or unit
    for _, words in _AREA_UNITS:
        part = words.sub("", part)
    if unit == "wan" and "万" in part:
        unit = "m2"  # said by heading and cell, meant once
    return read_number(part) * SQUARE_METRES[unit]


def read_date(value: Any, *, at_end: bool = False) -> date:
    """A day: a date cell, a serial number, or text in the usual forms. A month alone is its first day, or its last ``at_end``."""
    if isinstance(value, date):
        return _plausible(value.date() if isinstance(value, datetime) else value)
    if isinstance(value, float) and not value.is_integer():
        return _date_typed_as_decimal(value, at_end=at_end)
    text = _TIME_OF_DAY.sub("", half_width(value))
    if text.isdecimal() and int(text) in _SERIALS:
        return _DAY_ZERO + timedelta(days=int(text))
    match = _COMPACT.fullmatch(text) or _YMD.fullmatch(text)
    if match is None:
        raise CellWrong(code="date_unreadable")
    return _day_of(match["year"], match["month"], match["day"], at_end=at_end)


def read_period(value: Any) -> tuple[date | None, date | None]:
    """Start and end written in one cell: "2024.1.1至2026.12.31"."""
    if isinstance(value, int | float | date):
        raise CellWrong(code="period_unreadable")
    parts = [part for part in _PERIOD.split(half_width(value)) if part]
    if len(parts) != 2:  # noqa: PLR2004 - a start and an end
        raise CellWrong(code="period_unreadable")
    return read_date(parts[0]), read_date(parts[1], at_end=True)


def _date_typed_as_decimal(value: float, *, at_end: bool) -> date:
    """2024.12 typed as a number is December; 2024.1 may have been 2024.10, and nobody can tell any more."""
    year, _, month = str(value).partition(".")
    if int(year) in _SERIALS:
        return _DAY_ZERO + timedelta(days=int(year))
    if month == "1":
        raise CellWrong(code="date_ambiguous")
    return _day_of(year, month, None, at_end=at_end)


def _day_of(year: str, month: str, day: str | None, *, at_end: bool) -> date:
    number = int(year) if len(year) == len("2024") else _century(int(year))
    try:
        last = calendar.monthrange(number, int(month))[1] if day is None and at_end else 1
        return _plausible(date(number, int(month), int(day) if day else last))
    except ValueError:
        raise CellWrong(code="date_impossible") from None


def _century(year: int) -> int:
    return year + (2000 if year < _FIRST_YEAR_OF_LAST_CENTURY else 1900)


def _plausible(day: date) -> date:
    if day.year not in _YEARS:
        raise CellWrong(code="date_out_of_range")
    return day
