"""Grading anew and rehearsing go on where a killed process left them, and come to the same end."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text

from services.grading import workers
from services.grading.rulings import shipped_text
from shared.contracts.grading import GradeChanged
from shared.contracts.vocabulary import GradeCause, Level
from shared.identifiers import new_id
from tests.services.grading.asking import got, posted
from tests.services.grading.builders import RISKY, site_registered, today
from tests.support.running import until
from tests.support.service import ServiceUnderTest

SITES = 150
NEXT = "BUREAU-2026.2"
STRICTER = shipped_text().replace("DEFAULT-2026.2", NEXT).replace("points: 6, zh: 与其他租户", "points: 25, zh: 与其他租户")


async def prepared(grading: ServiceUnderTest) -> None:
    """Many sites that the draft would move from blue to yellow."""
    await grading.hears(*(site_registered(new_id(), known=RISKY) for _ in range(SITES)))
    async with grading.client("bureau") as client:
        (await client.post("/api/grading/policies", content=STRICTER)).raise_for_status()


async def killed_in_the_middle(grading: ServiceUnderTest, worker: str, done: Callable[[], Awaitable[int]]) -> int:
    """Another process does the work, and dies by SIGKILL when some of it is done; how much it had done."""
    url = grading.process.database_url.get_secret_value()
    command = [sys.executable, "-m", "tests.services.grading.background", url, worker]
    process = await asyncio.to_thread(subprocess.Popen, command)
    try:
        await until(lambda: _reached(done, 5), patience=120)
    finally:
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
    left = await done()
    assert 5 <= left < SITES, "killed too late to prove anything"
    return left


async def _reached(done: Callable[[], Awaitable[int]], wanted: int) -> bool:
    return await done() >= wanted


async def test_grading_anew_goes_on_after_a_kill(grading: ServiceUnderTest) -> None:
    await prepared(grading)
    assert (await posted(grading, f"/policies/{NEXT}/activate", {"from": today().isoformat()})).status_code == 200

    async def graded() -> int:
        [view] = (await got(grading, f"/policies/{NEXT}"))["activations"]
        return int(view["graded"])

    left = await killed_in_the_middle(grading, "grade_anew_by_policy", graded)
    while await grading.works(workers.grade_anew_by_policy):
        pass

    [view] = (await got(grading, f"/policies/{NEXT}"))["activations"]
    assert (view["graded"], view["total"], view["finished_at"] is not None) == (SITES, SITES, True)
    anew = Counter(row["site_id"] for row in await grading.table("decisions") if row["cause"] == GradeCause.POLICY)
    assert (len(anew), set(anew.values())) == (SITES, {1}), f"{left} were done before the kill"
    assert {row["policy"] for row in await grading.table("sites")} == {NEXT}
    told = Counter((event.policy, event.to) for event in await grading.said(GradeChanged))
    assert told == {("DEFAULT-2026.2", Level.BLUE): SITES, (NEXT, Level.YELLOW): SITES}


async def test_a_rehearsal_goes_on_after_a_kill(grading: ServiceUnderTest, monkeypatch: Any) -> None:
    await prepared(grading)
    at_once = (await posted(grading, f"/policies/{NEXT}/rehearse", {"days": 5})).json()
    monkeypatch.setattr("services.grading.actions.policies.MOST_AT_ONCE", 1)
    asked = (await posted(grading, f"/policies/{NEXT}/rehearse", {"days": 5})).json()

    async def rehearsed() -> int:
        return int((await got(grading, f"/rehearsals/{asked['id']}"))["done"])

    await killed_in_the_middle(grading, "rehearse_policies", rehearsed)
    while await grading.works(workers.rehearse_policies):
        pass

    found = await got(grading, f"/rehearsals/{asked['id']}")
    assert {**found, "id": None} == at_once
    assert (found["state"], found["done"], found["total"]) == ("finished", SITES, SITES)
    assert found["sites"][0]["name"]


async def test_a_draft_that_was_rehearsed_and_then_changed_grades_as_it_was_changed(
    grading: ServiceUnderTest, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.grading.actions.policies.MOST_AT_ONCE", 0)
    await grading.hears(site_registered(known=RISKY))
    async with grading.client("bureau") as client:
        await client.post("/api/grading/policies", content=STRICTER)
        await client.post(f"/api/grading/policies/{NEXT}/rehearse", json={"days": 1})
        while await grading.works(workers.rehearse_policies):
            pass
        changed = STRICTER.replace("points: 15, zh: 溶剂型", "points: 40, zh: 溶剂型")
        (await client.post("/api/grading/policies", content=changed)).raise_for_status()
        (await client.post(f"/api/grading/policies/{NEXT}/activate", json={"from": today().isoformat()})).raise_for_status()
    while await grading.works(workers.grade_anew_by_policy):
        pass
    [points] = await grading.database.run(lambda tx: tx.rows(text("SELECT points FROM grading.sites")))
    assert points["points"] == 65_00


async def test_a_draft_that_is_changed_during_its_rehearsal_is_rehearsed_anew(
    grading: ServiceUnderTest, monkeypatch: Any
) -> None:
    """Otherwise the result would be of two texts, of which nobody has read either."""
    monkeypatch.setattr("services.grading.actions.policies.MOST_AT_ONCE", 0)
    monkeypatch.setattr("services.grading.rehearsing.BATCH", 1)
    await grading.hears(*(site_registered(new_id(), known=RISKY) for _ in range(4)))
    async with grading.client("bureau") as client:
        await client.post("/api/grading/policies", content=STRICTER)
        asked = (await client.post(f"/api/grading/policies/{NEXT}/rehearse", json={"days": 0})).json()
        for _ in range(2):
            await grading.works(workers.rehearse_policies)
        milder = STRICTER.replace("points: 25, zh: 与其他租户", "points: 1, zh: 与其他租户")
        (await client.post("/api/grading/policies", content=milder)).raise_for_status()
        assert (await got(grading, f"/rehearsals/{asked['id']}"))["done"] == 0
        while await grading.works(workers.rehearse_policies):
            pass
        found = await got(grading, f"/rehearsals/{asked['id']}")
        monkeypatch.setattr("services.grading.actions.policies.MOST_AT_ONCE", 5_000)
        at_once = (await client.post(f"/api/grading/policies/{NEXT}/rehearse", json={"days": 0})).json()
    assert (found["state"], found["done"]) == ("finished", 4)
    assert {**found, "id": None} == at_once
