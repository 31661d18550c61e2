"""The ground a trial stands on: its own PostgreSQL and NATS, which keep their ports and data however often they are killed."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from mashang.embedded import EmbeddedNats, EmbeddedPostgres
from shared.web.identity import LocalIssuer
from tests.support.ports import free_port

_STREAM_BYTES = 256 * 1024**2


@dataclass(slots=True)
class Ground:
    """Servers, folders and the issuer of one trial."""

    folder: Path
    postgres: EmbeddedPostgres
    nats: EmbeddedNats

    @property
    def data(self) -> Path:
        """The data folder that all processes of the trial share."""
        return self.folder / "data"

    @property
    def points(self) -> Path:
        """Where failpoints are armed."""
        return self.folder / "points"

    def environment(self, ack_wait: float) -> dict[str, str]:
        """What every process under test is told; compiled once, as an installation is, and not at each start."""
        foreign = ("MASHANG_", "FAULTS_", "OTEL_", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return kept | {
            "MASHANG_DATABASE_URL": self.postgres.url,
            "MASHANG_NATS_URL": self.nats.url,
            "MASHANG_DATA": str(self.data),
            "MASHANG_STREAM_MAX_BYTES": str(_STREAM_BYTES),
            "MASHANG_ACK_WAIT_SECONDS": str(ack_wait),
            "FAULTS_FOLDER": str(self.points),
            "PYTHONPYCACHEPREFIX": str(self.folder / "bytecode"),
        }

    def tokens(self) -> "Issuer":
        """Signs for customers."""
        return Issuer(LocalIssuer.at(self.data))


@dataclass(slots=True)
class Issuer:
    """Tokens, each signed once."""

    issuer: LocalIssuer

    def __call__(self, *roles: str, subject: str = "tester", **claims: Any) -> str:
        """A bearer token."""
        return self.issuer.token(subject, roles, **claims)


@contextlib.contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Durable servers in ``folder``: a commit is on the disk, an acknowledged message too."""
    for name in ("data", "points", "logs"):
        (folder / name).mkdir(parents=True)
    with (
        EmbeddedPostgres(folder / "postgres", port=free_port()) as postgres,
        EmbeddedNats(folder / "nats", port=free_port()) as nats,
    ):
        yield Ground(folder, postgres, nats)


def chance(seed: int, *words: object) -> Random:
    """Randomness of one purpose: the same seed and words give the same luck, whatever else is drawn."""
    return Random("/".join(map(str, (seed, *words))))
