"""Personal numbers: read as people type them, checked, and shown with their middle hidden."""

import re
import unicodedata
from datetime import date
from typing import Final

from shared.errors import Refused

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_IDENTITY: Final = re.compile(r"\d{17}[\dX]")
_NOISE: Final = re.compile(r"[\s\-—–()（）.·]")  # noqa: RUF001 - clerks type these
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS: Final = "10X98765432"


class MobileWrong(Refused):
    """A mobile of mainland China is 11 digits, 13 to 19 first."""

    code = "mobile_wrong"
    zh = "手机号码应为 1 开头的 11 位数字"
    en = "A mobile number has 11 digits and begins with 13 to 19"


class IdentityNumberWrong(Refused):
    """18 characters of GB 11643 with a real date and the right check character."""

    code = "identity_number_wrong"
    zh = "身份证号码格式或校验位不正确"
    en = "The ID number's form or check character is wrong"


def read_mobile(text: str, *, pointer: str = "/mobile") -> str:
    """The eleven digits in what was typed: full-width, spaced, with +86; refused otherwise."""
    digits = _NOISE.sub("", unicodedata.normalize("NFKC", text)).removeprefix("+86").removeprefix("0086")
    if len(digits) > len("13800000000"):
        digits = digits.removeprefix("86")
    if not _MOBILE.fullmatch(digits):
        raise MobileWrong(pointer=pointer)
    return digits


def read_identity_number(text: str, *, pointer: str = "/id_number") -> str:
    """The 18 characters in what was typed; refused unless form, date and check character are right."""
    number = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _IDENTITY.fullmatch(number) or not _is_date(number[6:14]) or _check_character(number) != number[17]:
        raise IdentityNumberWrong(pointer=pointer)
    return number


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _check_character(number: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def masked_mobile(mobile: str | None) -> str | None:
    """138****0000."""
    return f"{mobile[:3]}****{mobile[-4:]}" if mobile else None


def masked_identity_number(number: str | None) -> str | None:
    """The last four only."""
    return f"{'*' * 14}{number[-4:]}" if number else None


def masked_person(name: str | None) -> str | None:
    """The first character only."""
    return f"{name[:1]}**" if name else None


def masked_email(email: str | None) -> str | None:
    """a***@example.org."""
    if not email:
        return None
    user, _, domain = email.partition("@")
    return f"{user[:1]}***@{domain}"
