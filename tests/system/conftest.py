"""One embedded instance for the whole session, started when a test first asks for it."""

import signal
from collections.abc import Iterator

import pytest

from tests.support import servers
from tests.support.ports import free_port
from tests.system.processes import Instance, up


@pytest.fixture(scope="session")
def embedded() -> Iterator[Instance]:
    """``mashang up`` with the demo ledger, logging as a collector would want it. Tests add to it and break nothing."""
    with up(servers.folder("embedded"), free_port(), log_level="INFO") as instance:
        yield instance
        assert instance.ends(signal.SIGTERM) == 0
