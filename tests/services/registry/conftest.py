"""The registry under test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.registry.service import service
from shared.logs import configure
from tests.support.service import ServiceUnderTest


@pytest.fixture(autouse=True, scope="session")
def _logs() -> None:
    """Logs as in production: one line each, masked."""
    configure("INFO", "json")


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    async with ServiceUnderTest.of(service, tmp_path) as under_test:
        yield under_test
