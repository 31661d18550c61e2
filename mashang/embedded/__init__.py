"""Real PostgreSQL and real NATS from their wheels, as children of this process: no Docker, no mock, no second dialect."""

from mashang.embedded.folder import EmbeddedError
from mashang.embedded.nats import EmbeddedNats
from mashang.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedError", "EmbeddedNats", "EmbeddedPostgres"]
