"""Keys and passwords in files: made once, whole or not at all, whoever comes first, however it is killed meanwhile."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from shared.durable import sync_folder
from shared.errors import MashangError
from shared.identifiers import new_id


class KeyFileBroken(MashangError):
    """What lies there is no key: empty, cut short, or something else. It is never overwritten: something may be sealed by it."""

    code = "key_file_broken"
    status = 503
    zh = "{file} 是空的或不完整：请从备份恢复；如果还没有用它保存过任何数据，删除后重新启动即可"
    en = "{file} is empty or incomplete: bring it back from a backup, or delete it where nothing was ever kept with it"


def kept(path: Path, make: Callable[[], bytes], *, fits: Callable[[bytes], bool]) -> bytes:
    """The content of a file that only its owner reads, made the first time. Raises KeyFileBroken where it does not fit."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{new_id()}")
        write_whole(draft, make())
        with contextlib.suppress(FileExistsError):  # of several processes that start together, one wins
            os.link(draft, path)
        draft.unlink()
        sync_folder(path.parent)
    content = path.read_bytes()
    if not fits(content):
        raise KeyFileBroken(file=str(path))
    return content


def write_whole(path: Path, content: bytes) -> None:
    """A new file that only its owner reads, on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
