"""A new, empty migration for one service, numbered after the last: `make migration service=registry name=add_floor`."""

import contextlib
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config

from shared.database.migrations import config_for, head_of

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def write_migration(service: str, name: str) -> Path:
    """The path of the new file; LookupError for an unknown service, ValueError for a name that is no identifier."""
    if not _NAME.fullmatch(name):
        message = f"{name!r} is no name such as add_floor"
        raise ValueError(message)
    config = config_for(service)
    folder = Path(config.get_main_option("version_locations") or "")
    folder.mkdir(exist_ok=True)
    revision = f"{service}_{_next_number(head_of(service)):04}"
    script = _write(config, f"{service}: {name.replace('_', ' ')}", revision)
    return script.rename(folder / f"{revision.rpartition('_')[2]}_{name}.py")


def _next_number(head: str | None) -> int:
    return 1 if head is None else int(head.rpartition("_")[2]) + 1


def _write(config: Config, message: str, revision: str) -> Path:
    with contextlib.redirect_stdout(io.StringIO()):  # Alembic names the file as it was before the rename
        script = command.revision(config, message, rev_id=revision)
    if script is None or isinstance(script, list):
        fault = f"Alembic wrote {script} for {revision}"
        raise RuntimeError(fault)
    return Path(script.path)


def main(arguments: Sequence[str]) -> int:
    """0 when written, 2 when it was not asked for properly."""
    try:
        service, name = arguments
        print(write_migration(service, name))
    except (LookupError, ValueError) as error:
        print(f"{error}\nusage: make migration service=registry name=add_floor", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
