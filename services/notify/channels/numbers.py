"""Mobile numbers of the mainland: their form, and how much of one may be shown."""

import re

_MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")


def is_mainland_mobile(number: str) -> bool:
    """Whether it is an eleven-digit mobile number, with or without the country code."""
    return number.isascii() and _MAINLAND.fullmatch(number) is not None


def national(number: str) -> str:
    """Eleven digits, without the country code."""
    found = _MAINLAND.fullmatch(number)
    return found.group(1) if found else number


def international(number: str) -> str:
    """E.164: ``+86`` and eleven digits."""
    return f"+86{national(number)}"


def masked(number: str) -> str:
    """``138****0001``; stars alone for anything that is no mobile number."""
    plain = national(number)
    return f"{plain[:3]}****{plain[-4:]}" if is_mainland_mobile(number) else "****"
