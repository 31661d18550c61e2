"""``python -m shared.contracts check | write | map``: compare, freeze or show what is published."""

import sys
from collections.abc import Sequence

from shared.contracts.event_map import render_map
from shared.contracts.frozen import Shelf, check, write
from shared.contracts.speakers import SPEAKERS, published

_ADVICE = (
    "\nA published version is never changed. Say it as a new version with an upcast from the old one, or as a new event."
    "\nIf the version was never released, remove its files under schemas/ and samples/ and write again.\n"
)


def main(arguments: Sequence[str]) -> int:
    """0 when all is as published, 1 when not, 2 when the command is not known."""
    commands = {"check": _check, "write": _write, "map": _map}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write("usage: python -m shared.contracts check | write | map\n")
        return 2
    return commands[arguments[0]]()


def _check() -> int:
    findings = check(published(), Shelf())
    for finding in findings:
        sys.stderr.write(f"{'behind' if finding.writable else 'BROKEN'}  {finding}\n")
    if any(not finding.writable for finding in findings):
        sys.stderr.write(_ADVICE)
    elif findings:
        sys.stderr.write("\nHearers survive these changes: python -m shared.contracts write\n")
    else:
        sys.stdout.write(f"{len(published())} event versions are as published\n")
    return 1 if findings else 0


def _write() -> int:
    written, refused = write(published(), Shelf())
    for finding in refused:
        sys.stderr.write(f"REFUSED {finding}\n")
    if refused:
        sys.stderr.write(_ADVICE)
        return 1
    for path in written:
        sys.stdout.write(f"wrote {path.parent.name}/{path.name}\n")
    return 0


def _map() -> int:
    says = {speaker: [event for event in published() if event.event_name.startswith(f"{speaker}.")] for speaker in SPEAKERS}
    sys.stdout.write(render_map(says, {}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
