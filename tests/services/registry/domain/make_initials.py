"""Writes the tables of pinyin initials from the pypinyin package: `python -m tests.services.registry.domain.make_initials`.

The package itself takes 58 MB and a quarter of a second to load, and half a millisecond for a name.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pypinyin import Style
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.style import convert

from services.registry.domain import pinyin

FIRST: Final = 0x4E00
LAST: Final = 0x9FFF
_WIDTH: Final = 118
_PHRASES_WIDTH: Final = 68
_MADE: Final = "from pypinyin 0.55 (MIT) by tests.services.registry.domain.make_initials."


def letters() -> str:
    """For each character of the block, the first letter of its usual reading; a blank where it has none."""
    return "".join(map(_letter_of, range(FIRST, LAST + 1)))


def phrases() -> Iterator[str]:
    """The phrases in which some character is read with another letter than usual, each followed by its letters."""
    for phrase, readings in sorted(PHRASES_DICT.items()):
        initials = "".join(_first_letter(reading[0]) for reading in readings)
        if initials != "".join(_letter_of(ord(character)) for character in phrase):
            yield phrase + initials


def _letter_of(code: int) -> str:
    return _first_letter(PINYIN_DICT[code].split(",")[0]) if code in PINYIN_DICT else " "


def _first_letter(reading: str) -> str:
    return str(convert(reading, Style.FIRST_LETTER, strict=True)) or " "


def modules() -> dict[str, str]:
    """The content of both modules, by file name."""
    every = letters()
    table = (every[start : start + _WIDTH] for start in range(0, len(every), _WIDTH))
    return {
        "initials_of_characters.py": _module("The first letter of each character", "LETTERS", table),
        "initials_of_phrases.py": _module("Phrases that are read with other letters", "PHRASES", _lines(phrases())),
    }


def _lines(words: Iterable[str]) -> Iterator[str]:
    line = ""
    for word in words:
        if len(line) + len(word) > _PHRASES_WIDTH:
            yield line
            line = ""
        line += f"{word} "
    yield line


def _module(about: str, name: str, lines: Iterable[str]) -> str:
    body = "\n".join(f'    "{line}"' for line in lines)
    return f'"""{about}, {_MADE}"""\n\n{name} = (\n{body}\n)\n'


if __name__ == "__main__":
    for file, text in modules().items():
        Path(pinyin.__file__).with_name(file).write_text(text, encoding="utf-8")
