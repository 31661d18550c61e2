"""The only module that knows every service: ``python -m services [name …]`` runs them in one process.

It loads none of them before it is asked for one.
"""

# ruff: noqa: PLC0415

import importlib
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from shared.database import Database
    from shared.service import Service

NAMES = ("registry", "inspection", "grading", "notify")
SIMULATOR_PATH = "/simulator"


class Streams(Protocol):
    """The streams of a bus as a replay reads them."""

    @property
    def since(self) -> datetime | None:
        """The first moment of which every stream still has all messages; None where nothing was ever dropped."""

    def letters(self) -> AsyncIterator[Sequence[tuple[datetime, bytes]]]:
        """Every stored message with the moment at which it was stored, in order of time, in portions."""


def load(*names: str) -> "tuple[Service, ...]":
    """The named services, or all of them. Raises LookupError for a name that is none of ours."""
    if unknown := [name for name in names if name not in NAMES]:
        message = f"no service named {unknown[0]!r}; there are {', '.join(NAMES)}"
        raise LookupError(message)
    return tuple(_load(name) for name in (names or NAMES))


def with_simulator(services: "Sequence[Service]", folder: Path) -> "tuple[Service, ...]":
    """The same services; notify carries the provider simulator at ``SIMULATOR_PATH``, with its state in the folder."""
    beside = importlib.import_module("services.notify.simulator.beside")
    return tuple(
        beside.with_simulator(service, SIMULATOR_PATH, folder) if service.name == "notify" else service for service in services
    )


def simulate(folder: Path, **where: Any) -> None:
    """Serve the provider simulator as a process of its own until a signal comes; ``where`` as in its ``serve``."""
    importlib.import_module("services.notify.simulator.serve").serve(folder, **where)


def check_policy(text: str) -> dict[str, Any]:
    """What a policy file contains, or its ``problems``; no instance is needed."""
    checked: dict[str, Any] = importlib.import_module("services.grading.checking").check(text)
    return checked


async def replay_grading(stands: "Database", built: "Database", streams: Streams, tell: Callable[[str, int], None]) -> Any:
    """All levels built again from the streams in the empty, migrated database ``built``, and compared with those that stand."""
    return await importlib.import_module("services.grading.replaying").replay(stands, built, streams, tell)


def _load(name: str) -> "Service":
    from shared.service import Service

    service = getattr(importlib.import_module(f"services.{name}.service"), name)
    if not isinstance(service, Service):
        message = f"services.{name}.service.{name} is not a Service"
        raise TypeError(message)
    return service


if __name__ == "__main__":
    from shared.runtime import run

    sys.exit(run(*load(*sys.argv[1:])))
