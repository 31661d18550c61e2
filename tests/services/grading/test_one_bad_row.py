"""A site whose row cannot be read costs itself alone: all others go on moving, and the log names it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.grading import workers
from services.grading.rulings import shipped_text
from shared.identifiers import new_id
from tests.services.grading.asking import got, level, posted
from tests.services.grading.builders import (
    MILL,
    OWNER_SITE,
    RISKY,
    facts_changed,
    hazard_found,
    landlord_registered,
    site_registered,
    today,
)
from tests.support.service import ServiceUnderTest

NEXT = "BUREAU-2026.2"


async def spoil(grading: ServiceUnderTest, site: UUID) -> None:
    """As a disk, a hand or a later version might leave it."""
    spoilt = text("UPDATE grading.sites SET facts = '{' WHERE site_id = :site")
    await grading.database.run(lambda tx: tx.execute(spoilt, {"site": site}))


def names(site: UUID, output: str) -> bool:
    return "site_not_graded" in output and str(site) in output


async def test_time_moves_the_others(grading: ServiceUnderTest, capsys: pytest.CaptureFixture[str]) -> None:
    bad = new_id()
    await grading.hears(site_registered(bad, known=RISKY), site_registered(known=RISKY))
    grading.time_passes(days=1)
    serious = [hazard_found(site_id=site, level="serious", due="2099-01-01") for site in (bad, MILL) for _ in range(3)]
    await grading.hears(*serious)
    await spoil(grading, bad)
    grading.time_passes(days=6)

    assert await grading.works(workers.review_due_sites) is False
    assert (await level(grading))["level"] == "yellow"
    assert names(bad, capsys.readouterr().out)


async def test_a_policy_grades_the_others_and_tells_how_many(grading: ServiceUnderTest) -> None:
    bad = new_id()
    await grading.hears(site_registered(bad, known=RISKY), site_registered(known=RISKY))
    async with grading.client("bureau") as client:
        changed = shipped_text().replace("DEFAULT-2026.2", NEXT)
        (await client.post("/api/grading/policies", content=changed)).raise_for_status()
    await spoil(grading, bad)
    await posted(grading, f"/policies/{NEXT}/activate", {"from": today().isoformat()})
    while await grading.works(workers.grade_anew_by_policy):
        pass

    assert (await level(grading))["policy"] == NEXT
    [view] = (await got(grading, f"/policies/{NEXT}"))["activations"]
    assert (view["graded"], view["total"], view["finished_at"] is not None) == (1, 2, True)


async def test_what_rises_from_tenants_reaches_the_other_landlords(grading: ServiceUnderTest) -> None:
    bad, tenant = new_id(), new_id()
    await grading.hears(landlord_registered(bad, new_id()), landlord_registered())
    await grading.hears(site_registered(tenant, new_id(), landlord_site_id=bad), site_registered(landlord_site_id=OWNER_SITE))
    await spoil(grading, bad)
    await grading.hears(*(facts_changed(site, exit_locked=True) for site in (tenant, MILL)), sequence=2)
    while await grading.works(workers.roll_up_sites):
        pass

    assert "landlord.tenants" in {part["rule"] for part in (await level(grading, OWNER_SITE))["management"]["deductions"]}
    assert await grading.table("rollups") == []


@pytest.mark.parametrize("key", ["penalty_on", "fire_system_tested_on", "fatal_accident_on"])
async def test_a_date_at_the_end_of_the_calendar_is_a_date(grading: ServiceUnderTest, key: str) -> None:
    """Somebody has typed 9999: as far as one can tell, it has not come to an end."""
    said: dict[str, Any] = {key: "9999-12-31"}
    await grading.hears(facts_changed(OWNER_SITE, **said), sequence=2)
    assert await grading.hears(landlord_registered()) == "acked"

    later = (today() + timedelta(days=300)).isoformat()
    assert (await posted(grading, f"/sites/{OWNER_SITE}/what-if", {"on": later})).status_code == 200
