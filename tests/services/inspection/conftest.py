"""The inspection service on a real database, as a fixture; nothing is imported from here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.inspection.service import inspection as service
from tests.support.service import ServiceUnderTest


@pytest.fixture
async def inspection(tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    """Inspection without a broker: it hears, answers, works; we read what it said."""
    async with ServiceUnderTest.of(service, tmp_path) as under_test:
        yield under_test
