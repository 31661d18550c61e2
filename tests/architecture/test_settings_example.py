"""The example of the environment names every setting of a process, with the default that the code has."""

import re

import pytest

from services.__main__ import load
from shared.settings import Settings, SettingsBase
from tests.architecture.committed import ROOT

_LINE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


def _example() -> dict[str, str]:
    return dict(_LINE.findall((ROOT / ".env.example").read_text("utf-8")))


def _classes() -> list[type[SettingsBase]]:
    return [Settings, *(service.settings for service in load() if service.settings is not None)]


def _names(settings: type[SettingsBase]) -> dict[str, str]:
    prefix = settings.model_config.get("env_prefix")
    return {str(field.validation_alias or f"{prefix}{name}".upper()): name for name, field in settings.model_fields.items()}


def test_the_example_names_every_setting_and_no_other() -> None:
    named = {variable for variable in _example() if not variable.startswith("MASHANG_TEST_")}
    assert named == {variable for settings in _classes() for variable in _names(settings)}


@pytest.mark.parametrize("settings", _classes())
def test_the_example_shows_the_defaults(settings: type[SettingsBase], monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in _names(settings):
        monkeypatch.delenv(variable, raising=False)
    defaults = settings().model_dump()
    for variable, value in _example().items():
        if value:
            monkeypatch.setenv(variable, value)
    assert settings().model_dump() == defaults
