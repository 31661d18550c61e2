"""The two servers as fixtures; nothing is imported from here."""

import pytest
import structlog

from tests.support import servers


def pytest_configure() -> None:
    """Refuse a run whose servers cannot be had; logs are plain: a pretty traceback with locals stops a loop for seconds."""
    servers.check_infra()
    *before, _pretty = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])


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
