"""Every service says what it declares, declares what it says, and the map on the page is true."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.__main__ import NAMES, load
from shared.contracts.event import Event
from shared.contracts.speakers import published
from shared.service import Service
from tests.architecture.committed import ROOT
from tests.mashang.command import mashang

SERVICES = {service.name: service for service in load()}

LATER: dict[str, set[str]] = {
    "inspection": {
        "AlarmTested",
        "CampaignClosed",
        "CampaignOpened",
        "CampaignTargetVisited",
        "ComplaintDecided",
        "ComplaintReceived",
        "ConsultationConcluded",
        "ConsultationOpened",
        "LandlordCheckMissed",
        "LandlordCheckRecorded",
        "SelfCheckContradicted",
        "SelfCheckMissed",
        "SelfCheckSubmitted",
    },
}
"""Stated in a contract, and not yet said by its speaker: whoever says one takes it from here."""


def stated(service: Service) -> set[str]:
    """The classes that the service's contract states."""
    return {event.__name__ for event in published() if event.stream() == service.name.upper()}


def declared(service: Service) -> set[str]:
    """The classes in ``says``."""
    return {event.__name__ for event in service.says}


def named(service: Service) -> set[str]:
    """The classes of its own contract that the service's code uses, apart from where it is wired."""
    files = (path for path in (ROOT / "services" / service.name).rglob("*.py") if path.name != "service.py")
    return {name for path in files for name in _uses(path)} & stated(service)


def _uses(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_is_declared_and_what_is_declared_is_said(name: str) -> None:
    service = SERVICES[name]
    assert named(service) - declared(service) == set(), "used in the code, but not in says="
    assert declared(service) - named(service) == set(), "in says=, but used nowhere"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stated_and_not_yet_said_is_on_the_list(name: str) -> None:
    service = SERVICES[name]
    assert stated(service) - declared(service) == LATER.get(name, set())


def test_every_event_that_is_heard_is_stated() -> None:
    known: set[type[Event]] = set(published())
    assert {event for service in SERVICES.values() for handler in service.on for event in handler.events} <= known


def test_the_page_of_events_is_that_of_the_code() -> None:
    assert mashang("map", "--check", str(ROOT / "docs" / "events.md")).code == 0
