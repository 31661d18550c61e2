"""``python -m services.notify.verify FILE [PUBLIC_KEY [ANCHORS]]``: whether a printed proof is whole; needs no server."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.notify.certificate import NoProof, verify

_MOST = 3


def main(arguments: list[str]) -> int:
    """0 for a true proof, 1 for a broken one, 2 for a file that is none."""
    if not 1 <= len(arguments) <= _MOST:
        sys.stderr.write("usage: python -m services.notify.verify FILE [PUBLIC_KEY [ANCHORS]]\n")
        return 2
    try:
        kept = _anchors(Path(arguments[2])) if len(arguments) == _MOST else ()
        faults = verify(Path(arguments[0]).read_text("utf-8"), arguments[1] if len(arguments) > 1 else None, kept)
    except (NoProof, OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"无法核验 cannot be verified: {error}\n")
        return 2
    for fault in faults:
        sys.stdout.write(f"✗ {fault}\n")
    if not faults:
        sys.stdout.write("✓ 核验通过 verified\n")
    return 1 if faults else 0


def _anchors(file: Path) -> Sequence[Any]:
    """Anchors as ``GET /api/notify/anchors`` gives them: a page, a list, or several pages line by line."""
    found: list[Any] = []
    text = file.read_text("utf-8").strip()
    for part in [json.loads(text)] if text.startswith("[") else [json.loads(line) for line in text.splitlines()]:
        found += part if isinstance(part, list) else part.get("items", [part])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
