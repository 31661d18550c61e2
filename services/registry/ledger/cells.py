"""One cell at a time: what a clerk typed becomes the value that the column means, or a problem in words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.registry.domain.industry import hint
from services.registry.domain.personal import MobileWrong, read_mobile
from services.registry.domain.uscc import CreditCode, is_id_number, read_credit_code, resembles_id_number
from services.registry.ledger.columns import CellKind, Column, Columns, plain
from services.registry.ledger.numbers import half_width, read_area, read_count, read_date, read_number, read_period
from services.registry.ledger.problems import CellWrong
from services.registry.rulebook import industries
from shared.errors import Refused
from shared.geo import crs_of

_SCIENTIFIC: Final = re.compile(r"\d(?:\.(?P<digits>\d+))?E\+?(?P<exponent>\d{1,2})", re.IGNORECASE)
_MOBILE: Final = re.compile(r"(?<!\d)1[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4}(?!\d)")
_LANDLINE: Final = re.compile(r"(?:\(?0\d{2,3}\)?[\s\-]?)?[2-8]\d{6,7}(?:[\s\-转]\d{1,5})?")
_OPEN_KINDS: Final = frozenset(CellKind) - {CellKind.CHOICE, CellKind.FACT, CellKind.DATE, CellKind.QUANTITY}
_LOST_DIGITS: Final = 100_000
_LONGEST_EXACT_NUMBER: Final = 10**15
_BLANKS: Final = re.compile(r"\s+")
_HALF_WIDTH: Final = {
    code: code - 0xFEE0 for first, last in ("09", "AZ", "az") for code in range(ord(first) + 0xFEE0, ord(last) + 0xFEE1)
}
_DEGREES: Final = re.compile(r"([\d.]+)(?:[°度](?:([\d.]+)['′分])?(?:([\d.]+)(?:[\"″秒]|''|′′)?)?)?")
_INDUSTRY: Final = re.compile(r"(?P<letter>[A-T]?)(?P<digits>\d{2,4})")
_REGION: Final = re.compile(r"\d{6}(\d{3}){0,2}")


@dataclass(slots=True)
class Cell:
    """A cell to be read: its raw value, its column, the unit that the heading named; warnings are gathered on the way."""

    raw: Any
    column: Column
    unit: str = "m2"
    warnings: list[CellWrong] = field(default_factory=list)

    def warn(self, code: str, **facts: Any) -> None:
        """Something to tell the clerk though the cell is taken."""
        self.warnings.append(CellWrong(code=code, **facts))


def is_empty(raw: Any, column: Column, columns: Columns) -> bool:
    """Whether the cell says nothing: blank, a dash, "暂无", a spreadsheet error; "无" too, where it is no answer."""
    if raw is None or raw == "":
        return True
    if not isinstance(raw, str):
        return False
    word = plain(raw)
    return word in columns.words["empty"] or (column.kind in _OPEN_KINDS and word in columns.words["nothing"])


def read_cell(cell: Cell, columns: Columns) -> Any:
    """The value of a cell that is not empty; raises CellWrong. Facts are read elsewhere."""
    if cell.column.kind is CellKind.CHOICE:
        return _choice(cell, columns)
    return _READERS[cell.column.kind](cell, columns)


def _choice(cell: Cell, columns: Columns) -> str | None:
    meanings, labels = columns.choices[cell.column.choice], columns.labels[cell.column.choice].values()
    word = plain(half_width(cell.raw))
    if cell.column.strict or word in meanings:
        return read_choice(cell.raw, meanings, labels)
    cell.warn("choice_left_out", words="、".join(labels), hint=hint(word, tuple(labels)))
    return None


def read_choice(raw: Any, meanings: Mapping[str, str], labels: Any) -> str:
    """One of a column's words; the refusal lists them."""
    try:
        return meanings[plain(half_width(raw))]
    except KeyError:
        raise CellWrong(code="choice_unknown", words="、".join(labels)) from None


def read_text(raw: Any) -> str:
    """Text with half-width letters and digits but its own brackets; numbers lose their ".0".

    A spreadsheet turns "3-1" into a date, and that cannot be undone.
    """
    if isinstance(raw, date):
        raise CellWrong(code="text_became_date")
    if isinstance(raw, str):
        return _BLANKS.sub(" ", raw.translate(_HALF_WIDTH)).strip()
    return half_width(raw)


def _text(cell: Cell, _columns: Columns) -> str:
    return read_text(cell.raw)


def _name(cell: Cell, _columns: Columns) -> str:
    name = _BLANKS.sub("", read_text(cell.raw))
    if name.replace(".", "").isdecimal():
        raise CellWrong(code="name_is_a_number")
    return name


def _credit_code(cell: Cell, _columns: Columns) -> str | None:
    text = half_width(cell.raw)
    if (isinstance(cell.raw, int | float) and cell.raw >= _LONGEST_EXACT_NUMBER) or _SCIENTIFIC.fullmatch(text):
        raise CellWrong(code="uscc_scientific")
    try:
        code = read_credit_code(text)
    except Refused as refusal:
        raise CellWrong(code=refusal.code, **refusal.facts) from None
    if _is_of_a_person(code):
        cell.warn("id_number_as_uscc")
        return None
    for doubt in code.doubts:
        cell.warn(doubt.value)
    return code.text


def _is_of_a_person(code: CreditCode) -> bool:
    """One ID number in 341 passes for a credit code; what begins with 9 and passes is a firm's, for nobody's province does."""
    if code.doubts:
        return resembles_id_number(code.text)
    return is_id_number(code.text) and not code.text.startswith("9")


def _mobile(cell: Cell, _columns: Columns) -> str | None:
    if isinstance(cell.raw, int | float):
        return _mobile_from_number(Decimal(str(cell.raw)))
    text = half_width(cell.raw)
    if match := _SCIENTIFIC.fullmatch(text):
        if len(match["digits"] or "") < int(match["exponent"]):
            raise CellWrong(code="mobile_scientific")
        return _mobile_from_number(Decimal(text))
    if found := _MOBILE.search(text.replace("+86", " ")):
        return read_mobile(found.group())
    if _LANDLINE.fullmatch(text):
        cell.warn("mobile_is_landline")
        return None
    return _checked_mobile(text)


def _mobile_from_number(number: Decimal) -> str:
    if number != int(number):
        raise CellWrong(code=MobileWrong.code)
    if number % _LOST_DIGITS == 0:
        raise CellWrong(code="mobile_scientific")
    return _checked_mobile(str(int(number)))


def _checked_mobile(text: str) -> str:
    try:
        return read_mobile(text)
    except MobileWrong as refusal:
        raise CellWrong(code=refusal.code, **refusal.facts) from None


def _count(cell: Cell, _columns: Columns) -> int:
    return read_count(cell.raw)


def _area(cell: Cell, _columns: Columns) -> Decimal:
    return read_area(cell.raw, cell.unit)


def _date(cell: Cell, columns: Columns) -> date | bool | None:
    """A day; False where the cell says that there is none, which for an agreement is an answer."""
    word = plain(half_width(cell.raw))
    if word in columns.words["no"]:
        return False
    if word in columns.words["open_ended"]:
        return None
    if word in columns.words["yes"]:
        cell.warn("date_missing")
        return None
    return read_date(cell.raw, at_end=cell.column.path.endswith(".end"))


def _period(cell: Cell, columns: Columns) -> tuple[date | None, date | None]:
    if plain(half_width(cell.raw)) in columns.words["open_ended"]:
        return None, None
    return read_period(cell.raw)


def _degrees(cell: Cell, _columns: Columns) -> float:
    if isinstance(cell.raw, int | float) and not isinstance(cell.raw, bool):
        return float(cell.raw)
    text = re.sub(r"[东西南北经纬度:NSEW\s]+(?=\d)|[NSEW\s]+$", "", half_width(cell.raw).upper())
    match = _DEGREES.fullmatch(text)
    if match is None:
        raise CellWrong(code="degrees_unreadable")
    try:
        degrees, minutes, seconds = (float(part or 0) for part in match.groups())
    except ValueError:
        raise CellWrong(code="degrees_unreadable") from None
    return degrees + minutes / 60 + seconds / 3600


def _point(cell: Cell, columns: Columns) -> tuple[float, float]:
    parts = [part for part in re.split(r"[,;、\s]+", half_width(cell.raw)) if part]
    if len(parts) != 2:  # noqa: PLR2004 - longitude and latitude
        raise CellWrong(code="point_unreadable")
    lon, lat = (_degrees(Cell(part, cell.column), columns) for part in parts)
    return lon, lat


def _crs(cell: Cell, _columns: Columns) -> str:
    try:
        return crs_of(half_width(cell.raw)).value
    except Refused as refusal:
        raise CellWrong(code=refusal.code, **refusal.facts) from None


def _region(cell: Cell, _columns: Columns) -> str:
    code = half_width(cell.raw).replace(" ", "")
    if not _REGION.fullmatch(code):
        raise CellWrong(code="region_code_wrong")
    return code


def _industry(cell: Cell, _columns: Columns) -> str | None:
    match = _INDUSTRY.match(half_width(cell.raw).upper())
    if match is None:
        cell.warn("industry_unreadable")
        return None
    try:
        return industries().code(match.group()) if match["letter"] else industries().with_letter(match["digits"])
    except Refused as refusal:
        cell.warn(refusal.code, **refusal.facts)
        return None


_READERS: Final[Mapping[CellKind, Callable[[Cell, Columns], Any]]] = {
    CellKind.TEXT: _text,
    CellKind.NAME: _name,
    CellKind.CREDIT_CODE: _credit_code,
    CellKind.MOBILE: _mobile,
    CellKind.COUNT: _count,
    CellKind.AREA: _area,
    CellKind.DATE: _date,
    CellKind.PERIOD: _period,
    CellKind.DEGREES: _degrees,
    CellKind.POINT: _point,
    CellKind.CRS: _crs,
    CellKind.REGION: _region,
    CellKind.INDUSTRY: _industry,
    CellKind.QUANTITY: lambda cell, _columns: read_number(cell.raw),
}
