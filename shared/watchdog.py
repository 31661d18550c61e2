"""A thread that ends the process when the event loop is frozen, because a frozen loop cannot end itself."""

import asyncio
import faulthandler
import os
import sys
import threading
import time
from dataclasses import dataclass, field

from shared.messaging.connection import CLOSED_EXIT_CODE


@dataclass(slots=True)
class Watchdog:
    """Exits with 75 when the loop has not beaten for ``seconds``; the supervisor starts the process again."""

    seconds: float
    _beat: float = field(default_factory=time.monotonic)
    _over: threading.Event = field(default_factory=threading.Event)

    async def run(self) -> None:
        """Beat until cancelled."""
        self._beat = time.monotonic()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        try:
            while True:
                self._beat = time.monotonic()
                await asyncio.sleep(self.seconds / 10)
        finally:
            self._over.set()

    def _watch(self) -> None:
        woken = time.monotonic()
        while not self._over.wait(self.seconds / 5):
            now = time.monotonic()
            stood_still = now - woken > self.seconds
            woken = now
            if now - self._beat > self.seconds and not stood_still:
                sys.stderr.write("the event loop is frozen; leaving so that the supervisor starts a new process\n")
                faulthandler.dump_traceback(all_threads=True)
                os._exit(CLOSED_EXIT_CODE)
