"""Lines of work: sections and divisions of GB/T 4754 (what is finer is checked for form only), and supervised industries."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from shared.errors import Refused

_CODE = re.compile(r"(?P<letter>[A-Z])(?P<digits>[0-9]{2,4})")
_PREFIX = re.compile(r"(?P<letter>[A-Z])(?P<digits>[0-9]{0,4})")
_DIVISION = slice(0, 2)


class IndustryCodeWrong(Refused):
    """Not a code of the standard at all."""

    code = "industry_code_wrong"
    zh = "行业代码应为门类字母(A至T)加2至4位数字,如C3311({edition})"
    en = "An industry code is the letter of a section (A to T) and two to four digits, such as C3311 ({edition})"


class DivisionUnknown(Refused):
    """The first two digits are no division."""

    code = "industry_division_unknown"
    zh = "行业代码的前两位不是{edition}的大类:大类为01至97,制造业为C13至C43"
    en = "The first two digits are no division of {edition}: divisions are 01 to 97, manufacturing C13 to C43"


class SectionWrong(Refused):
    """The division stands under another letter."""

    code = "industry_section_wrong"
    zh = "行业代码的字母与大类不符:“{division}”属于门类{letter}({edition})"
    en = "The letter does not fit the division: {division} belongs to section {letter} ({edition})"


class SupervisionUnknown(Refused):
    """The list of supervised industries is closed."""

    code = "supervision_industry_unknown"
    zh = "监管行业请填写:{words}{hint}"
    en = "A supervised industry is one of {words}{hint}"


@dataclass(frozen=True, slots=True)
class Industries:
    """The two lists: names by letter, ``(letter, name)`` by division, words of clerks by supervised industry."""

    edition: str
    sections: Mapping[str, str]
    divisions: Mapping[str, tuple[str, str]]
    supervision: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Industries":
        """The lists in a parsed document. Raises ValueError where a division stands under two letters."""
        listed = [
            (number, letter, zh) for letter, part in document["sections"].items() for number, zh in part["divisions"].items()
        ]
        divisions = {number: (letter, zh) for number, letter, zh in listed}
        if len(divisions) < len(listed):
            message = "a division stands under two letters"
            raise ValueError(message)
        return cls(
            edition=document["edition"],
            sections={letter: part["zh"] for letter, part in document["sections"].items()},
            divisions=divisions,
            supervision={word: tuple(more) for word, more in document["supervision"]["words"].items()},
        )

    def code(self, text: str) -> str:
        """A code, tidied. Raises IndustryCodeWrong, DivisionUnknown, SectionWrong."""
        return self._read(_CODE, text)

    def prefix(self, text: str) -> str:
        """The beginning of codes: a letter, and as many digits as one likes. Raises as ``code`` does."""
        return self._read(_PREFIX, text)

    def with_letter(self, digits: str) -> str:
        """The code of digits that were written without their letter; raises as ``code`` does."""
        return self.code(f"{self.divisions.get(digits[_DIVISION], ('C', ''))[0]}{digits}")

    def supervised(self, word: str) -> str:
        """A supervised industry. Raises SupervisionUnknown with the nearest one."""
        if word not in self.supervision:
            raise SupervisionUnknown(words="、".join(self.supervision), hint=hint(word, self.supervision))
        return word

    def _read(self, form: re.Pattern[str], text: str) -> str:
        match = form.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
        if match is None or match["letter"] not in self.sections:
            raise IndustryCodeWrong(edition=self.edition)
        begun = [found for number, found in self.divisions.items() if number.startswith(match["digits"][_DIVISION])]
        if not begun:
            raise DivisionUnknown(edition=self.edition)
        if all(letter != match["letter"] for letter, _ in begun):
            letter, zh = begun[0]
            raise SectionWrong(edition=self.edition, letter=letter, division=zh)
        return match.group()


def hint(text: str, words: Collection[str]) -> str:
    """``;是否为“…”`` with the word that is nearest to a text, or nothing: the text itself is never repeated."""
    shared = [word for word in words if word in text or text in word]
    near = sorted(shared, key=len, reverse=True) or get_close_matches(text, words, n=1, cutoff=0.5)
    return f";是否为“{near[0]}”" if text and near else ""
