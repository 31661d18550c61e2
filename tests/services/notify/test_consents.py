"""Who may say what a person agreed to in the mini-program."""

from uuid import UUID

import pytest

from tests.services.notify.builders import BOSS, LANDLORD, LANDLORD_BOSS, TENANT, contact, named, people
from tests.support.service import ServiceUnderTest


@pytest.mark.parametrize(
    ("role", "party", "person", "status"),
    [
        ("tenant", TENANT, BOSS, 204),
        ("tenant", TENANT, LANDLORD_BOSS, 404),
        ("tenant", TENANT, named("nobody"), 404),
        ("landlord", LANDLORD, LANDLORD_BOSS, 204),
        ("landlord", LANDLORD, LANDLORD, 204),
        ("landlord", LANDLORD, BOSS, 404),
        ("integrator", None, BOSS, 204),
        ("grid_officer", None, BOSS, 403),
    ],
)
async def test_consent_is_told_of_the_people_of_ones_own_party(
    notify: ServiceUnderTest, role: str, party: UUID | None, person: UUID, status: int
) -> None:
    await notify.hears(*people())
    async with notify.client(role, parties=[party] if party else []) as client:
        answer = await client.post(
            "/api/notify/consents", json={"person_id": str(person), "accepted": ["HZ_NEW"], "refused": ["HZ_DUE"]}
        )

    assert answer.status_code == status
    kept = {(row["person_id"], row["template"], row["left"]) for row in await notify.table("quotas")}
    assert kept == ({(person, "HZ_NEW", 1), (person, "HZ_DUE", 0)} if status == 204 else set())


async def test_nobody_consents_for_a_contact_who_has_left(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(contact(BOSS, TENANT, active=False), sequence=2)
    async with notify.client("tenant", parties=[TENANT]) as client:
        answer = await client.post("/api/notify/consents", json={"person_id": str(BOSS), "accepted": ["HZ_NEW"]})

    assert (answer.status_code, answer.json()["code"]) == (404, "missing")
    assert await notify.table("quotas") == []
