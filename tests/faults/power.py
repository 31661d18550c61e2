"""A power cut that can be repeated: the store lies on a loop-mounted file system, and only what reached its image survives."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


def can_mount() -> bool:
    """Mounting an image needs root, loop devices and ext4 tools."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None or shutil.which("mount") is None:
        return False
    return Path("/dev/loop-control").exists()


@contextlib.contextmanager
def disk(folder: Path, megabytes: int = 192) -> Iterator["Disk"]:
    """A fresh disk mounted at ``folder/before``; after ``cut`` what survived is mounted at ``folder/after``."""
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(megabytes * 1024**2)
    _run("mkfs.ext4", "-q", "-F", str(image))
    made = Disk(folder, image)
    try:
        made.mount(image, made.before)
        yield made
    finally:
        for place in (made.before, made.after):
            if place.is_mount():
                _run("umount", "--lazy", str(place))


class Disk:
    """One disk before and after the power cut."""

    def __init__(self, folder: Path, image: Path) -> None:
        self.before, self.after = folder / "before", folder / "after"
        self._image, self._copy = image, folder / "survivor.img"

    def cut(self) -> None:
        """The lights go out: the image as the disk has it now, without what only memory knew, becomes the new disk."""
        _run("cp", "--sparse=always", str(self._image), str(self._copy))
        self.mount(self._copy, self.after)

    def mount(self, image: Path, place: Path) -> None:
        """Mount ``image`` at ``place``, open to whatever user a server runs as."""
        place.mkdir()
        _run("mount", "-o", "loop", str(image), str(place))
        place.chmod(0o755)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
