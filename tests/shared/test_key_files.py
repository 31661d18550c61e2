"""Keys and passwords on the disk: whole or not there, one for all, and never replaced in silence."""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mashang.embedded.folder import DataFolder, EmbeddedError
from services.notify.safe import key_at
from services.registry.settings import RegistrySettings
from services.registry.vault import vault_at
from shared.key_files import KeyFileBroken, kept
from shared.web.identity import LocalIssuer

KEY = b"k" * 32
FORK = multiprocessing.get_context("fork")


def fits(content: bytes) -> bool:
    return len(content) == len(KEY)


def naively(path: Path, content: bytes) -> None:
    """The negative control: made under its own name, then filled."""
    with path.open("xb") as file:
        os.kill(os.getpid(), signal.SIGKILL)
        file.write(content)


def _killed_while(work: Callable[[], object]) -> None:
    process = FORK.Process(target=work)
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("moment", ["os.fsync", "os.link", "pathlib.Path.unlink"])
def test_a_kill_at_any_step_leaves_a_whole_key_or_none(tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    path = tmp_path / "a.key"
    with monkeypatch.context() as killing:
        killing.setattr(moment, dies)
        _killed_while(lambda: kept(path, lambda: KEY, fits=fits))
    assert path.exists() is moment.endswith("unlink")
    assert fits(first := kept(path, lambda: KEY[::-1], fits=fits))
    assert kept(path, lambda: b"another", fits=fits) == first


def test_negative_control_a_key_that_is_filled_under_its_own_name_is_left_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    _killed_while(lambda: naively(path, KEY))
    assert path.read_bytes() == b""
    with pytest.raises(KeyFileBroken):
        kept(path, lambda: KEY, fits=fits)


def test_of_many_who_come_first_one_wins_and_all_have_its_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        found = set(pool.map(lambda _: kept(tmp_path / "a.key", lambda: os.urandom(32), fits=fits), range(40)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("issuer.json", LocalIssuer.at),
        ("registry-field.key", lambda data: vault_at(RegistrySettings(), data)),
        ("address.key", lambda data: key_at(data / "address.key")),
        ("password", lambda data: DataFolder(data).secret()),
    ],
)
def test_an_empty_or_short_key_is_refused_in_one_line_and_left_alone(
    tmp_path: Path, name: str, ask: Callable[[Path], object], content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((KeyFileBroken, EmbeddedError)) as refused:
        ask(tmp_path)
    line = refused.value.text("en") if isinstance(refused.value, KeyFileBroken) else str(refused.value)
    assert f"{name} is empty or incomplete" in line
    assert "\n" not in line
    assert (tmp_path / name).read_bytes() == content


def test_what_was_kept_by_an_earlier_version_still_opens(tmp_path: Path) -> None:
    issuer, vault = LocalIssuer.at(tmp_path), vault_at(RegistrySettings(), tmp_path)
    assert json.loads((tmp_path / "issuer.json").read_text())["kty"] == "EC"
    assert LocalIssuer.at(tmp_path).key.thumbprint() == issuer.key.thumbprint()
    assert vault.open(vault.seal("x", "y"), "y") == "x"
