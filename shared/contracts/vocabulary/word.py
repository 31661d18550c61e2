"""A word of the vocabulary: lower-case English on the wire, and the Chinese term that officers know it by."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A closed set of words; each member is written as its English value and knows its Chinese term ``zh``."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Self:
        """``zh`` is given once, where the member is declared; ``Level("blue")`` finds the member by its value."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.zh = zh
        return word
