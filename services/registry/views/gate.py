"""The gate's rules over time, and the list of those not to be admitted."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from services.registry.views.shape import Answer, LongLine, Note, Question

Version = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.-]{2,39}$")]


class NewRulebook(Question):
    """A whole rulebook in the form of the one that ships; it is checked before it is kept."""

    document: Annotated[dict[str, Any], Field(max_length=20)]


class Publication(Question):
    effective_from: date


class RulebookLine(Answer):
    version: str
    title: str
    state: str
    effective_from: date | None = None
    mark: str | None = None
    rules: int
    clauses: int
    created_at: datetime | None = None


class RulebookView(RulebookLine):
    document: dict[str, Any]


class Rulebooks(Answer):
    items: list[RulebookLine]


class NewBarred(Question):
    """One of uscc, name or industry_prefix (such as C26) says who is meant."""

    id: UUID | None = None
    uscc: Annotated[str, StringConstraints(max_length=60)] | None = None
    name: LongLine | None = None
    industry_prefix: Annotated[str, Field(max_length=20, json_schema_extra={"pattern": "^[A-T][0-9]{0,4}$"})] | None = None
    reason: Note
    basis: LongLine
    effective_from: date | None = None
    effective_to: date | None = None


class BarredEnding(Question):
    effective_to: date | None = None


class BarredView(Answer):
    id: UUID
    uscc: str | None = None
    name_key: str | None = None
    industry_prefix: str | None = None
    reason: str
    basis: str
    effective_from: date
    effective_to: date | None = None
