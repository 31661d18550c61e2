"""What a plan is made of: an occurrence, and the people around it as far as they are known here, by id only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.quiet import Quiet
from shared.contracts.vocabulary import ContactRole, OfficerRole, Recipient, SiteKind


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that somebody may have to be told of: an event, or a reminder, rung or brief of our own."""

    id: UUID
    name: str
    at: datetime
    facts: Mapping[str, Any] = field(repr=False)

    @property
    def site_id(self) -> UUID | None:
        """The site that it concerns."""
        return self.facts.get("site_id")


@dataclass(frozen=True, slots=True)
class Site:
    """A place as notify knows it."""

    id: UUID
    kind: SiteKind
    party_id: UUID
    landlord_site_id: UUID | None
    grid_id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a party: an id and what it is for."""

    id: UUID
    role: ContactRole


@dataclass(frozen=True, slots=True)
class Officer:
    """Who answers for a grid."""

    id: UUID
    role: OfficerRole


@dataclass(frozen=True, slots=True)
class Desk:
    """A post on duty: for one grid or for all, for one department or for none in particular."""

    recipient: Recipient
    officer_id: UUID
    grid_id: UUID | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class ChatGroup:
    """A chat group that follows grids or sites; without either it follows everything."""

    id: UUID
    grids: frozenset[UUID] = frozenset()
    sites: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Preference:
    """What a party chose among what the law leaves free."""

    channels: tuple[str, ...] = ()
    quiet: Quiet | None = None
    language: str = "zh-CN"
    off: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that a plan may look up. ``landlords`` holds the lease chain of a site, the nearest landlord first.

    ``titles`` and ``clauses`` (``5.1@2026.1``) are what the newest handbook says of a checklist item.
    """

    sites: Mapping[UUID, Site] = field(default_factory=dict)
    landlords: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    contacts: Mapping[UUID, Sequence[Contact]] = field(default_factory=dict)
    officers: Mapping[UUID, Sequence[Officer]] = field(default_factory=dict)
    desks: Sequence[Desk] = ()
    groups: Sequence[ChatGroup] = ()
    preferences: Mapping[UUID, Preference] = field(default_factory=dict)
    unreachable: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    clauses: Mapping[str, str] = field(default_factory=dict)
