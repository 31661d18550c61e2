"""What time alone does: leases expire, agreements run out, drafts are forgotten, keys are turned."""

import base64
from datetime import date, timedelta

from services.registry.actions.resealing import reseal
from services.registry.vault import Vault, read_keys, vault_at
from services.registry.workers import advance_leases, reseal_numbers
from shared.contracts.registry import LeaseChanged, LeaseEnded, LeaseExpiring, SiteFactsChanged
from tests.services.registry.builders import building, lease, party
from tests.support.service import ServiceUnderTest

API = "/api/registry"
MOBILE = "13912345678"


async def test_a_lease_is_expiring_sixty_days_before_its_end_and_expired_the_day_after(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        today = await registry.database.run(_today)
        term = {"start": str(today), "end": str(today + timedelta(days=100))}
        found = await lease(client, place, owner, await party(client), existing=True, **term)
        await client.post(f"{API}/leases/{found['id']}/activate")
        registry.time_passes(days=39)
        await registry.works(advance_leases)
        assert await registry.said(LeaseExpiring) == []
        registry.time_passes(days=1)
        await registry.works(advance_leases)
        await registry.works(advance_leases)
        registry.time_passes(days=61)
        await registry.works(advance_leases)
        shown = (await client.get(f"{API}/leases/{found['id']}")).json()
    [expiring], [ended] = await registry.said(LeaseExpiring), await registry.said(LeaseEnded)
    assert expiring.days_left == 60
    assert (ended.reason, ended.ended_on) == ("expired", today + timedelta(days=100))
    assert (shown["state"], await registry.table("lease_spaces")) == ("expired", [])


async def test_an_agreement_that_runs_out_before_the_lease_is_told_and_becomes_a_fact_of_the_site(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        today = await registry.database.run(_today)
        signed = {"signed_on": str(today), "until": str(today + timedelta(days=30))}
        term = {"start": str(today), "end": str(today + timedelta(days=900)), "agreement": signed}
        found = await lease(client, await building(client, owner), owner, await party(client), existing=True, **term)
        await client.post(f"{API}/leases/{found['id']}/activate")
    registry.time_passes(days=31)
    await registry.works(advance_leases)
    [changed] = await registry.said(LeaseChanged)
    assert (changed.agreement, changed.changed) == ("expired", ("agreement",))
    assert (await registry.said(SiteFactsChanged))[-1].facts["safety_agreement"].value == "expired"


async def test_a_forgotten_draft_gives_its_rooms_back(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        draft = await lease(client, place, owner, await party(client))
        registry.time_passes(days=31)
        await registry.works(advance_leases)
        assert (await client.get(f"{API}/leases/{draft['id']}")).json()["state"] == "withdrawn"
        await lease(client, place, owner, await party(client))


async def test_after_a_new_key_every_number_is_sealed_under_it_and_still_found(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", "integrator") as client:
        view = await party(client, contacts=[{"role": "principal", "name": "王", "mobile": MOBILE, "email": "w@example.org"}])
        old = vault_at(registry.settings, registry.data)
        new = Vault({**read_keys("k2:" + base64.b64encode(b"n" * 32).decode()), **old.keys})
        assert await registry.works(reseal_numbers) is False
        assert await registry.database.run(lambda tx: reseal(new, tx)) is False
        [row] = await registry.table("contacts")
    assert row["mobile_sealed"].startswith("k2:")
    assert new.open(row["mobile_sealed"], "contact.mobile") == MOBILE
    assert bytes(row["mobile_index"]) == new.index(MOBILE, "contact.mobile")
    assert view["contacts"][0]["mobile"] == "139****5678"


async def _today(tx: object) -> date:
    return tx.today  # type: ignore[attr-defined, no-any-return]
