"""The gate as it works out its facts from the ledger: each hard stop and flag once over HTTP, rules that the bureau publishes."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.registry.rulebook import shipped
from shared.contracts.registry import LeaseSubmitted
from tests.services.registry.builders import building, created, lease, party, reviewed, site
from tests.services.registry.hazards import hazard_closed, major_hazard_confirmed
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def submitted(client: httpx.AsyncClient, draft: dict[str, Any]) -> dict[str, Any]:
    """The checks by rule after submitting."""
    answer = await client.post(f"{API}/leases/{draft['id']}/submit")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    return {"step": shown["step"], **{check["rule"]: check for check in shown["checks"]}}


async def test_a_hard_stop_keeps_the_application_with_its_clause_and_reason(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        workshop = await party(client, "老张加工点", party_type="unlicensed")
        checks = await submitted(client, await lease(client, await building(client, owner), owner, workshop))
    assert checks["step"] == "stopped"
    stop = checks["ADM-S1"]
    assert (stop["result"], stop["clause"], stop["reason"]) == ("stopped", "四严禁-2", "承租方无证无照或已注销")
    [said] = await registry.said(LeaseSubmitted)
    assert (said.state, said.due) == ("draft", None)
    assert {check.rule.rule for check in said.checks if check.result == "stopped"} == {"ADM-S1"}


async def test_reasons_come_in_the_callers_language(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", language="en") as client:
        owner = await party(client)
        workshop = await party(client, "老张加工点", party_type="unlicensed")
        checks = await submitted(client, await lease(client, await building(client, owner), owner, workshop))
    assert checks["ADM-S1"]["reason"] == "The tenant is unlicensed or struck off"


async def test_a_stopped_application_is_put_right_and_submitted_again(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client), fire_class_declared="a")
        assert (await submitted(client, draft))["ADM-S3"]["result"] == "stopped"
        await client.patch(f"{API}/leases/{draft['id']}", json={"fire_class_declared": "d"})
        again = await submitted(client, draft)
    assert (again["step"], again["ADM-S3"]["result"]) == ("village_review", "passed")


@pytest.mark.parametrize("how", ["uscc", "name", "industry_prefix"])
async def test_a_barred_firm_is_stopped_by_its_code_its_name_or_its_line_of_work(registry: ServiceUnderTest, how: str) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client), await party(client, industry_code="C2614")
        value = {"uscc": tenant["uscc"], "name": tenant["name"], "industry_prefix": "C26"}[how]
        entry = await created(client, "/barred", **{how: value}, reason="多次拒不整改", basis="开发区不予准入清单")
        draft = await lease(client, await building(client, owner), owner, tenant)
        assert (await submitted(client, draft))["ADM-S2"]["result"] == "stopped"
        await client.post(f"{API}/barred/{entry['id']}/end", json={"effective_to": "2026-01-01"})
        assert (await submitted(client, draft))["ADM-S2"]["result"] == "passed"


async def test_an_entry_that_names_another_firm_bars_nobody_who_has_no_code(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, person = await party(client), await party(client, "李四", party_type="natural_person")
        await created(client, "/barred", name="宜兴市别家厂", reason="多次拒不整改", basis="开发区不予准入清单")
        draft = await lease(client, await building(client, owner), owner, person)
        assert (await submitted(client, draft))["ADM-S2"]["result"] == "passed"


async def test_an_open_major_hazard_anywhere_in_the_building_stops_until_it_is_closed(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        neighbour = await site(client, place, await party(client))
        hazard = {"site_id": UUID(neighbour["id"]), "building_id": UUID(place["id"])}
        assert await registry.hears(major_hazard_confirmed(**hazard), sequence=5) == "acked"
        draft = await lease(client, place, owner, await party(client))
        assert (await submitted(client, draft))["ADM-S6"]["result"] == "stopped"
        await registry.hears(hazard_closed(**hazard), sequence=9)
        await registry.hears(major_hazard_confirmed(**hazard), sequence=5)
        assert (await submitted(client, draft))["ADM-S6"]["result"] == "passed"


async def test_the_third_tenant_with_one_kind_of_risk_is_flagged(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        for _ in range(2):
            await site(client, place, await party(client), facts={"spray": {"value": "solvent"}, "dust": {"value": "wood"}})
        risky = {"spray": {"value": "water"}, "hazchem": {"value": True}}
        checks = await submitted(client, await lease(client, place, owner, await party(client), facts_declared=risky))
    assert (checks["ADM-F1"]["result"], checks["ADM-F2"]["result"]) == ("flagged", "flagged")
    assert checks["step"] == "village_review"


async def test_a_dormitory_among_the_declared_facts_stops_too(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        sleeping = {"occupancy_sleeping": {"value": True}}
        draft = await lease(client, await building(client, owner), owner, await party(client), facts_declared=sleeping)
        assert (await submitted(client, draft))["ADM-S4"]["result"] == "stopped"


async def test_the_rules_are_asked_once_more_when_the_tenant_moves_in(registry: ServiceUnderTest) -> None:

    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client), agreement=None)
        await reviewed(client, draft)
        answer = await client.post(f"{API}/leases/{draft['id']}/activate")
        assert (answer.status_code, answer.json()["code"]) == (409, "admission_stopped")
        assert "十务必-1" in answer.json()["detail"]
        await client.post(f"{API}/leases/{draft['id']}/documents", json={"kind": "agreement"})
        assert (await client.post(f"{API}/leases/{draft['id']}/activate")).status_code == 200


async def test_more_let_than_there_is_floor_is_flagged(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner, floor_area=1000)
        first = await lease(client, place, owner, await party(client), rooms=["1F"], area=900, existing=True)
        await client.post(f"{API}/leases/{first['id']}/activate")
        within = await submitted(client, await lease(client, place, owner, await party(client), rooms=["2F"], area=150))
        beyond = await submitted(client, await lease(client, place, owner, await party(client), rooms=["3F"], area=151))
    assert (within["ADM-F9"]["result"], beyond["ADM-F9"]["result"]) == ("passed", "flagged")


async def test_the_bureaus_own_rulebook_replaces_the_sample_from_its_day_and_never_changes(registry: ServiceUnderTest) -> None:
    document = _sample("YXEDZ-2026.1")
    document["rules"][0] |= {"level": "flag"}
    async with registry.client("bureau") as client:
        await created(client, "/rulebooks", document=document)
        published = await client.post(f"{API}/rulebooks/YXEDZ-2026.1/publish", json={"effective_from": "2099-01-01"})
        assert published.status_code == 200
        owner = await party(client)
        workshop = await party(client, "老张加工点", party_type="unlicensed")
        draft = await lease(client, await building(client, owner), owner, workshop)
        assert (await submitted(client, draft))["ADM-S1"]["rulebook"] == "GATE-2026.3"
        registry.time_passes(days=366 * 80)
        after = (await submitted(client, draft))["ADM-S1"]
        assert (after["rulebook"], after["result"]) == ("YXEDZ-2026.1", "flagged")
        changed = await client.post(f"{API}/rulebooks", json={"document": document})
        assert (changed.status_code, changed.json()["code"]) == (409, "rulebook_in_use")


async def test_a_rulebook_that_cannot_be_applied_is_refused_with_the_reason(registry: ServiceUnderTest) -> None:
    document = _sample("YXEDZ-2026.2")
    document["rules"][0]["when"] = {"fact": "tenant_mood", "is": "bad"}
    async with registry.client("bureau") as client:
        answer = await client.post(f"{API}/rulebooks", json={"document": document})
    assert (answer.status_code, answer.json()["code"]) == (422, "rulebook_wrong")
    assert "ADM-S1 asks for ['tenant_mood']" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"zh": "已有{typo}家"}, "ADM-S1 says {typo}"),
        ({"en": "half a {"}, "ADM-S1 says 'half a {'"),
        ({"en": "{}"}, "ADM-S1 says {}"),
    ],
)
async def test_a_reason_with_a_word_that_nobody_can_fill_is_refused_by_rule_and_word(
    registry: ServiceUnderTest, words: dict[str, str], told: str
) -> None:
    document = _sample("YXEDZ-2026.3")
    document["rules"][0] |= words
    async with registry.client("bureau") as client:
        answer = await client.post(f"{API}/rulebooks", json={"document": document})
        assert (answer.status_code, answer.json()["code"]) == (422, "rulebook_wrong")
        assert told in answer.json()["detail"]
        await created(client, "/rulebooks", document=_sample("YXEDZ-2026.3"))
        spoilt = text("UPDATE registry.rulebooks SET document = jsonb_set(document, '{rules,0,zh}', '\"{typo}\"')")
        await registry.database.run(lambda tx: tx.execute(spoilt))
        published = await client.post(f"{API}/rulebooks/YXEDZ-2026.3/publish", json={"effective_from": "2099-01-01"})
    assert (published.status_code, published.json()["code"]) == (422, "rulebook_wrong")


def _sample(version: str) -> dict[str, Any]:
    """The shipped rulebook under another version, as a client would send it."""

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: plain(value) for key, value in node.items()}
        if isinstance(node, list):
            return [plain(item) for item in node]
        return node.isoformat() if hasattr(node, "isoformat") else node

    return dict(plain(shipped("gate"))) | {"version": version}
