"""Every route of every service, as its OpenAPI describes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.__main__ import load
from shared.web.application import described

_PLACEHOLDER = re.compile(r"\\{[^}]+\\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path, who may call it, and what it may be asked; ``roles`` is empty where all may."""

    service: str
    method: str
    path: str
    roles: frozenset[str]
    query: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} /api/{self.service}{self.path}"

    def serves(self, method: str, path: str) -> bool:
        """Whether a request for a concrete path would come here."""
        return self.method == method and re.fullmatch(_PLACEHOLDER.sub("[^/]+", re.escape(self.path)), path) is not None


def routes() -> Iterator[Route]:
    """All of them."""
    for service in load():
        for path, item in described(service).openapi()["paths"].items():
            for method, operation in item.items():
                query = frozenset(parameter["name"] for parameter in operation["parameters"] if parameter.get("in") == "query")
                yield Route(service.name, method.upper(), path, frozenset(operation["x-roles"]), query)
