"""What services must not touch directly is refused there, and allowed where it is wrapped."""

import subprocess
import sys

import pytest

from tests.architecture.committed import ROOT

_BANNED = [
    "import os\n\nprint(os.environ)",
    "import os\n\nprint(os.getenv('A'))",
    "from datetime import UTC, datetime\n\nprint(datetime.now(UTC))",
    "from datetime import date\n\nprint(date.today())",
    "import time\n\nprint(time.time())",
    "import logging\n\nprint(logging.getLogger(__name__))",
    "from sqlalchemy import func\n\nprint(func.now())",
    "from uuid import uuid4\n\nprint(uuid4())",
]


def _findings(source: str, path: str) -> str:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select",
        "TID251",
        "--output-format",
        "concise",
        "--stdin-filename",
        path,
        "-",
    ]
    return subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("source", _BANNED)
def test_services_meet_neither_environment_nor_clock_nor_bare_logs(source: str) -> None:
    assert "TID251" in _findings(source, "services/grading/handlers.py")
    assert "All checks passed" in _findings(source, "mashang/up.py")


def test_relative_imports_are_refused_everywhere() -> None:
    source = "from . import store\n\nprint(store)"
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID252", "--stdin-filename", "services/grading/api.py", "-"]
    assert "TID252" in subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False).stdout
