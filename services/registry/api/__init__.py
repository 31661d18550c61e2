"""The registry over HTTP: every module here has a ``router``, and all of them together are the service's."""

import importlib
import pkgutil

from fastapi import APIRouter


def assembled() -> APIRouter:
    """One router of all in this package, in order of their names."""
    router = APIRouter()
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        router.include_router(importlib.import_module(f"{__name__}.{module.name}").router)
    return router
