"""``mashang contracts``: the published contracts made from the code and kept in the repository: AsyncAPI 3 and OpenAPI 3.1."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
import yaml

from shared.messaging.asyncapi import asyncapi_of
from shared.service import Service
from shared.web.application import described

_WIDTH = 130


def write(services: Sequence[Service], folder: Path) -> int:
    """Write what differs, and remove the OpenAPI of services that are no more."""
    made = published(services)
    for path in _differing(made, folder):
        place = folder / path
        if path in made:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(made[path], encoding="utf-8")
        else:
            place.unlink()
        typer.echo(f"{'wrote' if path in made else 'removed'} {place}")
    return 0


def check(services: Sequence[Service], folder: Path) -> int:
    """Exit code 1, and one line for each file that is not what the code would write."""
    differing = _differing(published(services), folder)
    for path in differing:
        typer.echo(f"{folder / path} is not the contract of this code: run `make contracts`", err=True)
    return 1 if differing else 0


def published(services: Sequence[Service]) -> dict[str, str]:
    """File name → text, the same on every machine."""
    openapi = {f"openapi/{service.name}.json": _as_json(described(service).openapi()) for service in services}
    return {"asyncapi.yaml": _as_yaml(asyncapi_of(services))} | openapi


def _differing(made: dict[str, str], folder: Path) -> list[str]:
    kept = {f"openapi/{path.name}" for path in (folder / "openapi").glob("*.json")}
    return [path for path in sorted(kept | set(made)) if _kept(folder / path) != made.get(path)]


def _kept(place: Path) -> str | None:
    return place.read_text(encoding="utf-8") if place.exists() else None


def _as_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _as_yaml(document: Any) -> str:
    """Without anchors: what is shared by reference in memory is written where it stands."""
    plain = json.loads(json.dumps(document))
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=_WIDTH)
