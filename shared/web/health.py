"""What operators and load balancers ask a process: alive, ready and why not, metrics, version."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from shared.web.front import front_routes

Check = Callable[[], Awaitable[str | None]]
"""Answers None when all is well, else one line saying what is not."""

_PATIENCE_SECONDS = 5.0


@dataclass(slots=True)
class Health:
    """The checks of one process, by name; a check that takes too long has failed."""

    checks: dict[str, Check] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    draining: bool = False

    async def report(self) -> dict[str, str]:
        """Name of the check → ``ok`` or what is wrong."""
        answers = await asyncio.gather(*(self._one(check) for check in self.checks.values()))
        report = dict(zip(self.checks, answers, strict=True))
        return report | {"process": "draining"} if self.draining else report

    async def _one(self, check: Check) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await check() or "ok"
        except TimeoutError:
            return "no answer in time"
        except Exception as error:  # noqa: BLE001 - a check that fails is an answer, not a fault
            return type(error).__name__


def product_version() -> str:
    """The installed version, or ``0+source`` in a checkout that was never installed."""
    try:
        return version("mashang")
    except PackageNotFoundError:
        return "0+source"


def health_routes(health: Health) -> APIRouter:
    """``/``, ``/livez``, ``/readyz``, ``/metrics`` and ``/version`` of one process."""
    router = APIRouter(include_in_schema=False)
    router.include_router(front_routes(list(health.about.get("services", ()))))

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> Response:
        report = await health.report()
        ready = all(answer == "ok" for answer in report.values())
        return JSONResponse({"status": "ready" if ready else "not ready", "checks": report}, 200 if ready else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/version")
    async def about() -> dict[str, Any]:
        return {"version": product_version(), **health.about}

    return router
