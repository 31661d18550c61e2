"""By what a record is found: its name, its code and its pinyin initials, cut into grams that an index holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import add

from services.registry.domain.pinyin import initials, normalise


@dataclass(frozen=True, slots=True)
class Findable:
    """``search`` is compared with what was typed, ``grams`` are its pieces of one and two characters for the index."""

    search: str
    grams: list[str]


def findable(*names: str, codes: Iterable[str | None] = ()) -> Findable:
    """A record that is found by any of its names, their initials, or its codes."""
    keys = dict.fromkeys(normalise(name) for name in names if name)
    words = dict.fromkeys([*keys, *map(_initials, keys), *(normalise(code) for code in codes if code)])
    return Findable("\n".join(words), sorted(set().union(*map(_grams, words))))


@lru_cache(maxsize=8192)
def _initials(key: str) -> str:
    """The initials of a name; a firm's name comes again with its site."""
    return initials(key)


def grams_of(word: str) -> set[str]:
    """All pieces of one and of two characters."""
    return {*word, *map(add, word, word[1:])}


@lru_cache(maxsize=2048)
def _grams(word: str) -> frozenset[str]:
    """A firm's name and code come again with its site, in the same chunk of a ledger; each takes some 6 KB."""
    return frozenset(grams_of(word))


def asked_grams(typed: str) -> list[str]:
    """The pieces that a record must hold to match what was typed; empty where nothing usable was typed."""
    word = normalise(typed)
    return sorted({word[place : place + 2] for place in range(len(word) - 1)} or set(word))
