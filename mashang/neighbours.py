"""What ``mashang up`` tells its services: where their neighbours are, and that notices go to the simulator beside them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from services.__main__ import SIMULATOR_PATH, load, with_simulator
from shared.runtime import Process
from shared.service import Service
from shared.settings import Settings
from shared.web.identity import LocalIssuer

_NEIGHBOURS = {
    "MASHANG_NOTIFY_REGISTRY_URL": "{here}",
    "MASHANG_NOTIFY_REGISTRY_TOKEN": "{token}",
    "MASHANG_NOTIFY_PUBLIC_URL": "{url}",
}
_SIMULATED = {"MASHANG_NOTIFY_FILES_ONLY": "false", "MASHANG_NOTIFY_SIMULATOR_URL": f"{{here}}{SIMULATOR_PATH}"}
_YEAR_AND_MORE = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is told, decided once: what somebody has set stays, and who says where notices go gets no simulator."""

    told: Mapping[str, str]
    simulates: bool

    @classmethod
    def unless_said_otherwise(cls) -> Self:
        """By the environment as it was found."""
        simulates = not any(map(_is_set, (*_SIMULATED, "MASHANG_NOTIFY_CHANNELS")))
        told = _NEIGHBOURS | (_SIMULATED if simulates else {})
        return cls({name: value for name, value in told.items() if not _is_set(name)}, simulates)

    def services(self, data: Path) -> tuple[Service, ...]:
        """All of them."""
        return with_simulator(load(), data / "simulator") if self.simulates else load()

    def equip(self, process: Process) -> None:
        """Tell the services, before they read their settings."""
        settings, port = process.settings, process.port
        token = LocalIssuer.at(settings.data).token("notify", ["integrator"], seconds=_YEAR_AND_MORE, source="notify")
        places = {"url": url_of(settings, port), "here": _here(settings, port), "token": token}
        os.environ.update({name: value.format(**places) for name, value in self.told.items()})

    def notices(self, url: str, data: Path) -> str:
        """Where somebody sees what people were told."""
        return f"{url}{SIMULATOR_PATH}/" if self.simulates else str(data / "outbox")


def url_of(settings: Settings, port: int) -> str:
    """The address that people use."""
    return settings.public_url or _here(settings, port)


def _here(settings: Settings, port: int) -> str:
    """The address that this machine uses."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_set(name: str) -> bool:
    return name in os.environ or f"{name}_FILE" in os.environ
