"""The only module that knows every service: ``python -m services [name …]`` runs them in one process."""

import importlib
import sys

from shared.runtime import run
from shared.service import Service

NAMES = ("registry", "inspection", "grading", "notify")


def load(*names: str) -> tuple[Service, ...]:
    """The named services, or all of them. Raises LookupError for a name that is none of ours."""
    if unknown := [name for name in names if name not in NAMES]:
        message = f"no service named {unknown[0]!r}; there are {', '.join(NAMES)}"
        raise LookupError(message)
    return tuple(_load(name) for name in (names or NAMES))


def _load(name: str) -> Service:
    service = getattr(importlib.import_module(f"services.{name}.service"), name)
    if not isinstance(service, Service):
        message = f"services.{name}.service.{name} is not a Service"
        raise TypeError(message)
    return service


if __name__ == "__main__":
    sys.exit(run(*load(*sys.argv[1:])))
