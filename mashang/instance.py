"""The running embedded instance leaves its addresses in the data folder, so that other commands find it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from shared.errors import MashangError
from shared.settings import Settings

_FILE = "instance.json"


class NoInstance(MashangError):
    """Nothing runs here, and nothing was named."""

    code = "no_instance"
    status = 503
    zh = "没有找到正在运行的实例（{folder}）：先运行 mashang up，或用 MASHANG_PUBLIC_URL 指明地址"
    en = "No running instance found ({folder}): start one with `mashang up`, or name it with MASHANG_PUBLIC_URL"


@dataclass(frozen=True, slots=True)
class Instance:
    """Where one instance listens; the file holds passwords, is readable by its owner only, and is gone when it has stopped."""

    url: str
    database_url: str
    nats_url: str
    pid: int

    def write(self, data: Path) -> None:
        """Leave the addresses for other commands."""
        file = data / _FILE
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(file)

    @staticmethod
    def forget(data: Path) -> None:
        """Nothing runs here any more."""
        (data / _FILE).unlink(missing_ok=True)

    @classmethod
    def at(cls, data: Path) -> "Instance | None":
        """The instance that runs on ``data``, or None when there is none alive."""
        file = data / _FILE
        if not file.exists():
            return None
        found = cls(**json.loads(file.read_text(encoding="utf-8")))
        return found if _is_alive(found.pid) else None


def settings_here() -> Settings:
    """The settings of the environment, and where it is silent those of the instance that runs in the data folder."""
    settings = Settings()
    instance = Instance.at(settings.data)
    if instance is None:
        return settings
    found = {
        "database_url": SecretStr(instance.database_url),
        "nats_url": SecretStr(instance.nats_url),
        "public_url": instance.url,
    }
    return settings.with_changes(**{name: value for name, value in found.items() if f"MASHANG_{name.upper()}" not in os.environ})


def url_here() -> str:
    """The HTTP address of the instance to talk to. Raises NoInstance."""
    settings = settings_here()
    if settings.public_url is None:
        raise NoInstance(folder=settings.data.absolute())
    return settings.public_url.rstrip("/")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
