"""Texts and rule books that the bureau has published."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, text, update

from services.notify.tables_publishing import books, templates
from shared.database import Transaction as Tx

_MARKS = text(
    "SELECT (SELECT id FROM notify.books WHERE state = 'published' ORDER BY published_at DESC LIMIT 1) AS book,"
    " (SELECT md5(string_agg(CAST(id AS text), ',' ORDER BY id)) FROM notify.templates WHERE state = 'published') AS shelf,"
    " (SELECT array_agg(DISTINCT name) FROM notify.subscriptions, unnest(events) AS name"
    " WHERE active AND purpose = 'events') AS followed"
)
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('notify.books'))")
_BODY = text("SELECT body FROM notify.books WHERE id = :id")
_TEMPLATES = text("SELECT body FROM notify.templates WHERE state = 'published' ORDER BY code, version")


async def marks_of_publication(tx: Tx) -> tuple[UUID | None, str | None, Sequence[str]]:
    """What identifies the book and the texts in force, which change with every publication; and the events that are followed."""
    row = await tx.row(_MARKS)
    return (row["book"], row["shelf"], row["followed"] or ()) if row else (None, None, ())


async def book_body(tx: Tx, book_id: UUID) -> str:
    body: str = await tx.value(_BODY, {"id": book_id})
    return body


async def published_templates(tx: Tx) -> Sequence[dict[str, Any]]:
    return [dict(row["body"]) for row in await tx.rows(_TEMPLATES)]


async def templates_of(tx: Tx, code: str | None = None) -> Sequence[RowMapping]:
    query = select(templates).order_by(templates.c.code, templates.c.version)
    return await tx.rows(query if code is None else query.where(templates.c.code == code))


async def template(tx: Tx, identity: UUID) -> RowMapping | None:
    return await tx.row(select(templates).where(templates.c.id == identity).with_for_update())


async def add_template(tx: Tx, row: dict[str, Any]) -> None:
    await tx.execute(insert(templates).values(row))


async def publish_template(tx: Tx, identity: UUID, by: str) -> None:
    values = {"state": "published", "published_by": by, "published_at": tx.now}
    await tx.execute(update(templates).where(templates.c.id == identity).values(values))


async def books_of(tx: Tx) -> Sequence[RowMapping]:
    return await tx.rows(select(books).order_by(books.c.written_at.desc()))


async def book(tx: Tx, identity: UUID) -> RowMapping | None:
    return await tx.row(select(books).where(books.c.id == identity))


async def add_book(tx: Tx, row: dict[str, Any]) -> None:
    await tx.execute(insert(books).values(row))


async def alone(tx: Tx) -> None:
    """Publishers go one by one; nobody who waits here holds anything that another needs."""
    await tx.execute(_ALONE)


async def publish_book(tx: Tx, identity: UUID, by: str) -> None:
    """One edition is in force; the one before is kept, so that older notices can be explained."""
    await tx.execute(update(books).where(books.c.state == "published").values(state="replaced"))
    values = {"state": "published", "published_by": by, "published_at": tx.now}
    await tx.execute(update(books).where(books.c.id == identity).values(values))
