"""``python -m services.notify.verify FILE [PUBLIC_KEY]``: whether a printed proof is whole; needs no server and no database."""

import sys
from pathlib import Path

from services.notify.certificate import NoProof, verify


def main(arguments: list[str]) -> int:
    """0 for a true proof, 1 for a broken one, 2 for a file that is none."""
    if not 1 <= len(arguments) <= 2:  # noqa: PLR2004 - a file, perhaps a key
        sys.stderr.write("usage: python -m services.notify.verify FILE [PUBLIC_KEY]\n")
        return 2
    try:
        faults = verify(Path(arguments[0]).read_text("utf-8"), *arguments[1:])
    except (NoProof, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"无法核验 cannot be verified: {error}\n")
        return 2
    for fault in faults:
        sys.stdout.write(f"✗ {fault}\n")
    if not faults:
        sys.stdout.write("✓ 核验通过 verified\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
