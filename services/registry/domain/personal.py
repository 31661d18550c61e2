"""Personal numbers: read as people type them, checked, and shown with their middle hidden."""

import re
import unicodedata
from typing import Final

from shared.errors import Refused

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_NOISE: Final = re.compile(r"[\s\-—–()（）.·]")


class MobileWrong(Refused):
    """A mobile of mainland China is 11 digits, 13 to 19 first."""

    code = "mobile_wrong"
    zh = "手机号码应为 1 开头的 11 位数字"
    en = "A mobile number has 11 digits and begins with 13 to 19"


def read_mobile(text: str, *, pointer: str = "/mobile") -> str:
    """The eleven digits in what was typed: full-width, spaced, with +86; refused otherwise."""
    digits = _NOISE.sub("", unicodedata.normalize("NFKC", text)).removeprefix("+86").removeprefix("0086")
    if len(digits) > len("13800000000"):
        digits = digits.removeprefix("86")
    if not _MOBILE.fullmatch(digits):
        raise MobileWrong(pointer=pointer)
    return digits


def masked_mobile(mobile: str | None) -> str | None:
    """138****0000."""
    return f"{mobile[:3]}****{mobile[-4:]}" if mobile else None


def masked_id_number(number: str | None) -> str | None:
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
