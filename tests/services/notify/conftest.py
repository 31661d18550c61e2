"""The service under test with a registry that answers, as fixtures; nothing is imported from here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notify import lifespan
from services.notify.channels.channel import KeyKind
from services.notify.service import notify as service
from tests.services.notify.builders import BOSS, LANDLORD, LANDLORD_BOSS, SAFETY, TENANT, people
from tests.services.notify.registry_stand_in import RegistryStandIn, mobile_of
from tests.support.service import ServiceUnderTest


@pytest.fixture
async def registry() -> AsyncIterator[RegistryStandIn]:
    async with RegistryStandIn.running() as running:
        yield running


@pytest.fixture
async def notify(registry: RegistryStandIn, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    async with ServiceUnderTest.of(service, tmp_path, registry_url=registry.url, round_seconds=60) as under_test:
        yield under_test


@pytest.fixture
async def office(notify: ServiceUnderTest, registry: RegistryStandIn) -> AsyncIterator[ServiceUnderTest]:
    """The service lives under a live key, and people are known."""
    notify.settings = notify.settings.model_copy(update={"key_kind": KeyKind.LIVE})
    await notify.hears(*people())
    for person, party in ((BOSS, TENANT), (SAFETY, TENANT), (LANDLORD_BOSS, LANDLORD)):
        registry.knows(person, party_id=str(party), mobile=mobile_of(person), version=3)
    async with lifespan.alive(notify.station):
        yield notify
