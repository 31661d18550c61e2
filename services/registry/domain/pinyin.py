"""Names as people type them: one form for comparing, and the pinyin initials by which they are looked up (宏达 by "hd")."""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

_NOT_A_LETTER = re.compile(r"[\W_]+")


def normalise(name: str) -> str:
    """The form in which two spellings of one name are equal: half-width, lower case, no blanks and no punctuation."""
    return _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", name)).casefold()


def initials(name: str) -> str:
    """The first letters of a name in pinyin; letters and digits stay as they are."""
    return "".join(lazy_pinyin(normalise(name), style=Style.FIRST_LETTER)).casefold()
