"""The same servers from containers, for machines with a Docker-compatible engine."""

import contextlib
from collections.abc import Iterator

import docker
import pytest
from docker.errors import DockerException
from testcontainers.community.nats import NatsContainer
from testcontainers.community.postgres import PostgresContainer

_POSTGRES = "postgres:18"
_NATS = "nats:2.15"
_NAME = "mashang"


def require_engine() -> None:
    """Refuse the whole run where no engine answers."""
    try:
        client = docker.from_env()
        try:
            client.ping()
        finally:
            client.close()
    except DockerException:
        message = "INFRA=containers needs a Docker-compatible engine, and none answers: start one, or leave INFRA out"
        raise pytest.UsageError(message) from None


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL 18 in a container."""
    with PostgresContainer(_POSTGRES, username=_NAME, password=_NAME, dbname=_NAME, driver=None) as container:
        yield container.get_connection_url()


@contextlib.contextmanager
def nats() -> Iterator[str]:
    """The URL of a nats-server 2.15 with JetStream in a container."""
    with NatsContainer(_NATS, jetstream=True) as container:
        yield container.nats_uri()
