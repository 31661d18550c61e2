"""Who is given a port: nobody to whom another has been promised it, and whoever it was promised to, also late and again."""

import contextlib
import secrets
import socket
from collections.abc import Iterator

import pytest

from mashang.embedded import folder
from mashang.embedded.folder import is_free
from tests.support.ports import free_port


@contextlib.contextmanager
def _listens(port: int) -> Iterator[socket.socket]:
    """A server as ours are: it says SO_REUSEADDR, and it listens."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        yield server


def test_a_promised_port_is_chosen_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    promised = free_port()
    another = next(port for port in range(15_000, 32_000) if port != promised and is_free(port))
    luck = iter([promised, promised, another])
    monkeypatch.setattr(secrets, "choice", lambda _: next(luck))
    assert folder.free_port() == another


def test_a_promised_port_is_no_outgoing_port_of_anybody() -> None:
    promised = free_port()
    with _listens(free_port()) as server, socket.socket() as client:
        with pytest.raises(OSError, match="in use"):
            client.bind(("127.0.0.1", promised))
        client.connect(server.getsockname())
        assert client.getsockname()[1] != promised


def test_a_server_gets_the_port_that_it_was_promised_late_and_again() -> None:
    promised = free_port()
    for _ in range(2):
        assert is_free(promised)
        with _listens(promised) as server, socket.create_connection(server.getsockname()) as client:
            accepted, _ = server.accept()
            accepted.close()  # by the server first: the port keeps a connection that is still closing
            assert client.recv(1) == b""


def test_a_port_on_which_somebody_listens_is_not_free() -> None:
    with _listens(free_port()) as server:
        assert not is_free(server.getsockname()[1])
