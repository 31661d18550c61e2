"""Cells about facts: "有", "无", "木(6人)", "天然气、氧" become answers of the list of facts, and "不明" stays an answer."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from services.registry.domain.facts import UNKNOWN, FactKey, FactKind
from services.registry.domain.ledger_row import FactCells
from services.registry.ledger.cells import Cell, read_text
from services.registry.ledger.columns import Columns, plain
from services.registry.ledger.numbers import half_width, read_count, read_date, read_number
from services.registry.ledger.problems import CellWrong

_SEPARATORS: Final = re.compile(r"[、,;/及和]+")
_QUANTITY: Final = re.compile(r"\(?(?P<number>\d+(?:\.\d+)?)\s*(?:人|处|个|吨|t|kg|公斤|千克|台|次|只|瓶|套)?\)?$", re.IGNORECASE)


def read_fact(cell: Cell, fact: FactKey, columns: Columns) -> FactCells:
    """The answer in a cell that is not empty; raises CellWrong with the words that may be used."""
    text = half_width(cell.raw)
    if plain(text) in columns.words["unknown"]:
        return FactCells(UNKNOWN)
    return _READERS[fact.kind](cell, fact, columns)


def _tristate(cell: Cell, fact: FactKey, columns: Columns) -> FactCells:
    text = plain(half_width(cell.raw))
    if text in columns.words["yes"] or cell.raw is True:
        return FactCells(value=True)
    if text in columns.words["no"] or cell.raw is False:
        return FactCells(value=False)
    word, quantity = _split(text)
    if quantity is not None and (not word or word in columns.words["yes"]):
        return FactCells(quantity > 0, quantity or None, fact.unit)
    raise CellWrong(code="fact_unreadable", fact=fact.zh, words="是、否、不明")


def _items(cell: Cell, fact: FactKey, columns: Columns) -> FactCells:
    try:
        return _tristate(cell, fact, columns)
    except CellWrong:
        cell.warn("fact_taken_as_yes", fact=fact.zh)
        return FactCells(value=True)


def _choice(cell: Cell, fact: FactKey, columns: Columns) -> FactCells:
    word, quantity = _split(plain(half_width(cell.raw)))
    return FactCells(_one_of(word, fact, columns), quantity, fact.unit if quantity is not None else None)


def _choices(cell: Cell, fact: FactKey, columns: Columns) -> FactCells:
    words = [word for word in _SEPARATORS.split(plain(half_width(cell.raw))) if word]
    return FactCells(tuple(dict.fromkeys(_one_of(word, fact, columns) for word in words)))


def _one_of(word: str, fact: FactKey, columns: Columns) -> str:
    """The value behind a word: its label, the label's beginning ("木粉尘" is 木), or "none" for any kind of no."""
    meanings = {plain(label): value for value, label in fact.labels.items()} | {plain(value): value for value in fact.values}
    if word in meanings:
        return meanings[word]
    if "none" in fact.values and word in columns.words["no"]:
        return "none"
    begun = [value for label, value in meanings.items() if word.startswith(label) or word.removesuffix("类") == label]
    if len(begun) == 1:
        return begun[0]
    raise CellWrong(code="fact_unreadable", fact=fact.zh, words="、".join((*map(fact.label, fact.values), "不明")))


def _split(text: str) -> tuple[str, Decimal | None]:
    match = _QUANTITY.search(text)
    return (text[: match.start()], Decimal(match["number"])) if match else (text, None)


def _count(cell: Cell, _fact: FactKey, _columns: Columns) -> FactCells:
    return FactCells(read_count(cell.raw))


def _number(cell: Cell, _fact: FactKey, _columns: Columns) -> FactCells:
    return FactCells(read_number(cell.raw))


def _date(cell: Cell, _fact: FactKey, _columns: Columns) -> FactCells:
    return FactCells(read_date(cell.raw).isoformat())


def _text(cell: Cell, _fact: FactKey, _columns: Columns) -> FactCells:
    return FactCells(read_text(cell.raw))


_READERS: Final[Mapping[FactKind, Callable[[Cell, FactKey, Columns], FactCells]]] = {
    FactKind.TRISTATE: _tristate,
    FactKind.CHOICE: _choice,
    FactKind.CHOICES: _choices,
    FactKind.COUNT: _count,
    FactKind.NUMBER: _number,
    FactKind.DATE: _date,
    FactKind.TEXT: _text,
    FactKind.ITEMS: _items,
}


def with_quantity(answer: FactCells | None, quantity: Decimal, fact: FactKey) -> FactCells:
    """The answer together with the number from its own column; a number alone says yes to a yes-or-no question."""
    value: Any = answer.value if answer else (quantity > 0 if fact.kind in {FactKind.TRISTATE, FactKind.ITEMS} else None)
    return FactCells(value, quantity, fact.unit)
