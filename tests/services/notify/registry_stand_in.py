"""A small HTTP server that answers for the registry: it knows where people can be reached."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.support.serving import served


@dataclass(slots=True)
class RegistryStandIn:
    """Knows everybody by a mobile number made of his id, unless a test says otherwise.

    Its addresses begin with a word of its own: a service of another test that died on this port is no guest here.
    """

    url: str = ""
    door: str = field(default_factory=lambda: token_hex(8))
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

        @app.post(f"/{self.door}/api/registry/contacts/addresses")
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
        async with served(registry.application()) as url:
            registry.url = f"{url}/{registry.door}"
            yield registry


def mobile_of(person: UUID) -> str:
    """A number that is nobody's, the same each time for the same person."""
    return f"1990{person.int % 10_000_000:07d}"
