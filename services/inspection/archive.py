"""The folder of evidence: bytes under the name of their own hash, written whole or not at all, never changed."""

import hashlib
import os
from pathlib import Path

from services.inspection.domain.evidence import FileEmpty, FileTooLarge
from shared.durable import sync_folder
from shared.identifiers import new_id

LIMIT = 8 * 1024 * 1024
_MEGABYTE = 1024 * 1024


def check_size(content: bytes) -> None:
    """Refuses an empty file and one over the limit."""
    if not content:
        raise FileEmpty(pointer="/file")
    if len(content) > LIMIT:
        raise FileTooLarge(megabytes=LIMIT // _MEGABYTE, pointer="/file")


def sha256_of(content: bytes) -> str:
    """The name under which the bytes are kept."""
    return hashlib.sha256(content).hexdigest()


def path_of(data: Path, sha256: str) -> Path:
    """Where the bytes lie, or would."""
    return data / "files" / sha256[:2] / sha256


def keep(data: Path, content: bytes, sha256: str) -> None:
    """Write the bytes once, down to the disk; the same bytes again change nothing."""
    path = path_of(data, sha256)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{new_id()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)  # a row would speak of a file whose name was lost with the power
