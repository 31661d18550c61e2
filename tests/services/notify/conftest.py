"""The service under test with a registry that answers, as fixtures; nothing is imported from here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notify.service import notify as service
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support.service import ServiceUnderTest


@pytest.fixture
async def registry() -> AsyncIterator[RegistryStandIn]:
    async with RegistryStandIn.running() as running:
        yield running


@pytest.fixture
async def notify(registry: RegistryStandIn, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    async with ServiceUnderTest.of(service, tmp_path, registry_url=registry.url, round_seconds=60) as under_test:
        yield under_test
