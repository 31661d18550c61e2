"""The registry over HTTP: every module here has a ``router``, and all of them together are the service's."""

import importlib
import pkgutil

from fastapi import APIRouter

_ASKED_MOST = ("sites", "parties", "places", "codes")
"""Routes are tried one after another, and trying them all takes longer than answering."""


def assembled() -> APIRouter:
    """One router of all in this package: those that are asked most, then the others by name."""
    router = APIRouter()
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    for name in dict.fromkeys((*_ASKED_MOST, *names)):
        router.include_router(importlib.import_module(f"{__name__}.{name}").router)
    return router
