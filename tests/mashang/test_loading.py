"""A process loads what it needs: imports are most of what a start and a command cost."""

import json
import subprocess
import sys

from tests.architecture.committed import ROOT

SELDOM = {
    "PIL",
    "alembic",
    "apprise",
    "docx",
    "docxtpl",
    "fast_depends",
    "faststream",
    "fpdf",
    "numpy",
    "qrcode",
    "shapely",
    "xlsxwriter",
}
HEAVY = SELDOM | {"asyncpg", "fastapi", "httpx", "joserfc", "nats", "sqlalchemy", "uvicorn"}


def loaded_by(program: str) -> set[str]:
    """The top-level modules that a new process has after running the program."""
    told = f"{program}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_a_start_loads_nothing_that_most_processes_never_use() -> None:
    every = loaded_by("import mashang.up\nfrom services.__main__ import load\nload()")
    assert {"sqlalchemy", "fastapi", "services"} <= every
    assert every & SELDOM == set()


def test_a_command_is_understood_before_anything_heavy_is_loaded() -> None:
    assert loaded_by("import mashang.cli") & HEAVY == set()


def test_negative_control_what_is_loaded_is_seen() -> None:
    assert {"shapely", "numpy"} <= loaded_by(
        'from services.registry.domain.areas import frame_of\nframe_of({"type": "Point", "coordinates": [1, 2]})'
    ) & SELDOM
