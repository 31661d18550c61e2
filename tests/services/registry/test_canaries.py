"""Canaries: planted numbers and names that must never turn up in events, tables, logs, errors or masked answers."""

from typing import Any

import httpx
import pytest

from services.registry.actions.taking import take_rows
from services.registry.vault import vault_at
from services.registry.workers import advance_leases, refresh_map, reseal_numbers
from tests.services.registry.builders import building, compound, created, credit_code, lease, party, site
from tests.services.registry.test_taking_rows import ledger_row
from tests.support.service import ServiceUnderTest

API = "/api/registry"
MOBILE, OFFICER_MOBILE, BAD_MOBILE = "13987654321", "15987654321", "1398765432"
ID_NUMBER, BAD_ID_NUMBER = "11010519491231002X", "110105194912310021"
PERSON_NAME = "欧阳莲子"
NUMBERS = (MOBILE, OFFICER_MOBILE, BAD_MOBILE, ID_NUMBER, BAD_ID_NUMBER)
_MAY_HOLD_NAMES = {"parties", "contacts", "history", "idempotency", "officers", "sites"}


async def _busy_day(registry: ServiceUnderTest, client: httpx.AsyncClient) -> list[str]:
    """Everything that ever touches a person, right and wrong; the answers of what was refused."""
    people = [{"role": "principal", "name": PERSON_NAME, "mobile": MOBILE, "email": "lianzi@example.org"}]
    person = await party(client, PERSON_NAME, party_type="natural_person", id_number=ID_NUMBER, contacts=people)
    owner = await party(client, contacts=people)
    home = await compound(client, person)
    place = await building(client, compound_id=home["id"], unified_manager_party_id=owner["id"])
    tenant = await party(client, contacts=people)
    await site(client, place, person, kind="landlord")
    found = await lease(client, place, person, tenant, existing=True)
    await client.post(f"{API}/leases/{found['id']}/activate")
    rival = {"landlord_party_id": person["id"], "tenant_party_id": owner["id"], "building_id": place["id"], "rooms": ["2F"]}
    officer = await created(client, "/officers", name=PERSON_NAME, account_id="o-1", mobile=OFFICER_MOBILE)
    grid = await created(client, "/grids", name="东网格")
    await client.post(f"{API}/grids/{grid['id']}/assign", json={"officer_id": officer["id"]})
    await client.patch(f"{API}/contacts/{tenant['contacts'][0]['id']}", json={"mobile": MOBILE, "reachable": False})
    await client.get(f"{API}/contacts/{tenant['contacts'][0]['id']}/address")
    await client.post(f"{API}/parties/{person['id']}/reveal-id-number")
    await client.get(f"{API}/buildings/{place['id']}/fire-card.html")
    await client.post(f"{API}/parties/{owner['id']}/merge", json={"into": tenant["id"], "reason": "重复"})
    rows = [ledger_row(number) for number in range(1, 4)]
    await registry.database.run(lambda tx: take_rows(rows, vault_at(registry.settings, registry.data), tx))
    for worker in (advance_leases, refresh_map, reseal_numbers):
        await registry.works(worker)
    wrong = {"party_type": "enterprise", "name": "甲", "uscc": credit_code()}
    refused = [
        await client.post(
            f"{API}/parties", json={**wrong, "contacts": [{"role": "principal", "name": PERSON_NAME, "mobile": BAD_MOBILE}]}
        ),
        await client.post(
            f"{API}/parties", json={"party_type": "natural_person", "name": PERSON_NAME, "id_number": BAD_ID_NUMBER}
        ),
        await client.post(f"{API}/parties", json={**wrong, "contacts": [{"role": MOBILE, "name": 7, "mobile": [MOBILE]}]}),
        await client.post(f"{API}/parties", json={**wrong, "phone": ID_NUMBER}),
        await client.post(f"{API}/leases", json={**rival, "start": "2026-01-01", "end": "2027-01-01"}),
        await client.post(f"{API}/sites", json={"kind": "tenant", "party_id": MOBILE, "building_id": ID_NUMBER}),
        await client.put(f"{API}/sites/{tenant['id']}/facts", json={"hazchem": {"value": [{"phone": MOBILE}]}}),
    ]
    assert [answer.status_code for answer in refused if answer.status_code < 400] == []
    return [answer.text for answer in refused]


async def test_no_canary_sings(registry: ServiceUnderTest, capfd: pytest.CaptureFixture[str]) -> None:
    async with registry.client("bureau", "integrator") as client:
        refusals = await _busy_day(registry, client)
    logged = capfd.readouterr()
    for number in NUMBERS:
        assert number not in logged.out + logged.err, "log"
        assert not [text for text in refusals if number in text], "error"
    assert PERSON_NAME not in logged.out + logged.err
    assert not [text for text in refusals if PERSON_NAME in text]
    for table in await _tables(registry):
        for row in await registry.table(table):
            _require_clean(table, _everything(row))


def _require_clean(table: str, stored: str) -> None:
    for number in NUMBERS:
        assert number not in stored, table
    if table not in _MAY_HOLD_NAMES:
        assert PERSON_NAME not in stored, table


async def _tables(registry: ServiceUnderTest) -> list[str]:
    return sorted(table.name for table in registry.service.mailbox.metadata.tables.values())


def _everything(row: Any) -> str:
    """A row as text; bytes too, as they might hold text."""
    parts = (
        bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value) for value in row.values()
    )
    return "\n".join(parts)
