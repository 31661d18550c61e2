"""Texts, rule books and broadcasts as they are asked for and shown."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.notify.channels.channel import KeyKind
from services.notify.views.notices import Shown
from shared.contracts.vocabulary import Level, SiteKind
from shared.web import Moment

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]


class NewTemplate(BaseModel):
    """A draft. ``texts`` is channel → language → text; ``otherwise`` serves the channels that are not named."""

    id: UUID | None = None
    code: Code
    title: dict[Literal["zh-CN", "en"], Annotated[str, StringConstraints(min_length=1, max_length=60)]]
    variables: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")], str] = Field(
        default={}, max_length=20, description="each with an example"
    )
    texts: dict[Annotated[str, StringConstraints(max_length=30)], dict[Literal["zh-CN", "en"], Text]] = Field(min_length=1)
    clause: str | None = Field(default=None, max_length=100)


class TemplateFault(BaseModel):
    """One rule that a text breaks, and where."""

    code: str
    place: str


class TemplateView(Shown):
    """One version of a text, with its length as carriers count it at its examples."""

    id: UUID | None = Field(default=None, description="none for a text that ships")
    code: str
    version: int
    state: Literal["shipped", "draft", "published", "replaced"]
    title: dict[str, str]
    variables: dict[str, str]
    texts: dict[str, dict[str, str]]
    mark: str | None = None
    characters: int | None = None
    parts: int | None = None
    faults: list[TemplateFault] = Field(default_factory=list)


class PreviewRequest(BaseModel):
    """A real event (a CloudEvent as it is on the wire), or values by hand; neither: the examples."""

    event: dict[str, Any] | None = None
    values: dict[str, str] = {}
    language: Literal["zh-CN", "en"] = "zh-CN"


class Preview(BaseModel):
    """What would be told on each channel."""

    title: str
    texts: dict[str, str]
    variables: dict[str, str]
    characters: int
    parts: int
    faults: list[TemplateFault]


class NewBook(BaseModel):
    """A rule book as YAML, the shape that GET gives."""

    id: UUID | None = None
    body: Annotated[str, StringConstraints(min_length=10, max_length=262_144)]


class BookView(BaseModel):
    """An edition of the rule book."""

    id: UUID | None = None
    edition: str
    state: Literal["shipped", "draft", "published", "replaced"]
    body: str
    kinds: list[str]
    flaws: list[TemplateFault] = Field(default=[], description="words in it that mean nothing; with one it is not published")
    written_by: str | None = None
    published_by: str | None = None


class Audience(BaseModel):
    """Which sites are told; every part that is given has to fit. ``facts`` are keys whose value is yes, or the value given."""

    grids: list[UUID] = Field(default=[], max_length=500)
    sites: list[UUID] = Field(default=[], max_length=5000)
    kinds: list[SiteKind] = Field(default=[], max_length=3)
    levels: list[Level] = Field(default=[], max_length=4)
    facts: dict[str, bool | str] = Field(default={}, max_length=20)
    to: list[Literal["principal", "safety_officer"]] = Field(default=["principal"], min_length=1)


class NewBroadcast(BaseModel):
    """A notice for many at once, such as a typhoon warning."""

    id: UUID | None = None
    template: Code
    variables: dict[str, Annotated[str, StringConstraints(max_length=20)]] = {}
    audience: Audience = Audience()
    send_after: Moment | None = None
    key_kind: KeyKind | None = Field(default=None, description="trial: rehearse it, whatever the instance is set to")


class BroadcastView(Shown):
    """How far a broadcast has come."""

    id: UUID
    template: str
    state: str
    planned: int
    ordered_by: str
    ordered_at: datetime
    send_after: datetime
    stopped_by: str | None = None
    ended_at: datetime | None = None
    states: dict[str, int] = Field(default_factory=dict)


class CampaignStopped(BaseModel):
    """Nothing about a campaign leaves any more; how many notices that had not left were cancelled."""

    campaign_id: UUID
    cancelled: int


class ProviderView(Shown):
    """One provider of a channel: its present share of the traffic, and whether somebody has stopped it."""

    channel: str
    provider: str
    points: int
    resting: int
    moved_at: datetime
    stopped_at: datetime | None = None
    reason: str | None = None


class ProviderChange(BaseModel):
    """Another resting share, or a stop."""

    resting: int | None = Field(default=None, ge=0, le=100)
    stopped: bool = False
    reason: str | None = Field(default=None, max_length=200)
