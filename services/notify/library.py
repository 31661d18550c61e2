"""The rule book, the texts and the short words in force: what ships, with what the bureau has published over it."""

import time
from functools import cache, lru_cache
from importlib.resources import files
from uuid import UUID
from weakref import WeakKeyDictionary

import yaml
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify.domain.book import Book
from services.notify.domain.planning import Library
from services.notify.domain.shelf import Shelf
from services.notify.domain.template import Template
from services.notify.domain.values import Words
from services.notify.store import publishing
from shared.database import Transaction as Tx

_SECONDS = 1.0
_DATA = files("services.notify") / "data"


@cache
def shipped_book() -> Book:
    """The edition that ships."""
    return Book.read(shipped_text())


@cache
def shipped_text() -> str:
    """The edition that ships, as people edit it."""
    return (_DATA / "rules.yaml").read_text("utf-8")


@cache
def shipped_shelf() -> Shelf:
    """The texts that ship."""
    return Shelf.read((_DATA / "templates.yaml").read_text("utf-8"))


@cache
def shipped_words() -> Words:
    """The short words that ship."""
    words: Words = yaml.safe_load((_DATA / "words.yaml").read_text("utf-8"))
    return words


async def in_force(tx: Tx) -> Library:
    """What holds now: looked up at most once a second, read again only when something was published since."""
    engine, now = tx.connection.engine, time.monotonic()
    until, known = _SEEN.get(engine, (0.0, None))
    if known is None or until < now:
        book_id, shelf_mark, followed = await publishing.marks_of_publication(tx)
        known = Library(await _book(tx, book_id), await _shelf(tx, shelf_mark), shipped_words(), frozenset(followed))
        _SEEN[engine] = (now + _SECONDS, known)
    return known


def look_again(tx: Tx) -> None:
    """Something was published in this process: the next look goes to the database."""
    _SEEN.pop(tx.connection.engine, None)


async def _book(tx: Tx, book_id: UUID | None) -> Book:
    if book_id is None:
        return shipped_book()
    if book_id not in _BOOKS:
        _BOOKS[book_id] = _read_book(await publishing.book_body(tx, book_id))
    return _BOOKS[book_id]


async def _shelf(tx: Tx, mark: str | None) -> Shelf:
    if mark is None:
        return shipped_shelf()
    if mark not in _SHELVES:
        rows = await publishing.published_templates(tx)
        _SHELVES[mark] = Shelf.of([*shipped_shelf().all(), *(Template.of(row) for row in rows)])
    return _SHELVES[mark]


@lru_cache(maxsize=8)
def _read_book(body: str) -> Book:
    return Book.read(body)


_SEEN: "WeakKeyDictionary[AsyncEngine, tuple[float, Library]]" = WeakKeyDictionary()
_BOOKS: dict[UUID, Book] = {}
_SHELVES: dict[str, Shelf] = {}
