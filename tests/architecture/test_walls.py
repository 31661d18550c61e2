"""Every wall between modules really stands: a small house passes, and each forbidden door is found."""

import subprocess
import sys
from pathlib import Path

import pytest

_CONFIGURATION = Path(__file__).parents[2] / "pyproject.toml"
_SOUND = {
    "mashang/__init__.py": "",
    "mashang/up.py": "import services.__main__\nimport shared.clock",
    "services/__init__.py": "",
    "services/__main__.py": "import services.alpha.service\nimport services.beta.service",
    "services/alpha/__init__.py": "",
    "services/alpha/service.py": "from services.alpha import api, handlers, workers",
    "services/alpha/api.py": "from services.alpha import actions, views",
    "services/alpha/handlers.py": "from services.alpha import store",
    "services/alpha/workers.py": "from services.alpha import store",
    "services/alpha/views.py": "from services.alpha import domain",
    "services/alpha/actions.py": "from services.alpha import store, views",
    "services/alpha/store.py": "from services.alpha import tables\nimport sqlalchemy",
    "services/alpha/tables.py": "import sqlalchemy",
    "services/alpha/domain.py": "import datetime\nimport shared.contracts.event\nimport shared.calendar",
    "services/beta/__init__.py": "",
    "services/beta/service.py": "from services.beta import domain",
    "services/beta/domain/__init__.py": "",
    "services/beta/domain/rule.py": "import shared.contracts.event",
    "shared/__init__.py": "",
    "shared/calendar.py": "import pathlib",
    "shared/clock.py": "import datetime",
    "shared/contracts/__init__.py": "",
    "shared/contracts/event.py": "import json\nimport pydantic\nimport pydantic_core",
    **{f"shared/{room}/__init__.py": "import sqlalchemy" for room in ("database", "messaging", "web")},
    **{f"shared/{room}.py": "import os" for room in ("logs", "runtime", "settings")},
}
_FORBIDDEN_DOORS = [
    ("services/alpha/handlers.py", "import services.beta.service", "services-independent"),
    ("services/beta/service.py", "from services.alpha import store", "services-independent"),
    ("services/beta/service.py", "import services.__main__", "services-independent"),
    ("shared/clock.py", "import services.alpha", "shared-knows-no-service"),
    ("shared/clock.py", "import mashang", "shared-knows-no-service"),
    ("services/alpha/api.py", "import mashang.up", "services-know-no-command"),
    ("mashang/up.py", "import services.alpha.service", "command-meets-services-at-the-door"),
    ("shared/contracts/event.py", "import shared.clock", "contracts-know-only-pydantic"),
    ("shared/contracts/event.py", "import sqlalchemy", "contracts-know-only-pydantic"),
    ("shared/contracts/event.py", "import yaml", "contracts-know-only-pydantic"),
    ("services/alpha/domain.py", "import asyncio", "domain-is-pure"),
    ("services/beta/domain/rule.py", "import httpx", "domain-is-pure"),
    ("services/beta/domain/rule.py", "import shared.database", "domain-is-pure"),
    ("shared/calendar.py", "import sqlalchemy", "domain-is-pure"),
    ("services/beta/domain/rule.py", "import os.path", "domain-is-given-what-it-needs"),
    ("services/beta/domain/rule.py", "from pathlib import Path", "domain-is-given-what-it-needs"),
    ("services/alpha/handlers.py", "from services.alpha import api", "layers-point-downwards"),
    ("services/alpha/actions.py", "from services.alpha import workers", "layers-point-downwards"),
    ("services/alpha/store.py", "from services.alpha import views", "layers-point-downwards"),
    ("services/alpha/domain.py", "from services.alpha import views", "layers-point-downwards"),
    ("services/beta/domain/rule.py", "from services.beta import service", "layers-point-downwards"),
]


def _build(root: Path, *additions: tuple[str, str]) -> None:
    for path, text in _SOUND.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([text, *(line for where, line in additions if where == path), ""]))


def _inspect(root: Path, contract: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Check the small house by the contracts of this one."""
    chosen = [] if contract is None else ["--contract", contract]
    program = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache", "--no-logo", "--config", str(_CONFIGURATION), *chosen]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_a_sound_house_passes(tmp_path: Path) -> None:
    _build(tmp_path)
    report = _inspect(tmp_path)
    assert report.returncode == 0, report.stdout + report.stderr
    assert "0 broken" in report.stdout


@pytest.mark.parametrize(("file", "door", "contract"), _FORBIDDEN_DOORS)
def test_a_forbidden_door_is_found(file: str, door: str, contract: str, tmp_path: Path) -> None:
    _build(tmp_path, (file, door))
    report = _inspect(tmp_path, contract)
    assert report.returncode == 1, report.stdout + report.stderr
    assert "1 broken" in report.stdout


def test_every_contract_has_a_door_that_it_finds() -> None:
    declared = {line.split('"')[1] for line in _CONFIGURATION.read_text("utf-8").splitlines() if line.startswith('id = "')}
    assert declared == {contract for _, _, contract in _FORBIDDEN_DOORS}
