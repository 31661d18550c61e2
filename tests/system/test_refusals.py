"""What keeps ``mashang up`` from starting is one clear line and exit code 1, and nothing stays behind."""

import signal
import socket
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from mashang.embedded import EmbeddedPostgres
from tests.mashang.command import mashang
from tests.support import servers
from tests.support.ports import free_port
from tests.system.processes import start


@pytest.fixture
def place() -> Path:
    """A data folder."""
    return servers.folder(f"refused-{uuid4().hex[:6]}")


def refusal(place: Path, **settings: object) -> str:
    """The one line, after which no server runs on the folder."""
    line = mashang("up", data=place, **({"port": free_port()} | settings)).refusal
    assert [
        process for process in psutil.process_iter(["cmdline"]) if str(place) in " ".join(process.info["cmdline"] or ())
    ] == []
    return line


def test_a_port_in_use(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} cannot be used" in refusal(place, port=port)
    assert not place.exists()


def test_a_folder_that_is_a_file(place: Path) -> None:
    place.parent.mkdir(exist_ok=True)
    place.write_text("not a folder")
    assert "cannot be used: " in refusal(place)


def test_data_of_an_older_postgresql(place: Path) -> None:
    data = place / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    line = refusal(place)
    assert "holds data of PostgreSQL 15, and this is 18" in line
    assert (data / "PG_VERSION").read_text() == "15\n"


def test_data_that_is_broken(place: Path) -> None:
    with EmbeddedPostgres(place / "postgres", durable=False):
        pass
    (place / "postgres" / "data" / "global" / "pg_control").write_bytes(b"\0" * 8192)
    assert "PostgreSQL did not start" in refusal(place)


def test_a_broken_nats_store_ends_the_database_too(place: Path) -> None:
    (place / "nats").mkdir(parents=True)
    (place / "nats" / "jetstream").write_text("not a folder")
    assert "NATS did not start" in refusal(place)


def test_ctrl_c_in_the_middle_of_a_start_leaves_nothing_running(place: Path) -> None:
    running = start(["up"], place, free_port())
    try:
        while not (place / "postgres" / "lock").exists():
            assert running.process.poll() is None, running.words()
        children = psutil.Process(running.process.pid).children(recursive=True)
        assert running.ends(signal.SIGINT) != 0
    finally:
        running.process.kill()
    assert psutil.wait_procs(children, timeout=30)[1] == []
    assert "Traceback" not in running.words()
    left = [process for process in psutil.process_iter(["cmdline"]) if str(place) in " ".join(process.info["cmdline"] or ())]
    assert psutil.wait_procs(left, timeout=30)[1] == []
