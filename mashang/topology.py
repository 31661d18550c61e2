"""``mashang map``: who says and hears what, made from the services as they are wired."""

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from shared.contracts.event_map import render_map
from shared.service import Service


def show(services: Sequence[Service], *, write: Path | None, check: Path | None, as_json: bool) -> int:
    """Print, write or compare the map; exit code 1 where the file is not true."""
    text = map_of(services)
    if check is not None:
        true = check.exists() and check.read_text(encoding="utf-8") == text
        if not true:
            typer.echo(f"{check} is not the map of this code: run `make events`", err=True)
        return 0 if true else 1
    if write is not None:
        write.write_text(text, encoding="utf-8")
    elif as_json:
        typer.echo(json.dumps({service.name: _one(service) for service in services}))
    else:
        typer.echo(text)
    return 0


def map_of(services: Sequence[Service]) -> str:
    """The map as Markdown."""
    says = {service.name: service.says for service in services}
    hears = {
        service.name: [(event, handler.consumer) for handler in service.on for event in handler.events] for service in services
    }
    return render_map(says, hears)


def _one(service: Service) -> dict[str, object]:
    return {
        "says": sorted(event.wire_type() for event in service.says),
        "hears": {handler.consumer: sorted(event.wire_type() for event in handler.events) for handler in service.on},
    }
