"""Texts and rule books that the bureau has published."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.database import Transaction as Tx

_MARKS = text(
    "SELECT (SELECT id FROM notify.books WHERE state = 'published') AS book,"
    " (SELECT md5(string_agg(CAST(id AS text), ',' ORDER BY id)) FROM notify.templates WHERE state = 'published') AS shelf"
)
_BODY = text("SELECT body FROM notify.books WHERE id = :id")
_TEMPLATES = text("SELECT body FROM notify.templates WHERE state = 'published' ORDER BY code, version")


async def marks_of_publication(tx: Tx) -> tuple[UUID | None, str | None]:
    """What identifies the book and the texts in force: they change with every publication."""
    row = await tx.row(_MARKS)
    return (row["book"], row["shelf"]) if row else (None, None)


async def book_body(tx: Tx, book_id: UUID) -> str:
    body: str = await tx.value(_BODY, {"id": book_id})
    return body


async def published_templates(tx: Tx) -> Sequence[dict[str, Any]]:
    return [dict(row["body"]) for row in await tx.rows(_TEMPLATES)]
