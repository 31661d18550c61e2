"""The words of the command line: help that shows how, exit codes that programs can trust, failures in one line."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from pydantic import BaseModel, SecretStr
from typer.main import get_command

from mashang.cli import app
from services.__main__ import NAMES, load
from shared.settings import Settings, SettingsBase
from shared.web.identity import ROLES, LocalIssuer
from tests.architecture.committed import ROOT
from tests.mashang.command import mashang
from tests.support.ports import free_port

SECRET = "c4n4ry-in-the-mine"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, by its words."""
    if not hasattr(command, "commands"):
        yield path
        return
    for name, inner in command.commands.items():
        yield from commands(inner, (*path, name))


COMMANDS = list(commands(get_command(app)))


@pytest.fixture
def empty(tmp_path: Path) -> dict[str, Any]:
    """Settings that lead nowhere: no instance, no servers."""
    dead = free_port()
    return {
        "data": tmp_path / "data",
        "database_url": f"postgresql://nobody@127.0.0.1:{dead}/none",
        "nats_url": f"nats://127.0.0.1:{dead}",
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_shows_how_it_is_used(words: tuple[str, ...]) -> None:
    said = mashang(*words, "--help")
    assert said.code == 0
    examples = re.findall(r"^    (mashang .+)$", said.out, re.MULTILINE)
    assert all(example.startswith(f"mashang {' '.join(words)}") for example in examples)
    assert examples


def test_the_overview_has_a_whole_sentence_for_every_command() -> None:
    lines = mashang("--help").out.partition("Commands:\n")[2].splitlines()
    assert len(lines) == len({words[0] for words in COMMANDS})
    assert [line for line in lines if not line.endswith(".") or "..." in line] == []


def test_the_page_of_commands_names_every_command_and_option() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for words in COMMANDS:
        assert f"mashang {' '.join(words)}" in page
        for options in re.findall(r"^  (--[a-z-]+(?: / --[a-z-]+)?)", mashang(*words, "--help").out, re.MULTILINE):
            assert options == "--help" or any(option in page for option in options.split(" / ")), (words, options)


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["run"],
        ["run", "kitchen"],
        ["migrate", "kitchen"],
        ["quarantine", "list", "--service", "kitchen"],
        ["quarantine", "show", "grading", "not-an-id"],
        ["token"],
        ["token", "--role", "king"],
        ["token", "--role", "bureau", "--hours", "0"],
        ["events", "tail", "--type", "kitchen.soup_cooked"],
        ["import", "no-such-file.xlsx"],
        ["up", "--port", "65536"],
    ],
    ids=" ".join,
)
def test_wrong_words_end_with_2_and_say_which(words: list[str], empty: dict[str, Any]) -> None:
    said = mashang(*words, **empty)
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["story"], "mashang up"),
        (["import", __file__], "mashang up"),
        (["migrate"], "MASHANG_DATABASE_URL"),
        (["events", "tail", "--count", "1"], "MASHANG_NATS_URL"),
        (["quarantine", "list"], "A dependency is down"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_where_nothing_runs_one_line_says_what_to_do(words: list[str], reason: str, empty: dict[str, Any]) -> None:
    assert reason in mashang(*words, **empty).refusal


def test_an_instance_that_does_not_answer_is_told(empty: dict[str, Any]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert "the instance does not answer (ConnectError)" in mashang("story", **empty, public_url=url).refusal


@pytest.mark.parametrize(("name", "value"), [("port", SECRET), ("notify_batch", "0"), ("log_format", SECRET)])
def test_a_setting_that_makes_no_sense_is_named_without_its_value(name: str, value: str, empty: dict[str, Any]) -> None:
    line = mashang("settings", "show", **empty, **{name: value}).refusal
    assert f"MASHANG_{name.upper()}: " in line
    assert SECRET not in line


def test_a_taken_port_is_one_line(empty: dict[str, Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for words in (["up"], ["run", "grading"]):
            assert f"Port {port} cannot be used" in mashang(*words, **empty, port=port).refusal


def test_only_the_one_line_is_printed_by_a_real_process(empty: dict[str, Any]) -> None:
    environment = {"PATH": os.environ["PATH"], **{f"MASHANG_{name.upper()}": str(value) for name, value in empty.items()}}
    command = [sys.executable, "-m", "mashang", "events", "tail"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_token_carries_what_was_asked_for(tmp_path: Path) -> None:
    grid, party = ("0192f3a1-0000-7000-8000-000000000001", "0192f3a1-0000-7000-8000-000000000002")
    words = ["--role", "grid_officer", "--role", "enforcer", "--grid", grid, "--party", party, "--subject", "li"]
    said = mashang("token", *words, "--certificate-no", "SU-1", "--hours", "3", data=tmp_path)
    claims = jwt.decode(said.out.strip(), LocalIssuer.at(tmp_path).key).claims
    assert claims["sub"] == "li"
    assert claims["roles"] == ["grid_officer", "enforcer"]
    assert (claims["grids"], claims["parties"], claims["certificate_no"]) == ([grid], [party], "SU-1")
    assert claims["exp"] - claims["iat"] == 3 * 3600


def test_every_role_gets_a_token(tmp_path: Path) -> None:
    for role in ROLES:
        assert mashang("token", "--role", role, data=tmp_path).code == 0


def test_the_map_is_that_of_the_page_and_a_stale_page_fails(tmp_path: Path) -> None:
    heard = mashang("map", "--json").json
    assert set(heard) == set(NAMES)
    assert "registry.site_registered.v1" in heard["grading"]["hears"]["grading-regrade"]
    page = tmp_path / "events.md"
    assert mashang("map", "--check", str(page)).code == 1
    assert mashang("map", "--write", str(page)).code == 0
    assert mashang("map", "--check", str(page)).code == 0
    page.write_text(page.read_text("utf-8").replace("grading", "baking", 1), "utf-8")
    stale = mashang("map", "--check", str(page))
    assert (stale.code, "make events" in stale.err) == (1, True)


def _secrets(kind: type[BaseModel]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if "SecretStr" in str(field.annotation)]


def test_settings_are_shown_without_a_secret(tmp_path: Path) -> None:
    kinds: list[type[SettingsBase]] = [Settings, *(service.settings for service in load() if service.settings is not None)]
    names = [f"{kind.model_config.get('env_prefix')}{name}".upper() for kind in kinds for name in _secrets(kind)]
    assert {"MASHANG_DATABASE_URL", "MASHANG_NATS_URL", "MASHANG_NOTIFY_REGISTRY_TOKEN"} <= set(names)
    said = mashang(
        "settings", "show", "--redacted", **{name.removeprefix("MASHANG_"): SECRET for name in names}, data=tmp_path, port=8123
    )
    assert said.code == 0, said
    assert (said.json["port"], said.json["notify"]["batch"]) == (8123, 500)
    assert SECRET not in said.out
    assert str(SecretStr(SECRET)) in said.out


def test_what_json_prints_a_program_can_read(empty: dict[str, Any]) -> None:
    said = mashang("doctor", "--json", **empty)
    assert said.code == 1
    assert {finding["subject"]: finding["well"] for finding in said.json} == {"python": True, "database": False, "nats": False}
    assert json.dumps(said.json)
