"""`make migration` writes an empty migration that Alembic takes, numbered after the last one of its service."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.committed import ROOT


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the tree with one service in it."""
    for name in ("shared", "mashang"):
        (tmp_path / name).symlink_to(ROOT / name)
    registry = tmp_path / "services" / "registry"
    registry.mkdir(parents=True)
    (registry / "__init__.py").touch()
    (tmp_path / "services" / "__init__.py").touch()
    (registry / "domain").symlink_to(ROOT / "services" / "registry" / "domain")  # by which stored rooms are read once more
    shutil.copytree(ROOT / "services" / "registry" / "migrations", registry / "migrations")
    return tmp_path


def _make(house: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The recipe of the Makefile, with the copy in the place of the tree."""
    recipe = re.search(r"^migration:.*\n\t@\$\(BIN\)/python (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert recipe is not None
    told = recipe[1].replace("$(service) $(name)", "").split()
    return subprocess.run([sys.executable, *told, *words], cwd=house, capture_output=True, text=True, check=False)


def test_a_new_migration_follows_the_last(house: Path) -> None:
    folder = house / "services" / "registry" / "migrations"
    last = max(path.name for path in folder.glob("0*.py"))
    done = _make(house, "registry", "add_floor")
    assert done.returncode == 0, done.stderr
    number = int(last[:4]) + 1
    written = folder / f"{number:04}_add_floor.py"
    assert done.stdout.strip() == str(written)
    told = dict(re.findall(r"^(\w+) = '(.+)'$", written.read_text("utf-8"), re.MULTILINE))
    assert told == {"revision": f"registry_{number:04}", "down_revision": f"registry_{number - 1:04}"}


@pytest.mark.parametrize("words", [(), ("registry",), ("registry", "Add Floor"), ("kitchen", "add_oven")], ids=" ".join)
def test_what_was_not_asked_for_properly_writes_nothing(words: tuple[str, ...], house: Path) -> None:
    before = sorted(house.rglob("*.py"))
    done = _make(house, *words)
    assert done.returncode == 2
    assert "usage: make migration service=registry name=add_floor" in done.stderr
    assert sorted(house.rglob("*.py")) == before
