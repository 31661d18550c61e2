"""The words about levels, given to a running instance: check, rehearse, activate, explain, and replay."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.grading.rulings import shipped_text
from tests.mashang.command import mashang
from tests.services.grading.builders import today
from tests.system.processes import Instance, until

pytestmark = pytest.mark.xdist_group("instances")

NEXT = "BUREAU-2026.2"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The shipped policy under another id; shared stairs weigh more."""
    text = shipped_text().replace("id: DEFAULT-2026.2", f"id: {NEXT}", 1)
    place = tmp_path / "bureau.yaml"
    place.write_text(text.replace("{id: inherent.shared_escape, points: 6", "{id: inherent.shared_escape, points: 30"))
    return place


def site(embedded: Instance) -> dict[str, Any]:
    with embedded.client("bureau") as client:
        found = client.get("/api/registry/sites", params={"kind": "tenant", "limit": 1}).json()
    first: dict[str, Any] = found["items"][0]
    until(lambda: embedded.says("policy", "explain", first["id"]).code == 0)
    return first


def test_a_sound_file_is_summed_up_without_an_instance(file: Path, tmp_path: Path) -> None:
    said = mashang("policy", "check", str(file), data=tmp_path)
    assert (said.code, said.out.split()[0]) == (0, NEXT)
    assert mashang("policy", "check", str(file), "--json", data=tmp_path).json["problems"] == []


def test_every_problem_of_a_file_is_named_by_line_and_rule(file: Path, tmp_path: Path) -> None:
    unsound = file.read_text().replace("dust == metal", "dust == mettal").replace("ammonia in [", "ammonium in [")
    file.write_text(unsound)
    said = mashang("policy", "check", str(file), data=tmp_path)
    lines = said.err.splitlines()
    assert said.code == 1
    assert [line.partition("rule ")[2].partition(":")[0] for line in lines] == ["inherent.dust_metal", "inherent.ammonia"]
    found = mashang("policy", "check", str(file), "--json", data=tmp_path)
    assert (found.code, found.json["problems"][0]["rule"]) == (1, "inherent.dust_metal")
    assert unsound.splitlines()[found.json["problems"][0]["line"] - 1].strip().startswith("- {id: inherent.dust_metal")


@pytest.mark.parametrize("words", [("check", "no-such-file.yaml"), ("activate", NEXT), ("activate", NEXT, "--from", "tomorrow")])
def test_wrong_words_are_code_2(words: tuple[str, ...], tmp_path: Path) -> None:
    assert mashang("policy", *words, data=tmp_path).code == 2


def test_a_level_is_explained_by_id_and_by_code(embedded: Instance) -> None:
    known = site(embedded)
    by_id, by_code = (embedded.says("policy", "explain", known[key]) for key in ("id", "code"))
    assert (by_id.code, by_id.out) == (0, by_code.out)
    assert by_id.out.startswith(f"「{known['name']}」自")
    assert embedded.says("policy", "explain", known["id"], "--json").json["site_id"] == known["id"]
    assert "No site NOWHERE" in embedded.says("policy", "explain", "NOWHERE").refusal


def test_a_draft_is_rehearsed_activated_and_listed(embedded: Instance, file: Path) -> None:
    site(embedded)
    told = embedded.says("policy", "rehearse", str(file), "--days", "30")
    report = json.loads(embedded.says("policy", "rehearse", str(file), "--days", "30", "--json").out)
    assert told.code == (1 if report["warnings"] else 0)
    assert (report["policy"], report["compared_with"], report["state"]) == (NEXT, "DEFAULT-2026.2", "finished")
    assert f"通知 notices: {report['messages']}" in told.out
    assert sum(report["levels"].values()) == report["total"] > 0

    assert "activation_too_early" in embedded.says("policy", "activate", NEXT, "--from", "2026-01-01").refusal
    first = (today() + timedelta(days=300)).isoformat()
    [view] = embedded.says("policy", "activate", NEXT, "--from", first, "--wait", "--json").json["activations"]
    assert (view["effective_from"], view["due"], view["finished_at"]) == (first, False, None)
    assert f"{NEXT}  active" in embedded.says("policy", "list").out
    with embedded.client("bureau") as client:
        assert client.get(f"/api/grading/policies/{NEXT}").status_code == httpx.codes.OK


def test_a_running_instance_stands_as_its_streams_say(embedded: Instance) -> None:
    site(embedded)
    found = until(lambda: (said := embedded.says("replay", "grading", "--json")).code == 0 and said.json)
    assert found["differences"] == []
    assert found["compared"] > 50
