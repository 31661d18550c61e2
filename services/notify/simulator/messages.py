"""A message that a pretended provider took, and what became of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Self


class State(IntEnum):
    """How far a message came: taken, shown on the phone, refused by it, or taken and silently dropped."""

    WAITING = 0
    DELIVERED = 1
    FAILED = 2
    DROPPED = 3

    @property
    def zh(self) -> str:
        """For the page."""
        return ("已提交", "已送达", "未送达", "被静默丢弃")[self]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``id`` is the provider's number, ``key`` is ours; ``fields`` are the lines of a card, with their labels."""

    provider: str
    to: str = field(repr=False)
    id: str
    key: str
    template: str
    title: str
    text: str = field(repr=False)
    at: datetime
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    link: str = field(default="", repr=False)
    parts: int = 1

    def to_tree(self) -> dict[str, Any]:
        """As it is written down."""
        return {**asdict(self), "fields": dict(self.fields), "at": self.at.isoformat()}

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Self:
        """As it was written down."""
        return cls(**{**tree, "at": datetime.fromisoformat(tree["at"])})


@dataclass(frozen=True, slots=True)
class End:
    """What became of a message, with the carrier's code."""

    state: State
    code: str
    at: datetime
