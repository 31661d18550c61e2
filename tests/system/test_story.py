"""The story ends the same in one process and in four, and every step of it can be seen over HTTP."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from shared.web.identity import LocalIssuer
from tests.support import servers
from tests.support.serving import trusted
from tests.system.evidence import Evidence, evidence_of
from tests.system.processes import Instance, until
from tests.system.split import split

pytestmark = pytest.mark.xdist_group("instances")


@dataclass(frozen=True, slots=True)
class Played:
    """A story that was played on a system, and where that system is."""

    told: dict[str, Any]
    url: str
    database_url: str
    nats_url: str
    token: str

    def evidence(self) -> Evidence:
        """What the system holds of it now."""
        return asyncio.run(evidence_of(self.database_url, self.nats_url, self.told["site"]["id"]))

    def asks(self, path: str, **query: Any) -> Any:
        """What the bureau is answered."""
        headers = {"Authorization": f"Bearer {self.token}"}
        found = httpx.get(f"{self.url}{path}", params=query, headers=headers, timeout=30, verify=trusted())
        assert found.status_code == httpx.codes.OK, found.text
        return found.json()


@pytest.fixture(scope="module")
def in_one(embedded: Instance) -> Played:
    """Played on ``mashang up``."""
    addresses = embedded.addresses
    token = LocalIssuer.at(embedded.data).token("bureau", ["bureau"])
    told = embedded.says("story", "--json").json
    return Played(told, embedded.url, addresses["database_url"], addresses["nats_url"], token)


@pytest.fixture(scope="module")
def in_four() -> Iterator[Played]:
    """Played on four times ``mashang run``, through one origin."""
    with split(servers.folder("split")) as system:
        token = LocalIssuer.at(system.data).token("bureau", ["bureau"])
        yield Played(system.says("story", "--json").json, system.url, system.database_url, system.nats_url, token)


@pytest.fixture(params=["in_one", "in_four"])
def played(request: pytest.FixtureRequest) -> Played:
    """Each of the two."""
    found: Played = request.getfixturevalue(request.param)
    return found


def test_both_tell_the_same_steps_and_levels_of_the_same_site(in_one: Played, in_four: Played) -> None:
    one, four = in_one.told, in_four.told
    assert [(step["what"], step["event"]) for step in one["steps"]] == [(step["what"], step["event"]) for step in four["steps"]]
    assert one["site"]["name"] == four["site"]["name"]
    assert one["levels"] == four["levels"]
    assert len(one["steps"]) == 10
    assert one["levels"][1] == "red"


def test_both_said_the_same_events_and_planned_the_same_notices(in_one: Played, in_four: Played) -> None:
    until(lambda: in_one.evidence().is_quiet and in_four.evidence().is_quiet)
    one, four = in_one.evidence(), in_four.evidence()
    assert one.events == four.events
    assert one.notices == four.notices
    assert one.notices["hazard_found", "landlord"] == 1


def test_every_event_that_the_story_names_was_said(played: Played) -> None:
    said = {name.partition(".")[2].partition(".")[0].replace("_", "") for name in played.evidence().events}
    assert {step["event"].lower() for step in played.told["steps"]} - {""} <= said


def test_every_step_is_seen_over_http(played: Played) -> None:
    site = played.told["site"]["id"]
    (hazard,) = played.asks("/api/inspection/hazards", site_id=site)["items"]
    history = played.asks(f"/api/inspection/hazards/{hazard['id']}")["history"]
    steps = ["find", "confirm_major", "confirm_major", "acknowledge", "urge", "submit", "verify", "verify"]
    assert [entry["step"] for entry in history] == steps
    assert (hazard["state"], hazard["visit_id"] is not None) == ("closed", True)
    notices = played.asks("/api/notify/notices", site_id=site, limit=200)["items"]
    for kind in ("hazard_found", "major_hazard_confirmed", "grade_changed"):
        assert {notice["recipient"] for notice in notices if notice["kind"] == kind} >= {"tenant", "landlord"}, kind


def test_the_level_is_seen_as_it_was_and_as_it_is(played: Played) -> None:
    site, levels = played.told["site"]["id"], played.told["levels"]
    (hazard,) = played.asks("/api/inspection/hazards", site_id=site)["items"]
    moments = {entry["step"]: entry["at"] for entry in played.asks(f"/api/inspection/hazards/{hazard['id']}")["history"]}
    seen = [played.asks(f"/api/grading/sites/{site}", as_of=moments[step])["level"] for step in ("find", "acknowledge")]
    now = played.asks(f"/api/grading/sites/{site}")
    assert [*seen, now["level"]] == levels
    assert now["vetoes"] == []
