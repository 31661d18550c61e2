"""The map of who says and hears what, and the dictionary of events and words, as one page of Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.contracts import vocabulary
from shared.contracts.event import Event
from shared.contracts.type_names import type_name
from shared.contracts.vocabulary import Value, Word

T = TypeVar("T")

Says = Mapping[str, Sequence[type[Event]]]
Hears = Mapping[str, Sequence[tuple[type[Event], str]]]

_HEAD = """# The events

Made by the code; do not edit. A message is one CloudEvent 1.0 in structured JSON; its `subject` is the site, its `sequence`
the version of the aggregate. `?` marks what may be absent. Fields are added, never renamed; no phone, ID number or
person's name travels.
"""


def render_map(says: Says, hears: Hears) -> str:
    """One page: who says what to whom, then each event with its fields, then the cards and words that they share."""
    listeners = _listeners(hears)
    said = [event for events in says.values() for event in events]
    lines = [
        _HEAD,
        *_overview(says, listeners),
        *_hearers(hears),
        *_events(says, listeners),
        *_cards(said),
        *_values(),
        *_words(),
    ]
    return "\n".join(lines).rstrip() + "\n"


def meaning(event: type[Event]) -> tuple[str, str]:
    """The Chinese term of an event and what it means, as its docstring states them."""
    term, _, text = (event.__doc__ or "").partition(": ")
    return term, " ".join(text.split())


def _listeners(hears: Hears) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for service, heard in hears.items():
        for event, consumer in heard:
            found.setdefault(event.event_name, []).append(f"{service} (`{consumer}`)")
    return found


def _overview(says: Says, listeners: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for service, events in says.items():
        yield f"## {service} says\n"
        yield "| Event | Means | On the wire | Heard by |\n|---|---|---|---|"
        for event in events:
            heard = ", ".join(listeners.get(event.event_name, ())) or "–"
            yield f"| [{event.__name__}](#{event.__name__.lower()}) | {meaning(event)[0]} | `{event.wire_type()}` | {heard} |"
        yield ""


def _hearers(hears: Hears) -> Iterator[str]:
    if not hears:
        return
    yield "## Who hears what\n"
    yield "| Service | Consumer | Events |\n|---|---|---|"
    for service, heard in hears.items():
        consumers: dict[str, list[str]] = {}
        for event, consumer in heard:
            consumers.setdefault(consumer, []).append(event.__name__)
        for consumer, names in consumers.items():
            yield f"| {service} | `{consumer}` | {', '.join(names)} |"
    yield ""


def _events(says: Says, listeners: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "## Every event\n"
    for service, events in says.items():
        for event in events:
            term, text = meaning(event)
            yield f"### {event.__name__}\n"
            yield f"**{term}** · `{event.wire_type()}` · said by {service} · `sequence` counts `{event.aggregate}`"
            yield f"· heard by {', '.join(listeners.get(event.event_name, ())) or 'nobody yet'}\n"
            yield f"{text[:1].upper()}{text[1:]}\n"
            yield from _own_fields(event)


def _own_fields(event: type[Event]) -> Iterator[str]:
    cards = _cards_of(event)
    carried = {name for card in cards for name in card.model_fields}
    own = {name: field for name, field in event.model_fields.items() if name not in carried}
    if cards:
        yield f"Carries {', '.join(f'[{card.__name__}](#{card.__name__.lower()})' for card in cards)}" + (
            ", and:\n" if own else ".\n"
        )
    if own:
        yield from _table(own)


def _cards(events: Sequence[type[Event]]) -> Iterator[str]:
    yield "## Cards\n"
    for card in dict.fromkeys(card for event in events for card in _cards_of(event)):
        yield from _described(card)


def _cards_of(event: type[Event]) -> list[type[BaseModel]]:
    return [base for base in event.__bases__ if issubclass(base, BaseModel) and not issubclass(base, Event)]


def _values() -> Iterator[str]:
    yield "## Values\n"
    for kind in _named(Value):
        yield from _described(kind)


def _described(model: type[BaseModel]) -> Iterator[str]:
    yield f"### {model.__name__}\n\n{' '.join((model.__doc__ or '').split())}\n"
    yield from _table(model.model_fields)


def _table(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield "| Field | Type | |\n|---|---|---|"
    for name, field in fields.items():
        wire = field.alias or name
        optional = "" if field.is_required() else "?"
        yield f"| `{wire}`{optional} | {type_name(field.annotation)} | {field.description or ''} |"
    yield ""


def _words() -> Iterator[str]:
    yield "## Words\n"
    for kind in _named(Word):
        written = " · ".join(f"`{word.value}` {word.zh}" for word in kind)
        yield f"**{kind.__name__}** {(kind.__doc__ or '').strip()}\n\n{written}\n"


def _named(parent: type[T]) -> list[type[T]]:
    kinds = (getattr(vocabulary, name) for name in vocabulary.__all__)
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, parent) and kind is not parent]
