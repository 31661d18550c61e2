"""The command ``mashang``."""

import sys

from mashang.cli import app
from mashang.embedded import EmbeddedError
from shared.errors import MashangError


def main() -> None:
    """Run one command; what went wrong is one line, and the exit code is 1 (2 for wrong words on the command line)."""
    try:
        app()
    except (EmbeddedError, MashangError, LookupError) as error:
        text = error.text() if isinstance(error, MashangError) else str(error).strip("'\"")
        sys.stderr.write(f"mashang: {text}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
