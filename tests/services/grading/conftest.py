"""Grading on a database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.grading.service import service
from tests.support.service import ServiceUnderTest


@pytest.fixture
async def grading(tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    """The service, its database and its HTTP, at a moment that a test may move."""
    async with ServiceUnderTest.of(service, tmp_path) as under_test:
        yield under_test
