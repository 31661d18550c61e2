"""What WeChat allows in a field of a message template, by the field's kind: ``thing1`` is a thing, ``phrase2`` a phrase."""

import re
from collections.abc import Callable, Mapping
from datetime import date

_KIND = re.compile(r"([a-z_]+?)\d+(?:\.DATA)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_AMOUNT = re.compile(r"[¥￥$]?\d{1,10}(\.\d{1,2})?(元)?")
_TIME = re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})?\s*(\d{1,2}:\d{2}(:\d{2})?)?")
_SYMBOLS = re.compile(r"[\x21-\x7e]+")
_PHONE = re.compile(r"[+\d][\d\- ]{2,16}")
_HAN = re.compile(r"[㐀-鿿]")
_PLATE = re.compile(r"[0-9A-Za-z㐀-鿿]{1,8}")
_BREAKS = re.compile(r"[\r\n\t]+")
_EMPTY = "无"
_DATED = ("time", "date")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = r"(?P<month>\d{1,2})月(?P<day>\d{1,2})日"
_DAY_IN_ENGLISH = rf"(?P<number>\d{{1,2}}) (?P<name>{'|'.join(_MONTHS)})"
_SAID = re.compile(rf"(?:{_DAY}|{_DAY_IN_ENGLISH})(?P<rest>( \d{{1,2}}:\d{{2}})?)")

Fit = Callable[[str], str | None]


def fitted(fields: Mapping[str, str], today: date) -> dict[str, dict[str, str]] | str:
    """The ``data`` of a message, each value made to fit; the name of the first field that no cutting can save."""
    data = {}
    for field, value in fields.items():
        fit = fit_value(field, with_year(value, today) if field.startswith(_DATED) else value)
        if fit is None:
            return field
        data[field] = {"value": fit}
    return data


def with_year(value: str, today: date) -> str:
    """``12月1日`` (or ``1 Dec``) with the year in which it is nearest to today: we write days as people say them."""
    found = _SAID.fullmatch(value.strip())
    if found is None:
        return value
    month, day = int(found["month"] or _MONTHS.index(found["name"]) + 1), int(found["day"] or found["number"])
    days = [moment for year in (-1, 0, 1) if (moment := _date(today.year + year, month, day))]
    nearest = min(days, key=lambda moment: abs(moment - today), default=None)
    return f"{nearest.year}年{month}月{day}日{found['rest']}" if nearest else value


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def fit_value(field: str, value: str) -> str | None:
    """A value as its field takes it: without line breaks, never empty, cut where that does no harm; None where it cannot fit."""
    kind = _KIND.fullmatch(field)
    rule = _RULES.get(kind.group(1)) if kind else None
    plain = _BREAKS.sub(" ", value).strip()
    return rule(plain) if rule else _cut(20)(plain)


def _cut(longest: int) -> Fit:
    return lambda value: value[:longest].strip() or _EMPTY


def _only(pattern: re.Pattern[str], longest: int) -> Fit:
    return lambda value: value if value and len(value) <= longest and pattern.fullmatch(value) else None


def _phrase(value: str) -> str | None:
    return "".join(_HAN.findall(value))[:5] or None


def _name(value: str) -> str | None:
    return value[: 10 if _HAN.search(value) else 20].strip() or None


_RULES: Mapping[str, Fit] = {
    "thing": _cut(20),
    "const": _cut(20),
    "character_string": _only(_SYMBOLS, 32),
    "number": _only(_NUMBER, 32),
    "letter": _only(re.compile(r"[A-Za-z]+"), 32),
    "symbol": _only(_SYMBOLS, 5),
    "time": _only(_TIME, 32),
    "date": _only(_TIME, 32),
    "amount": _only(_AMOUNT, 16),
    "phone_number": _only(_PHONE, 17),
    "car_number": _only(_PLATE, 8),
    "phrase": _phrase,
    "name": _name,
}
