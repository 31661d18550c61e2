"""The contracts in docs/ are those of the code, the same everywhere, served as they are published, and true of real messages."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mashang import contracts
from services.__main__ import NAMES, load
from shared.contracts.frozen import Shelf
from shared.contracts.speakers import published
from tests.architecture.committed import ROOT
from tests.mashang.command import mashang
from tests.system.processes import Instance

DOCS = ROOT / "docs"
MADE = contracts.published(load())
ASYNCAPI: dict[str, Any] = yaml.safe_load(MADE["asyncapi.yaml"])
OPENAPI: dict[str, dict[str, Any]] = {name: json.loads(MADE[f"openapi/{name}.json"]) for name in NAMES}
_PATIENCE = 120.0
_KEY = re.compile(r"[A-Za-z0-9.\-_]+")


def references(node: Any) -> Iterator[str]:
    """Every ``$ref`` of a document."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for item in node.values():
            yield from references(item)


def target(document: dict[str, Any], reference: str) -> Any:
    """What a reference points to; fails where there is nothing."""
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def test_what_is_kept_is_what_the_code_says() -> None:
    said = mashang("contracts", "check", "--folder", str(DOCS))
    assert (said.code, said.err) == (0, "")


def test_a_stale_a_missing_and_a_foreign_file_are_named_and_written_anew(tmp_path: Path) -> None:
    folder = ["--folder", str(tmp_path)]
    assert mashang("contracts", "write", *folder).code == 0
    assert mashang("contracts", "check", *folder).code == 0
    (tmp_path / "openapi" / "grading.json").write_text("{}\n")
    (tmp_path / "openapi" / "kitchen.json").write_text("{}\n")
    (tmp_path / "asyncapi.yaml").unlink()
    stale = mashang("contracts", "check", *folder)
    named = [Path(line.partition(" is not ")[0]).name for line in stale.err.splitlines()]
    assert (stale.code, named) == (1, ["asyncapi.yaml", "grading.json", "kitchen.json"])
    assert mashang("contracts", "write", *folder).out.count("\n") == 3
    assert mashang("contracts", "check", *folder).code == 0


def test_another_process_with_another_hash_seed_writes_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mashang", "contracts", "write", "--folder", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "42"}, check=True, capture_output=True)
    assert {name: (tmp_path / name).read_text("utf-8") for name in MADE} == MADE


@pytest.mark.parametrize("document", [ASYNCAPI, *OPENAPI.values()], ids=["asyncapi", *OPENAPI])
def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert all(target(document, reference) is not None for reference in references(document))


def test_every_message_that_was_ever_published_fits_its_channel() -> None:
    shelf = Shelf()
    for event in published():
        if event.wire_type() not in ASYNCAPI["channels"]:
            continue
        message = json.loads(shelf.sample(event.wire_type()).read_text("utf-8"))
        pointer = f"#/components/messages/{event.wire_type()}/payload"
        schema = {"components": ASYNCAPI["components"], "$ref": pointer}
        Draft202012Validator(schema).validate(message)
        for broken in (message | {"type": "x"}, message | {"data": {}}, {**message, "id": 1}):
            assert not Draft202012Validator(schema).is_valid(broken), event.wire_type()


def test_every_event_that_is_said_is_sent_and_every_handler_receives() -> None:
    operations = ASYNCAPI["operations"]
    sent = {name for name, operation in operations.items() if operation["action"] == "send"}
    assert sent == {event.wire_type() for service in load() for event in service.says}
    received = {name for name, operation in operations.items() if operation["action"] == "receive"}
    handlers = [handler for service in load() for handler in service.on]
    assert received == {f"{handler.consumer}.{event.wire_type()}" for handler in handlers for event in handler.events}


def test_keys_are_those_that_asyncapi_allows() -> None:
    assert ASYNCAPI["asyncapi"].startswith("3.")
    keys = [key for part in ("messages", "schemas") for key in ASYNCAPI["components"][part]]
    assert [key for key in (*keys, *ASYNCAPI["channels"], *ASYNCAPI["operations"]) if not _KEY.fullmatch(key)] == []


@pytest.mark.parametrize("name", NAMES)
def test_openapi_tells_errors_as_they_are_answered(name: str) -> None:
    document = OPENAPI[name]
    assert document["openapi"].startswith("3.1")
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    identities = [operation["operationId"] for operation in operations]
    assert len(set(identities)) == len(identities)
    for operation in operations:
        assert "422" not in operation["responses"]
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert (operation["security"] == [{"bearer": []}]) == bool(operation["x-roles"])
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


@pytest.mark.xdist_group("instances")
def test_a_running_instance_serves_what_is_published(embedded: Instance) -> None:
    for name in NAMES:
        assert httpx.get(f"{embedded.url}/api/{name}/openapi.json", timeout=_PATIENCE).json() == OPENAPI[name]
    assert httpx.get(f"{embedded.url}/asyncapi.json", timeout=_PATIENCE).json() == ASYNCAPI
    together = httpx.get(f"{embedded.url}/openapi.json", timeout=_PATIENCE).json()
    assert set(together["paths"]) == {f"/api/{name}{path}" for name in NAMES for path in OPENAPI[name]["paths"]}
    assert all(target(together, reference) for reference in references(together))


@pytest.mark.xdist_group("instances")
def test_a_problem_is_as_described(embedded: Instance) -> None:
    problem = OPENAPI["registry"]["components"]["schemas"]["Problem"]
    with embedded.client("bureau") as bureau:
        answers = [
            bureau.post("/api/registry/parties", json={}),
            bureau.post("/api/registry/parties", content=b"{", headers={"content-type": "application/json"}),
            bureau.post("/api/registry/parties", content=b"{"),
            bureau.get("/api/registry/nothing"),
            bureau.get("/api/registry/parties", headers={"Authorization": "Bearer x"}),
        ]
    assert [answer.status_code for answer in answers] == [422, 400, 415, 404, 401]
    for answer in answers:
        Draft202012Validator(problem).validate(answer.json())
