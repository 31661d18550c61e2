"""Credit codes (GB 32100-2015), subject codes (GB 11714) and ID numbers (GB 11643): tidied first, then checked.

Really existing companies carry credit codes whose check character is wrong, so that alone is a doubt, never a refusal.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.errors import Refused

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_SUBJECT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SUBJECT = slice(8, 16)
_ID_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_ID_CHECKS = "10X98765432"
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_BIRTHDAY = slice(6, 14)
_FILLING = re.compile(r"[\s\-'’`.·\u200b-\u200f\ufeff]")


class CreditCodeMalformed(Refused):
    """Not a credit code at all."""

    code = "uscc_malformed"
    zh = "不是统一社会信用代码"
    en = "Not a credit code"


class CreditCodeLength(CreditCodeMalformed):
    """Not 18 characters; old registration numbers have 15 and organisation codes 9."""

    code = "uscc_length"
    zh = "统一社会信用代码应为18位,现为{length}位"
    en = "A credit code has 18 characters, not {length}"


class CreditCodeAlphabet(CreditCodeMalformed):
    """A character that the standard leaves out, because it is easily misread."""

    code = "uscc_alphabet"
    zh = "统一社会信用代码只含数字和大写字母(不含 I、O、S、V、Z),第{place}位不对"
    en = "A credit code has digits and letters without I, O, S, V and Z; character {place} is neither"


class CreditCodeRegion(CreditCodeMalformed):
    """The registration region, characters 3 to 8, has something other than digits."""

    code = "uscc_region"
    zh = "统一社会信用代码第3至8位为登记机关区划,应全是数字"
    en = "Characters 3 to 8 of a credit code are the region and must be digits"


class IdNumberMalformed(Refused):
    """Not an ID number of a person: form, birthday or check digit."""

    code = "id_number_malformed"
    zh = "身份证号不对:{reason}"
    en = "Not a valid ID number"


class Doubt(StrEnum):
    """Why a well-formed credit code may still be mistyped; a person may keep it and give a reason."""

    CHECKSUM = "uscc_checksum"
    SUBJECT_CHECKSUM = "uscc_subject_checksum"


DOUBT_TEXTS = {
    Doubt.CHECKSUM: "统一社会信用代码校验位不符,请对照营业执照核实",
    Doubt.SUBJECT_CHECKSUM: "统一社会信用代码中的主体标识码(第9至17位)校验位不符,请核实",
}


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A well-formed credit code in its tidy form, and what is doubtful about it."""

    text: str
    doubts: tuple[Doubt, ...] = ()


def tidy(text: str) -> str:
    """Half-width, upper case, and without the blanks, hyphens and quotes that come with pasting."""
    return _FILLING.sub("", unicodedata.normalize("NFKC", text)).upper()


def read_credit_code(text: str) -> CreditCode:
    """The code that ``text`` means, with its doubts; raises CreditCodeMalformed (length, alphabet or region)."""
    code = tidy(text)
    if len(code) != _LENGTH:
        raise CreditCodeLength(length=len(code), pointer="/uscc")
    foreign = next((place for place, character in enumerate(code, start=1) if character not in _VALUE), None)
    if foreign:
        raise CreditCodeAlphabet(place=foreign, pointer="/uscc")
    if not code[2:8].isdecimal():
        raise CreditCodeRegion(pointer="/uscc")
    return CreditCode(code, _doubts(code))


def _doubts(code: str) -> tuple[Doubt, ...]:
    found = []
    if code[-1] != check_character(code[:-1]):
        found.append(Doubt.CHECKSUM)
    if code[16] != subject_check_character(code[_SUBJECT]):
        found.append(Doubt.SUBJECT_CHECKSUM)
    return tuple(found)


def check_character(body: str) -> str:
    """The eighteenth character that belongs to the seventeen of ``body``."""
    total = sum(_VALUE[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return _ALPHABET[(31 - total % 31) % 31]


def subject_check_character(body: str) -> str:
    """The ninth character of a subject code (GB 11714) that belongs to the eight of ``body``."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _SUBJECT_WEIGHTS, strict=True))
    return "0123456789X"[(11 - total % 11) % 11]


def read_id_number(text: str, today: date) -> str:
    """The tidy form of a person's 18-character ID number; raises IdNumberMalformed, which never carries the number."""
    number = tidy(text)
    if fault := _fault_of_id_number(number, today):
        raise IdNumberMalformed(reason=fault, pointer="/id_number")
    return number


def resembles_id_number(text: str) -> bool:
    """Whether a text has the form and a birthday of an ID number: such a text in the wrong column is personal data there."""
    number = tidy(text)
    return bool(_ID_NUMBER.fullmatch(number)) and _was_born(number[_BIRTHDAY], date(2100, 12, 31))


def is_id_number(text: str) -> bool:
    """Whether a text is an ID number in every respect that can be checked without knowing the person."""
    return _fault_of_id_number(tidy(text), date(2100, 12, 31)) is None


def _fault_of_id_number(number: str, today: date) -> str | None:
    if not _ID_NUMBER.fullmatch(number):
        return "应为18位"
    if not _was_born(number[_BIRTHDAY], today):
        return "出生日期不存在"
    total = sum(int(digit) * weight for digit, weight in zip(number[:-1], _ID_WEIGHTS, strict=True))
    return None if number[-1] == _ID_CHECKS[total % 11] else "校验位不符"


def _was_born(digits: str, today: date) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return date(1870, 1, 1) <= born <= today
