"""Grading hears every event that bears on a site, and asks of the ledger only what the ledger can answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.grading.domain.policy.parts import FactDeclared
from services.grading.domain.translation import TRANSLATORS
from services.grading.rulings import shipped_policy
from services.registry.actions.cards import fact_value
from services.registry.domain.building import SandwichPanel
from services.registry.domain.derived import Surroundings, derive
from services.registry.domain.facts import FactKey, FactKind
from services.registry.rulebook import shipped_facts
from shared.clock import shanghai_date, utc_now
from shared.contracts import guidance, inspection, notify, registry
from shared.contracts.event import Event
from shared.contracts.guidance import GuidanceGiven
from shared.contracts.vocabulary import AgreementState, FireClass, FireResistance
from shared.identifiers import new_id
from tests.services.grading.asking import level, posted
from tests.services.grading.builders import MILL, facts_changed, site_registered, today, visit_recorded
from tests.support.service import ServiceUnderTest

SAYS_NOTHING_OF_A_LEVEL = {
    "CampaignOpened": "about a grid's plan, not about a site",
    "CampaignTargetVisited": "the visit itself is said as VisitRecorded",
    "CampaignClosed": "about a grid's plan, not about a site",
    "CodeIssued": "a code is a door, not a conduct",
    "CodePosted": "a missing code is found as a hazard (LF-45)",
    "CodeVoided": "a code is a door, not a conduct",
    "ComplaintReceived": "only what was decided counts",
    "ConsultationOpened": "its measures become hazards",
    "ConsultationConcluded": "its measures become hazards",
    "ContactChanged": "who cannot be reached, and who is again, is said by notify",
    "HandbookPublished": "about everybody",
    "MobileVerified": "a number that rings says nothing of conduct; that nobody is reached is said as ContactUnreachable",
    "NoticeAccepted": "what became of one notice",
    "NoticeAcknowledged": "what became of one notice",
    "NoticeDelivered": "what became of one notice",
    "NoticeFailed": "what became of one notice; that nothing reaches its person is said as ContactUnreachable",
    "NoticePlanned": "what became of one notice",
    "OfficerAssigned": "about a grid",
    "PartyRegistered": "what counts of a party is said of its sites",
    "TrainingHeld": "who passed is said one by one",
}
"""Events of the neighbours that grading does not hear, and why."""


def test_every_event_is_heard_or_is_known_to_say_nothing_of_a_level() -> None:
    spoken = {
        found
        for module in (registry, inspection, guidance, notify)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Event) and found is not Event
    }
    unheard = {event.__name__ for event in spoken - set(TRANSLATORS)}
    assert unheard == set(SAYS_NOTHING_OF_A_LEVEL)


async def test_an_engineer_on_site_is_a_visit_and_advice_by_telephone_is_none(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known={}))
    advice = {"guidance_id": new_id(), "site_id": MILL, "engineer_id": new_id(), "topic": "fire", "result": "advised"}
    given = advice | {"given_at": datetime.now(UTC)}
    await grading.hears(GuidanceGiven.model_validate(given))
    assert '"visit"' not in (await grading.table("sites"))[0]["facts"]
    await grading.hears(GuidanceGiven.model_validate(given | {"visit_id": new_id()}), message=new_id())

    assert '"visit":{"guidance"' in (await grading.table("sites"))[0]["facts"]


async def test_a_telephone_whose_clock_is_ahead_does_not_hide_the_visits_that_follow(grading: ServiceUnderTest) -> None:
    """Otherwise nobody would have to come for as long as it was ahead, and the level would rise unseen."""
    await grading.hears(site_registered(), visit_recorded(on=utc_now() + timedelta(days=400)))
    assert f'"on":"{today()}"' in visits_of(await grading.table("sites"))
    grading.time_passes(days=30)
    later = utc_now() + timedelta(days=30)
    await grading.hears(visit_recorded(on=later))

    assert f'"on":"{shanghai_date(later)}"' in visits_of(await grading.table("sites"))


def visits_of(sites: Any) -> str:
    [row] = sites
    return str(row["facts"]).partition('"visit":')[2].partition("}")[0]


DECLARED = shipped_policy().document.facts
ANSWERS = {
    "truth": {FactKind.TRISTATE, FactKind.ITEMS},
    "choice": {FactKind.CHOICE},
    "choices": {FactKind.CHOICES},
    "number": {FactKind.NUMBER, FactKind.COUNT},
    "date": {FactKind.DATE},
    "text": {FactKind.TEXT},
}


def disagreements(declared: FactDeclared, key: FactKey | None) -> list[str]:
    if key is None:
        return [] if declared.proposed else ["the ledger does not ask it"]
    found = [] if key.kind in ANSWERS[declared.type] else [f"{declared.type} is answered by {key.kind}"]
    return found + [f"answer {value}" for value in sorted({*declared.values} ^ {*key.values})]


@pytest.mark.parametrize("key", sorted(DECLARED))
def test_the_policy_asks_what_the_ledger_answers(key: str) -> None:
    assert disagreements(DECLARED[key], shipped_facts().keys.get(key)) == []


def test_a_policy_that_asks_otherwise_is_found_out() -> None:
    """The value that the policy once had for an agreement, and the ledger never said."""
    stale = DECLARED["safety_agreement"].model_copy(update={"values": ("signed", "unsigned", "expired")})
    assert disagreements(stale, shipped_facts().keys["safety_agreement"]) == [
        "answer in_contract",
        "answer missing",
        "answer unsigned",
    ]
    assert disagreements(DECLARED["dust"], None) == ["the ledger does not ask it"]


def test_what_the_ledger_must_know_of_a_tenant_the_policy_misses_too() -> None:
    asked = {key for key, declared in shipped_facts().keys.items() if declared.required}
    assert asked - {key for key, declared in DECLARED.items() if declared.required} == {"building_fire_resistance"}
    assert {key for key, declared in DECLARED.items() if declared.required} <= asked


@pytest.mark.parametrize(
    ("key", "column", "words"),
    [
        ("building_fire_resistance", "fire_resistance", FireResistance),
        ("building_fire_class_design", "fire_class_design", FireClass),
        ("building_sandwich_panel", "sandwich_panel", SandwichPanel),
    ],
)
def test_what_the_ledger_derives_of_a_building_is_an_answer(key: str, column: str, words: Any) -> None:
    usual = {
        "fire_resistance": "class_2",
        "fire_class_design": "c",
        "sandwich_panel": "none",
        "shared_escape": "no",
        "details": {},
    }
    said = {derive(Surroundings(usual | {column: word.value}, tenants=1))[key] for word in words}
    assert said - {"unknown"} <= {*DECLARED[key].values}


def test_what_the_ledger_derives_of_an_agreement_is_an_answer() -> None:
    assert {word.value for word in AgreementState} - {"unknown"} == {*DECLARED["safety_agreement"].values}


@pytest.mark.parametrize(
    ("furnaces", "points"), [([0.2, 0.3], 12), ([0.6, 0.4], 25), ([0.6, None], 12)], ids=["half a tonne", "one tonne", "unknown"]
)
async def test_a_list_of_furnaces_counts_by_its_tonnes(grading: ServiceUnderTest, furnaces: Any, points: int) -> None:
    things = [{"furnace": "coreless"} | ({} if tonnes is None else {"capacity_t": tonnes}) for tonnes in furnaces]
    row = {"key": "molten_metal", "value": things, "qty": None, "unit": None, "source": "visit", "verified_by": None}
    said = fact_value(row | {"valid_from": datetime.now(UTC).date(), "valid_to": None})
    await grading.hears(site_registered())
    await grading.hears(facts_changed(molten_metal=said), sequence=2)

    assert (await level(grading))["inherent"]["points"] == points


async def test_an_agreement_that_the_ledger_misses_costs_and_one_in_the_contract_does_not(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    scores = []
    for version, answer in enumerate(("in_contract", "missing", "signed", "expired"), start=2):
        await grading.hears(facts_changed(safety_agreement=answer), sequence=version)
        scores.append((await level(grading))["management"]["score"])

    assert scores == [100, 85, 100, 85]
    supposed = await posted(grading, f"/sites/{MILL}/what-if", {"facts": {"safety_agreement": "in_contract"}})
    assert supposed.json()["management"]["score"] == 100
