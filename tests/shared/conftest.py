"""Servers of a test's own, as fixtures; nothing is imported from here, and a file that wants another kind names its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from mashang.embedded import EmbeddedNats
from tests.support.running import post_office_tables
from tests.support.servers import fresh_database, own_nats


@pytest.fixture
def server() -> Iterator[EmbeddedNats]:
    """A NATS server that the test may stop, kill and misuse."""
    with own_nats() as server:
        yield server


@pytest.fixture
async def database() -> AsyncIterator[str]:
    """The address of a database with the tables of the post office."""
    async with fresh_database("post_office", post_office_tables) as url:
        yield url
