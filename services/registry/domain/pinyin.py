"""Names as people type them: one form for comparing, and the pinyin initials by which they are looked up (宏达 by "hd")."""

import re
import unicodedata
from typing import Final

from services.registry.domain.initials_of_characters import LETTERS
from services.registry.domain.initials_of_phrases import PHRASES

_NOT_A_LETTER: Final = re.compile(r"[\W_]+")
_FIRST_CHARACTER: Final = 0x4E00
_PHRASES: Final = dict(re.findall(r"([^a-z ]+)([a-z]+) ", PHRASES))
_BEGINNINGS: Final = frozenset(phrase[0] for phrase in _PHRASES)
_LONGEST: Final = max(map(len, _PHRASES))


def normalise(name: str) -> str:
    """The form in which two spellings of one name are equal: half-width, lower case, no blanks and no punctuation."""
    return _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", name)).casefold()


def initials(name: str) -> str:
    """The first letters of a name in pinyin; letters and digits stay as they are, and so does a character nobody reads."""
    word = normalise(name)
    if _BEGINNINGS.isdisjoint(word):
        return word.translate(_LETTER_OF)
    letters, place = "", 0
    while place < len(word):
        phrase = _phrase_at(word, place)
        letters += _PHRASES[phrase] if phrase else _letter(word[place])
        place += len(phrase) or 1
    return letters


def _phrase_at(word: str, place: int) -> str:
    """The longest phrase beginning here whose letters are not those of its characters (重庆 is cq)."""
    if word[place] not in _BEGINNINGS:
        return ""
    found = (word[place : place + length] for length in range(_LONGEST, 1, -1))
    return next((phrase for phrase in found if phrase in _PHRASES), "")


def _letter(character: str) -> str:
    return _LETTER_OF[ord(character)]


class _Letters(dict[int, str]):
    """The first letter by character, looked up once for each character that comes."""

    def __missing__(self, character: int) -> str:
        index = character - _FIRST_CHARACTER
        letter = LETTERS[index].strip() if 0 <= index < len(LETTERS) else ""
        self[character] = letter or chr(character)
        return self[character]


_LETTER_OF: Final = _Letters()
