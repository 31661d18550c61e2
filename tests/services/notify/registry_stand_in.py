"""A small HTTP server that answers for the registry: it knows where people can be reached."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


@dataclass(slots=True)
class RegistryStandIn:
    """Knows everybody by a mobile number made of his id, unless a test says otherwise."""

    url: str = ""
    people: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    away: bool = False
    asked: list[list[str]] = field(default_factory=list)

    def knows(self, person: UUID, **addresses: Any) -> None:
        """Give somebody these addresses and no others."""
        self.people[person] = addresses

    def _item(self, identity: str) -> dict[str, Any]:
        person = UUID(identity)
        known = self.people.get(person, {"mobile": mobile_of(person)})
        return {"contact_id": identity, "party_id": identity, "role": "principal", "name": "某人", **known}

    def application(self) -> FastAPI:
        """The one endpoint that notify asks."""
        app = FastAPI()

        @app.post("/api/registry/contacts/addresses")
        async def addresses(request: Request) -> JSONResponse:
            if self.away or not request.headers.get("authorization", "").startswith("Bearer "):
                return JSONResponse({}, 503)
            wanted = (await request.json())["ids"]
            self.asked.append(wanted)
            return JSONResponse({"items": [self._item(identity) for identity in wanted]})

        return app

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> AsyncIterator["RegistryStandIn"]:
        """On a free port until the end of the block."""
        registry = cls()
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(registry.application(), log_level="critical", lifespan="off"))
        registry.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield registry
        finally:
            server.should_exit = True
            await task


def mobile_of(person: UUID) -> str:
    """A number that is nobody's, the same each time for the same person."""
    return f"1990{person.int % 10_000_000:07d}"
