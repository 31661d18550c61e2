"""The two servers as fixtures; nothing is imported from here."""

import pytest

from tests.support import servers


def pytest_configure() -> None:
    """Refuse a run whose servers cannot be had."""
    servers.check_infra()


def pytest_unconfigure() -> None:
    """Stop the servers of this process, also after Ctrl-C."""
    servers.stop()


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of PostgreSQL; a test that writes takes `servers.fresh_database`."""
    return servers.postgres_url()


@pytest.fixture(scope="session")
def nats_server() -> str:
    """The URL of NATS; streams of other tests are there too."""
    return servers.nats_url()
