"""Every route says who may call it, and every promised path is there."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.__main__ import NAMES
from tests.system.routes import Route, routes

ROUTES = list(routes())
PROMISED: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("promised.yaml").read_text("utf-8"))
PUBLIC = {"GET /api/notify/receipts/{provider}", "POST /api/notify/receipts/{provider}"}
"""Providers call these; what they say is verified by their signature."""


def served(service: str, wanted: str) -> Route | None:
    """The route that would answer a promised request."""
    method, path = wanted.split(" ")
    concrete = path.replace("{", "").replace("}", "")
    return next((route for route in ROUTES if route.service == service and route.serves(method, concrete)), None)


def test_every_route_names_its_roles_or_is_public_on_purpose() -> None:
    assert {str(route) for route in ROUTES if not route.roles} == PUBLIC


@pytest.mark.parametrize("service", NAMES)
def test_what_is_promised_is_there_or_on_the_list_of_later(service: str) -> None:
    missing = [wanted for wanted in PROMISED["paths"][service] if served(service, wanted) is None]
    assert missing == PROMISED["later"].get(service, [])


@pytest.mark.parametrize("wanted", PROMISED["query"])
def test_what_may_be_asked_is_what_was_promised(wanted: str) -> None:
    method, path = wanted.split(" ")
    service, _, rest = path.removeprefix("/api/").partition("/")
    route = served(service, f"{method} /{rest}")
    assert route is not None
    assert set(PROMISED["query"][wanted]) <= route.query


def test_every_list_is_in_pages() -> None:
    paged = {str(route) for route in ROUTES if "cursor" in route.query}
    assert {str(route) for route in ROUTES if "limit" in route.query} == paged
    assert {
        f"GET /api/{name}" for name in ("registry/sites", "registry/parties", "inspection/hazards", "notify/notices")
    } <= paged
