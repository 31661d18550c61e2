"""The example of the environment names every setting of a process, with the default that the code has."""

import re
from typing import Any

import pytest

from shared.settings import Settings
from tests.architecture.committed import ROOT

_LINE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


def _example() -> dict[str, str]:
    return dict(_LINE.findall((ROOT / ".env.example").read_text("utf-8")))


def _names() -> dict[str, str]:
    aliases = {name: str(field.validation_alias or f"MASHANG_{name.upper()}") for name, field in Settings.model_fields.items()}
    return {variable: name for name, variable in aliases.items()}


def test_the_example_names_every_setting_and_no_other() -> None:
    named = {variable for variable in _example() if not variable.startswith("MASHANG_TEST_")}
    assert named == set(_names())


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_settings() -> dict[str, Any]:
        settings = Settings()
        return {name: getattr(settings, name) for name in Settings.model_fields}

    for variable in _names():
        monkeypatch.delenv(variable, raising=False)
    defaults = all_settings()
    for variable, value in _example().items():
        if value:
            monkeypatch.setenv(variable, value)
    assert all_settings() == defaults
