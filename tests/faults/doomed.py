"""Services as production runs them, in a process that can be made to die at a chosen line.

``python -m tests.faults.doomed CAST SERVICE…``; settings come from the environment as everywhere.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

from shared.runtime import run
from tests.faults.casts import CASTS
from tests.faults.failpoints import install, replace
from tests.faults.variants import VARIANTS

FOLDER, VARIANT = "FAULTS_FOLDER", "FAULTS_VARIANT"
_PR_SET_PDEATHSIG = 1


def main(cast: str, *names: str) -> int:
    """Run until stopped or killed; dies with the trial that started it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    install(Path(os.environ[FOLDER]))
    if variant := os.environ.get(VARIANT):
        replace(*VARIANTS[variant])
    return run(*CASTS[cast].load(*names))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
