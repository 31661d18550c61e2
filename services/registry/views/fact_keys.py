"""The questions that a site can be asked, and the answers over time."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from services.registry.domain.facts import FactKind
from services.registry.views.shape import Answer, Line, Question
from services.registry.views.sites import FactKeyName


class FactKeyView(Answer):
    key: str
    type: FactKind
    zh: str
    en: str
    values: list[str]
    labels: dict[str, str]
    unit: str | None = None
    fields: dict[str, FactKind]
    required: bool
    derived: bool
    risk: str | None = None
    shipped: bool


class FactKeys(Answer):
    version: str
    items: list[FactKeyView]


class RiskEntry(Question):
    """The answers that make a site a risk of a kind: those in ``when``, or all but those in ``unless``."""

    kind: FactKeyName
    when: Annotated[list[Any], Field(max_length=50)] = Field(default_factory=list)
    unless: Annotated[list[Any], Field(max_length=50)] = Field(default_factory=list)


class NewFactKey(Question):
    """A question of the bureau's own; no release and no migration is needed."""

    type: FactKind
    zh: Line
    en: Line
    values: Annotated[list[Line], Field(max_length=100)] = Field(default_factory=list)
    labels: dict[str, Line] = Field(default_factory=dict)
    unit: Line | None = None
    fields: dict[FactKeyName, FactKind] = Field(default_factory=dict)
    required: bool = False
    risk: RiskEntry | None = None


class FactVersion(Answer):
    entry: dict[str, Any]
    recorded_at: datetime


class FactHistory(Answer):
    items: list[FactVersion]
