"""Who plays in a trial: the toy services, or the four of the house; both through the same interface."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Protocol

from shared.service import Service
from tests.faults.desk import Desk
from tests.faults.evidence import Evidence, Violation

Connection = Any


class Cast(Protocol):
    """A set of services, what customers do with them, and what only these services promise."""

    @property
    def name(self) -> str:
        """How the doomed process finds it."""

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the services, each of which may be a process of its own."""

    @property
    def asked(self) -> tuple[str, ...]:
        """Those of them that customers ask."""

    def load(self, *names: str) -> tuple[Service, ...]:
        """The named services."""

    async def prepare(self, url: str) -> None:
        """Tables in an empty database."""

    def environment(self, addresses: Mapping[str, str], tokens: "Tokens") -> Mapping[str, str]:
        """Settings beyond the common ones."""

    async def story(self, desk: Desk, tokens: "Tokens", chance: Random) -> None:
        """One customer's errands, one after the other."""

    async def busy(self, connection: Connection) -> Sequence[str]:
        """What is still under way inside the services, in words; empty when all is quiet."""

    async def collect(self, connection: Connection, data: Any) -> Any:
        """What only these services can show: effects, sinks, levels."""

    def judge(self, evidence: Evidence, facts: Any) -> tuple[list[Violation], dict[str, int]]:
        """What is wrong with it, and figures worth telling."""


class Tokens(Protocol):
    """Signs whoever asks."""

    def __call__(self, *roles: str, subject: str = "tester", **claims: Any) -> str:
        """A bearer token."""


class _Casts(Mapping[str, Cast]):
    """Loaded when asked for: the toys need not import the house."""

    _PLACES = {  # noqa: RUF012 - never changed
        "toys": "tests.faults.toys",
        "house": "tests.faults.house",
        "notify": "tests.faults.notify.cast",
    }

    def __getitem__(self, name: str) -> Cast:
        cast: Cast = importlib.import_module(self._PLACES[name]).CAST
        return cast

    def __iter__(self) -> Iterator[str]:
        return iter(self._PLACES)

    def __len__(self) -> int:
        return len(self._PLACES)


CASTS = _Casts()
