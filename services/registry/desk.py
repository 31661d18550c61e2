"""What every endpoint of the registry works with: one transaction per request, the keys, and versions by ETag."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Response
from pydantic import BaseModel

from services.registry.store.rows import Target
from services.registry.vault import Keys, Vault
from shared.web import IfMatch, Unit, etag
from shared.web.unit import UnitOfWork

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RegistryDesk:
    """Runs an action for one request and gives its answer the ETag of what it shows."""

    unit: UnitOfWork
    response: Response
    vault: Vault
    if_match: int | None

    def target(self, identity: UUID) -> Target:
        """The object, at the version that the caller has seen."""
        return Target(identity, self.if_match)

    async def do(self, action: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run an action in one transaction, committed before the answer."""
        return self._tagged(await self.unit(action, *arguments))

    async def reveal(self, action: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Answer with numbers in full: what was revealed is on record, and the answer is kept nowhere."""
        return await self.unit.anew(action, *arguments)

    async def read(self, question: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run a question in a read-only transaction."""
        return self._tagged(await self.unit.read(question, *arguments))

    def _tagged(self, view: T) -> T:
        version = getattr(view, "version", None)
        if isinstance(version, int):
            etag(self.response, version)
        return view


async def _desk_of(unit: Unit, response: Response, keys: Keys, if_match: IfMatch) -> RegistryDesk:
    return RegistryDesk(unit, response, keys, if_match)


Desk = Annotated[RegistryDesk, Depends(_desk_of)]
"""The desk as an endpoint's parameter."""
