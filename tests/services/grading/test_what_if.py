"""What if: the same function asked again, and nothing is stored."""

from datetime import timedelta

from services.grading.rulings import shipped_text
from shared.identifiers import new_id
from tests.services.grading.asking import level, posted
from tests.services.grading.builders import (
    MILL,
    RISKY,
    hazard_found,
    major_hazard_confirmed,
    site_registered,
    today,
    visit_recorded,
)
from tests.support.service import ServiceUnderTest


async def test_a_supposed_answer_gives_the_level_that_it_would(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    before = await grading.table("sites")
    answer = await posted(
        grading, f"/sites/{MILL}/what-if", {"facts": {"dust": "metal", "dust_collector": "wet", "ammonia": "nitriding"}}
    )

    assert answer.status_code == 200
    assert (answer.json()["inherent"]["band"], answer.json()["level"]) == ("r1", "orange")
    assert await grading.table("sites") == before


async def test_a_supposed_closing_lifts_the_veto(grading: ServiceUnderTest) -> None:
    hazard = new_id()
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(major_hazard_confirmed(hazard))
    answer = (await posted(grading, f"/sites/{MILL}/what-if", {"close_hazards": [str(hazard)]})).json()

    assert (answer["level"], answer["vetoes"]) == ("orange", [])
    assert (await level(grading))["level"] == "red"


async def test_a_later_day_shows_what_is_announced(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known=RISKY))
    grading.time_passes(days=1)
    for _ in range(3):
        await grading.hears(hazard_found(level="serious", due="2099-01-01"))
    later = (today() + timedelta(days=9)).isoformat()
    answer = (await posted(grading, f"/sites/{MILL}/what-if", {"on": later})).json()

    assert (await level(grading))["level"] == "blue"
    assert answer["level"] == "yellow"


async def test_a_later_day_is_graded_by_the_policy_that_grades_then(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known=RISKY))
    grading.time_passes(days=1)
    start = today() + timedelta(days=5)
    stricter = shipped_text().replace("DEFAULT-2026.2", "BUREAU-2026.2")
    stricter = stricter.replace("{id: inherent.solvent, points: 15", "{id: inherent.solvent, points: 45", 1)
    async with grading.client("bureau") as client:
        (await client.post("/api/grading/policies", content=stricter)).raise_for_status()
    await posted(grading, "/policies/BUREAU-2026.2/activate", {"from": start.isoformat()})
    before, after = [
        (await posted(grading, f"/sites/{MILL}/what-if", {"on": (start + timedelta(days=days)).isoformat()})).json()
        for days in (-1, 1)
    ]
    assert (before["policy"], before["level"]) == ("DEFAULT-2026.2", "blue")
    assert (after["policy"], after["level"], after["since"]) == (
        "BUREAU-2026.2",
        "yellow",
        (start + timedelta(days=1)).isoformat(),
    )


async def test_a_supposition_outside_the_policy_is_refused_with_its_place(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    unknown = await posted(grading, f"/sites/{MILL}/what-if", {"facts": {"colour": "red"}})
    past = await posted(grading, f"/sites/{MILL}/what-if", {"on": "2020-01-01"})
    stranger = await posted(grading, f"/sites/{MILL}/what-if", {"close_hazards": [str(new_id())]})

    assert [(answer.status_code, answer.json()["code"]) for answer in (unknown, past, stranger)] == [
        (422, "fact_undeclared"),
        (422, "day_out_of_reach"),
        (422, "hazard_not_open"),
    ]
    assert unknown.json()["errors"][0]["pointer"] == "/facts/colour"
