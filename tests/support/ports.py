"""Ports for what tests start: held from the choice to the end of this test process, so that no neighbour takes them between."""

import atexit
import socket

from mashang.embedded.folder import free_port as chosen_port

_held: list[socket.socket] = []


def free_port() -> int:
    """A port of 127.0.0.1 that only a server which is told of it will get, also when it starts late or starts again.

    The socket that holds it is bound and does not listen: a server may still listen there (as every server of ours does, it
    says SO_REUSEADDR), while neither another choice nor an outgoing connection of anybody is given the port.
    """
    while True:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", port := chosen_port()))
        except OSError:
            holder.close()
            continue
        _held.append(holder)
        return port


@atexit.register
def _release() -> None:
    while _held:
        _held.pop().close()
