"""A child process that does not outlive us, and the end of a process that did."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from subprocess import DEVNULL, STDOUT

import psutil

from mashang.embedded.folder import DataFolder, EmbeddedError

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY = 0.005
_LIBC = ctypes.CDLL(None)


def spawn(
    command: Sequence[str], folder: DataFolder, *, user: int | None, goodbye: signal.Signals, environment: Mapping[str, str]
) -> psutil.Popen:
    """Start a server in a session of its own: Ctrl-C reaches us alone, and we stop servers after their clients.

    What the environment says already is not said otherwise.
    """
    with folder.log.open("wb") as log:
        try:
            return psutil.Popen(
                command,
                cwd=folder.path,
                env={**environment, **os.environ},
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
                user=user,
                extra_groups=[] if user is not None else None,
                preexec_fn=_tied_to_us(goodbye),
            )
        except OSError as error:
            message = (
                f"{command[0]} does not run on this machine ({error.strerror}): name running servers in the settings instead"
            )
            raise EmbeddedError(message) from error


def end(process: psutil.Process, polite: signal.Signals, patience: float = 30) -> None:
    """End a process, child or not: ask, wait up to `patience` seconds, then kill."""
    for step in (polite, signal.SIGKILL):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(step)
            process.send_signal(signal.SIGCONT)  # a stopped process hears nothing else
        if _ended(process, time.monotonic() + patience):
            return


def _ended(process: psutil.Process, deadline: float) -> bool:
    """Wait for a process that need not be ours: where nobody reaps orphans, as in many containers, it stays a zombie."""
    while time.monotonic() < deadline:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(_LOOK_EVERY)
    return False


def _tied_to_us(goodbye: signal.Signals) -> Callable[[], None] | None:
    """What makes the kernel send `goodbye` to the child when we die, even by kill -9.

    Linux only, and only from the main thread, because the kernel watches the *thread* that forked: a server started
    from a pool would die with its pool. Elsewhere a server may outlive us, and the next start on its folder ends it.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None

    def tie() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, goodbye)

    return tie
