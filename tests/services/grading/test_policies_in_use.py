"""A policy is drafted, rehearsed over what was, activated from a day, and grades everybody anew in the background."""

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from services.grading import workers
from services.grading.rulings import shipped_text
from services.grading.store import regrades
from shared.contracts.grading import GradeChanged, PolicyActivated
from shared.contracts.vocabulary import GradeCause
from shared.database import Transaction
from shared.identifiers import new_id
from tests.services.grading.asking import got, level, posted
from tests.services.grading.builders import MILL, RISKY, hazard_found, site_registered, today
from tests.support.service import ServiceUnderTest


def stricter(identity: str = "BUREAU-2026.2", **replaced: str) -> str:
    """The shipped policy, with solvent spraying at 45 points instead of 15: risky sites become r2, yellow at best."""
    text = shipped_text().replace("id: DEFAULT-2026.2", f"id: {identity}", 1)
    text = text.replace("{id: inherent.solvent, points: 15", "{id: inherent.solvent, points: 45", 1)
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text


async def drafted(grading: ServiceUnderTest, text: str) -> httpx.Response:
    async with grading.client("bureau") as client:
        return await client.post("/api/grading/policies", content=text.encode(), headers={"content-type": "application/yaml"})


async def activated(grading: ServiceUnderTest, identity: str, on: Any) -> httpx.Response:
    return await posted(grading, f"/policies/{identity}/activate", {"from": on.isoformat()})


async def test_a_sound_draft_is_kept_and_an_unsound_one_is_told_line_by_line(grading: ServiceUnderTest) -> None:
    sound = await drafted(grading, stricter())
    unsound = await drafted(grading, stricter("BUREAU-2026.3").replace("dust == metal", "dust == mettal"))

    assert (sound.status_code, sound.json()["state"]) == (201, "draft")
    assert (unsound.status_code, unsound.json()["code"]) == (422, "policy_invalid")
    assert "rule inherent.dust_metal" in unsound.json()["detail"]
    assert "line " in unsound.json()["detail"]


async def test_a_rehearsal_tells_who_would_move_and_stores_nothing(grading: ServiceUnderTest) -> None:
    risky, harmless = new_id(), new_id()
    await grading.hears(site_registered(risky, known=RISKY), site_registered(harmless))
    grading.time_passes(days=10)
    await drafted(grading, stricter())
    before = await grading.table("sites")
    answer = (await posted(grading, "/policies/BUREAU-2026.2/rehearse", {"days": 0})).json()

    assert answer["moves"] == []
    over_time = (await posted(grading, "/policies/BUREAU-2026.2/rehearse", {"days": 8})).json()
    assert over_time["moves"] == [{"from": "blue", "to": "yellow", "count": 1}]
    assert [site["site_id"] for site in over_time["sites"]] == [str(risky)]
    assert over_time["levels"] == {"blue": 1, "yellow": 1}
    assert (over_time["messages"], over_time["messages_before"]) == (2, 0)
    assert over_time["grids"][0]["percent"] == 50.0
    assert "grid_moved_much" in over_time["warnings"]
    assert await grading.table("sites") == before


async def test_a_rehearsal_of_the_policy_that_grades_moves_nobody(grading: ServiceUnderTest) -> None:
    for _ in range(4):
        site = new_id()
        await grading.hears(site_registered(site, known=RISKY))
        grading.time_passes(days=3)
        await grading.hears(hazard_found(site_id=site, level="serious", due=today()), hazard_found(site_id=site, level="serious"))
        grading.time_passes(days=9)
        while await grading.works(workers.review_due_sites):
            pass
    answer = (await posted(grading, "/policies/DEFAULT-2026.2/rehearse", {"days": 30})).json()

    assert (answer["moves"], answer["total"]) == ([], 4)
    assert answer["messages"] == answer["messages_before"] > 4


async def test_an_activated_policy_grades_everybody_from_its_day_on(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known=RISKY))
    grading.time_passes(days=1)
    await drafted(grading, stricter())
    answer = await activated(grading, "BUREAU-2026.2", today() + timedelta(days=3))
    assert (answer.status_code, answer.json()["state"]) == (200, "active")
    assert (await grading.said(PolicyActivated))[-1].previous == "DEFAULT-2026.2"

    await grading.works(workers.grade_anew_by_policy)
    assert (await level(grading))["policy"] == "DEFAULT-2026.2"

    grading.time_passes(days=3)
    while await grading.works(workers.grade_anew_by_policy):
        pass
    stands = await level(grading)
    assert (stands["policy"], stands["cell"], stands["warned"]["to"]) == ("BUREAU-2026.2", "r2:90-100", "yellow")
    [view] = (await got(grading, "/policies/BUREAU-2026.2"))["activations"]
    assert (view["graded"], view["finished_at"] is not None) == (1, True)

    grading.time_passes(days=2)
    await grading.works(workers.review_due_sites)
    assert (await level(grading))["level"] == "yellow"


async def test_old_decisions_stay_what_they_were_under_their_own_policy(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known=RISKY))
    await drafted(grading, stricter())
    await activated(grading, "BUREAU-2026.2", today())
    grading.time_passes(days=1)
    while await grading.works(workers.grade_anew_by_policy):
        pass

    entries = (await got(grading, f"/sites/{MILL}/history"))["items"]
    assert [entry["policy"] for entry in entries] == ["BUREAU-2026.2", "DEFAULT-2026.2"]
    assert entries[0]["cause"] == GradeCause.POLICY
    for entry in entries:
        assert (await got(grading, f"/sites/{MILL}/history/{entry['revision']}"))["same_bytes"]


async def test_an_activated_policy_never_changes(grading: ServiceUnderTest) -> None:
    await drafted(grading, stricter())
    await activated(grading, "BUREAU-2026.2", today())
    same = await drafted(grading, stricter())
    other = await drafted(grading, stricter() + "\n# another text\n")

    assert (same.status_code, same.json()["state"]) == (201, "active")
    assert (other.status_code, other.json()["code"]) == (409, "policy_taken")


async def test_a_policy_cannot_grade_from_a_day_that_has_passed(grading: ServiceUnderTest) -> None:
    await drafted(grading, stricter())
    answer = await activated(grading, "BUREAU-2026.2", today() - timedelta(days=1))
    assert (answer.status_code, answer.json()["code"]) == (422, "activation_too_early")


async def test_grading_anew_goes_on_where_it_stopped(grading: ServiceUnderTest, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.grading.regrading.SLICE", 2)
    monkeypatch.setattr("services.grading.workers._LANES", 1)
    for _ in range(5):
        await grading.hears(site_registered(new_id(), known=RISKY))
    await drafted(grading, stricter())
    await activated(grading, "BUREAU-2026.2", today())
    grading.time_passes(days=1)
    for _ in range(2):  # the slices are written down, then the first of them is graded
        await grading.works(workers.grade_anew_by_policy)
    [half] = (await got(grading, "/policies/BUREAU-2026.2"))["activations"]
    assert (half["graded"], half["total"], half["finished_at"]) == (2, 5, None)

    while await grading.works(workers.grade_anew_by_policy):
        pass
    assert {row["policy"] for row in await grading.table("sites")} == {"BUREAU-2026.2"}
    assert len(await grading.said(GradeChanged)) == 5


async def test_sites_are_divided_however_long_it_takes(grading: ServiceUnderTest) -> None:
    """A country's sites take longer than the service lets an ordinary statement run."""
    sites = sorted([new_id() for _ in range(5)])
    for site in sites:
        await grading.hears(site_registered(site, known=RISKY))
    await drafted(grading, stricter())
    await activated(grading, "BUREAU-2026.2", today())
    grading.time_passes(days=1)

    async def divided(tx: Transaction) -> str:
        activation = await regrades.activation_at_work(tx, tx.today)
        assert activation is not None
        assert await regrades.divide(tx, activation["id"], 2)
        return str(await tx.value(text("SHOW statement_timeout")))

    assert await grading.database.run(divided) == "10min"
    slices = sorted((row["number"], row["first"], row["last"]) for row in await grading.table("slices"))
    assert slices == [(0, sites[0], sites[1]), (1, sites[2], sites[3]), (2, sites[4], sites[4])]


async def test_a_large_rehearsal_goes_on_in_the_background(grading: ServiceUnderTest, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.grading.actions.policies.MOST_AT_ONCE", 1)
    monkeypatch.setattr("services.grading.rehearsing.BATCH", 2)
    for _ in range(3):
        await grading.hears(site_registered(new_id(), known=RISKY))
    grading.time_passes(days=10)
    await drafted(grading, stricter())
    answer = await posted(grading, "/policies/BUREAU-2026.2/rehearse", {"days": 8})
    assert (answer.status_code, answer.json()["state"], answer.json()["done"]) == (202, "running", 0)

    while await grading.works(workers.rehearse_policies):
        pass
    found = await got(grading, f"/rehearsals/{answer.json()['id']}")
    assert (found["state"], found["moves"]) == ("finished", [{"from": "blue", "to": "yellow", "count": 3}])
