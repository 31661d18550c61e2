"""The command ``mashang``."""

import os
import sys
import traceback

from mashang.cli import app


def main() -> None:
    """Run one command; what went wrong is one line, and the exit code is 1 (2 for wrong words on the command line)."""
    try:
        app(prog_name="mashang")
    except Exception as error:  # noqa: BLE001 - whatever it is, a person reads it
        if os.environ.get("MASHANG_LOG_LEVEL", "").upper() == "DEBUG":
            traceback.print_exc()
        from mashang.failures import in_one_line  # noqa: PLC0415 - it knows the errors of every library

        sys.stderr.write(f"mashang: {in_one_line(error)}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
