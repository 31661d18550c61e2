"""The frozen contracts: one schema and one sample per event version, kept beside the code that states them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.contracts.compatibility import compare
from shared.contracts.event import Event, UnreadableEventError, decode
from shared.contracts.sampling import sample_of
from shared.contracts.wire_schema import schema_of

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one contract; ``writable`` where ``write`` puts it right without harm to a hearer."""

    event: str
    text: str
    writable: bool

    def __str__(self) -> str:
        return f"{self.event} {self.text}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder with ``schemas`` and ``samples``."""

    folder: Path = HERE

    def schema(self, wire_type: str) -> Path:
        """Where the frozen schema of an event version stands."""
        return self.folder / "schemas" / f"{wire_type}.json"

    def sample(self, wire_type: str) -> Path:
        """Where the sample of an event version stands."""
        return self.folder / "samples" / f"{wire_type}.json"

    def wire_types(self) -> set[str]:
        """Every event version of which something is kept."""
        return {path.stem for kind in ("schemas", "samples") for path in (self.folder / kind).glob("*.json")}


def check(events: Sequence[type[Event]], shelf: Shelf) -> list[Finding]:
    """Every way in which the classes and what was frozen differ; empty when all is as published."""
    known = {event.wire_type() for event in events}
    gone = [Finding(name, "is frozen but no class states it", writable=False) for name in sorted(shelf.wire_types() - known)]
    return gone + [finding for event in events for finding in (*_schema_findings(event, shelf), *_sample_findings(event, shelf))]


def write(events: Sequence[type[Event]], shelf: Shelf) -> tuple[list[Path], list[Finding]]:
    """Freeze what is new or compatibly changed: the files written, and what was refused (then nothing is written)."""
    findings = check(events, shelf)
    refused = [finding for finding in findings if not finding.writable]
    if refused:
        return [], refused
    texts = {**_new_schemas(events, shelf), **_new_samples(events, shelf)}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts), []


def _schema_findings(event: type[Event], shelf: Shelf) -> Iterable[Finding]:
    name, path = event.wire_type(), shelf.schema(event.wire_type())
    if not path.exists():
        yield Finding(name, "has no frozen schema", writable=True)
        return
    frozen, current = json.loads(path.read_text(encoding="utf-8")), schema_of(event)
    changes = compare(frozen, current)
    yield from (Finding(name, str(change), change.compatible) for change in changes)
    if not changes and frozen != current:
        yield Finding(name, "its description is newer than its frozen schema", writable=True)


def _sample_findings(event: type[Event], shelf: Shelf) -> Iterable[Finding]:
    name, path = event.wire_type(), shelf.sample(event.wire_type())
    if not path.exists():
        yield Finding(name, "has no sample", writable=True)
        return
    try:
        decode(path.read_bytes())
    except UnreadableEventError as error:
        yield Finding(name, f"its sample is unreadable: {error}", writable=False)


def _new_schemas(events: Sequence[type[Event]], shelf: Shelf) -> dict[Path, str]:
    texts = {shelf.schema(event.wire_type()): _pretty(schema_of(event)) for event in events}
    return {path: text for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text}


def _new_samples(events: Sequence[type[Event]], shelf: Shelf) -> dict[Path, str]:
    paths = {shelf.sample(event.wire_type()): event for event in events}
    return {path: _pretty(sample_of(event)) for path, event in paths.items() if not path.exists()}


def _pretty(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
