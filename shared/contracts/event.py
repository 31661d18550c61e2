"""The event, its registration by wire name and version, and its envelope: one complete CloudEvent 1.0 in structured JSON."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json, to_json

from shared.contracts.envelope import Envelope, attributes_of, envelope_of

__all__ = [
    "CONTENT_TYPE",
    "Envelope",
    "Event",
    "UnreadableEventError",
    "decode",
    "encode",
    "known_events",
    "newest",
    "subject_filter",
    "subject_of",
]

CONTENT_TYPE = "application/cloudevents+json"
_WIRE_NAME = re.compile(r"[a-z]+\.[a-z][a-z_]*")
_VERSION = re.compile(r"[1-9][0-9]{0,3}")
_CLASSES: dict[tuple[str, int], type["Event"]] = {}
E = TypeVar("E", bound="Event")


class UnreadableEventError(ValueError):
    """A message that nobody can parse: bad JSON, no known type, or a body that breaks its contract.

    The text names places and rules, never values, because values may be personal data.
    """


class Event(BaseModel):  # noqa: PLW1641 - Pydantic gives a frozen class the hash of its facts
    """A fact, past tense, immutable; unknown fields are ignored so that a newer speaker can be heard.

    A subclass states its wire name and version, and which of its fields is the aggregate that ``sequence`` counts.
    """

    __slots__ = ("_heard_in",)  # not a private attribute of Pydantic's: those are forty times slower to read
    if TYPE_CHECKING:
        _heard_in: Envelope

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
        protected_namespaces=(),
    )

    event_name: ClassVar[str]
    event_version: ClassVar[int]
    aggregate: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Pydantic hands the class arguments to both hooks; this one has no use for them.
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(  # type: ignore[override]
        cls, *, name: str, aggregate: str, version: int = 1, **kwargs: Any
    ) -> None:
        """Register the class under its written name; a second class for the same name and version is refused."""
        super().__pydantic_init_subclass__(**kwargs)
        if not _WIRE_NAME.fullmatch(name):
            message = f"{name!r} is not <service>.<event> in lower case"
            raise TypeError(message)
        if aggregate not in cls.model_fields:
            message = f"{name}: aggregate {aggregate!r} is not a field of the event"
            raise TypeError(message)
        if (name, version) in _CLASSES:
            message = f"{name}.v{version} is already {_CLASSES[name, version].__qualname__}"
            raise TypeError(message)
        cls.event_name, cls.event_version, cls.aggregate = name, version, aggregate
        _CLASSES[name, version] = cls

    def __eq__(self, other: object) -> bool:
        """The same class with the same facts; the envelope in which it was heard is no part of the fact."""
        return type(self) is type(other) and self.__dict__ == other.__dict__

    @property
    def envelope(self) -> Envelope:
        """The envelope in which the event was heard; LookupError for an event that was never said."""
        try:
            return self._heard_in
        except AttributeError:
            message = f"{type(self).__name__} was not heard: it has no envelope"
            raise LookupError(message) from None

    def enveloped(self, envelope: Envelope) -> Self:
        """The same event, remembering the envelope it came in."""
        return _put(self.model_copy(), envelope)

    def upcast(self) -> "Event":
        """The same fact as the next version of its class; the newest class answers itself."""
        return self

    @classmethod
    def wire_type(cls) -> str:
        """CloudEvent ``type``, for example ``registry.site_registered.v1``."""
        return f"{cls.event_name}.v{cls.event_version}"

    @classmethod
    def stream(cls) -> str:
        """The JetStream stream that carries the event: its speaker's name in capitals."""
        return cls.event_name.partition(".")[0].upper()

    @property
    def site(self) -> UUID | None:
        """The site that the event concerns, or None."""
        return cast("UUID | None", getattr(self, "site_id", None))


def known_events() -> Iterator[type[Event]]:
    """Every registered class, retired versions included, in order of wire name and version."""
    return (_CLASSES[key] for key in sorted(_CLASSES))


def newest(event: type[Event]) -> type[Event]:
    """The class of the highest version registered under the same wire name."""
    return max((cls for (name, _), cls in _CLASSES.items() if name == event.event_name), key=lambda cls: cls.event_version)


def subject_filter(event: type[Event]) -> list[str]:
    """NATS subjects under which any registered version of the event travels."""
    versions = sorted(version for name, version in _CLASSES if name == event.event_name)
    return [f"{event.event_name}.v{version}.*" for version in versions]


def subject_of(event: Event) -> str:
    """The NATS subject of one event: ``<service>.<event>.v<N>.<site id>``, ``-`` where no site is concerned."""
    return f"{event.wire_type()}.{event.site or '-'}"


def encode(event: Event, envelope: Envelope) -> bytes:
    """One complete CloudEvent 1.0 in structured JSON, as it stands on the wire and in the outbox."""
    return to_json({**attributes_of(envelope), "data": event})


def decode(raw: bytes) -> Event:
    """The newest class of the event in ``raw``, with its envelope; raises UnreadableEventError.

    An event of a version newer than any class here is unreadable: consumers deploy before the speaker says a new version.
    """
    message = _parse(raw)
    cls = _class_of(message)
    try:
        event: Event = cls.model_validate(message.get("data"))
        envelope = envelope_of(message)
    except ValidationError as error:
        raise UnreadableEventError(_places(cls, error)) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        text = f"envelope: {type(error).__name__}"
        raise UnreadableEventError(text) from None
    try:
        return _put(_newest_of(event), envelope)
    except Exception as error:  # noqa: BLE001 - whatever it is, it would end every process that hears the event
        text = f"upcast: {type(error).__name__}"
        raise UnreadableEventError(text) from None


def _put(event: E, envelope: Envelope) -> E:
    object.__setattr__(event, "_heard_in", envelope)  # past the class, which is frozen
    return event


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        message = from_json(raw)
    except ValueError:
        text = "not JSON"
        raise UnreadableEventError(text) from None
    if not isinstance(message, dict) or message.get("specversion") != "1.0":
        text = "not a CloudEvent 1.0"
        raise UnreadableEventError(text)
    return cast("dict[str, Any]", message)


def _class_of(message: dict[str, Any]) -> type[Event]:
    name, _, version = str(message.get("type")).rpartition(".v")
    cls = _CLASSES.get((name, int(version))) if _VERSION.fullmatch(version) else None
    if cls is None:
        text = "type: not a known event and version"
        raise UnreadableEventError(text)
    return cls


def _newest_of(event: Event) -> Event:
    while (following := event.upcast()) is not event:
        event = following
    return event


def _places(cls: type[Event], error: ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{_place(cls, item['loc'])}: {item['type']}" for item in found[:8])


def _place(cls: type[Event], steps: tuple[int | str, ...]) -> str:
    """Where it is wrong; a key that is not a field's name came from outside and may be personal, so it is not told."""
    known = _field_names(cls)
    return ".".join(["data", *(str(step) if isinstance(step, int) or step in known else "*" for step in steps)])


@cache
def _field_names(cls: type[Event]) -> frozenset[str]:
    schema = cls.model_json_schema()
    parts = (schema, *schema.get("$defs", {}).values())
    return frozenset(name for part in parts for name in part.get("properties", {}))
