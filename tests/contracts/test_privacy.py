"""No event can carry a phone, an ID number or the name of a natural person: there is no field to put it in."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.contracts.event import Event
from shared.contracts.registry import PartyRegistered
from shared.contracts.speakers import published
from shared.contracts.vocabulary import PartyId, PartyKind, PartyType
from shared.contracts.wire_schema import resolved, schema_of
from tests.contracts.messages import rehearsal

PERSONAL = re.compile(
    r"""(^|_)(mobile|phone|telephone|tel|fax|email|mail|openid|unionid|wechat_id|address(ee)?|id_?number|id_?card|identity|passport
    |birth(day|date)?|gender|sex|age|caller|complainant|reporter|surname|first_name|last_name|full_name|nick_?name|contact_name|person
    |signature|face|plate|bank|rent|price|amount|note|comment|remark|text|message|description|summary|detail)(s|_|$)""",
    re.VERBOSE,
)
IDENTITIES = {"person_id"}
ORGANISATIONS = {
    "registry.site_registered",
    "registry.site_changed",
    "registry.party_registered",
    "registry.party_changed",
    "inspection.campaign_opened",
    "inspection.campaign_closed",
    "grading.policy_activated",
}


@pytest.mark.parametrize("event", published(), ids=lambda event: event.wire_type())
def test_no_field_could_carry_personal_data(event: type[Event]) -> None:
    assert list(_personal_fields(event)) == []


def test_a_name_is_only_an_organisations_a_sites_a_campaigns_or_a_policys() -> None:
    named = {event.event_name for event in published() if any(name.rpartition(".")[2] == "name" for name in _fields(event))}
    assert named == ORGANISATIONS


@pytest.mark.parametrize(
    "field",
    [
        "mobile",
        "phone",
        "contact_phone",
        "id_number",
        "idcard",
        "caller",
        "contact_name",
        "note",
        "wechat_id",
        "openid",
        "address",
    ],
)
def test_the_guard_would_find_it(field: str) -> None:
    with rehearsal():
        annotations = {"door": str, field: str | None}
        opened: type[Event] = type(
            "Opened", (Event,), {"__annotations__": annotations, field: None}, name="testing.door_opened", aggregate="door"
        )
        assert list(_personal_fields(opened)) == [field]


def test_the_guard_looks_into_values() -> None:
    found = set(_fields(next(event for event in published() if event.event_name == "grading.grade_changed")))
    assert {"reasons.rule", "to_improve.change.action", "from"} <= found


@pytest.mark.parametrize("personal", [{"name": "王小明"}, {"uscc": "91320282MA0000015N"}])
def test_a_natural_person_is_an_id_and_nothing_more(personal: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"party_id": _PARTY, "party_type": PartyType.NATURAL_PERSON, "kinds": (PartyKind.LANDLORD,)}
    with pytest.raises(ValidationError, match="never travel") as refusal:
        PartyRegistered(**facts, **personal)
    assert next(iter(personal.values())) not in str(refusal.value)


def test_an_organisation_has_a_name() -> None:
    party = PartyRegistered(
        party_id=_PARTY, party_type=PartyType.ENTERPRISE, kinds=(PartyKind.TENANT,), name="宜兴示例木业有限公司"
    )
    assert party.name == "宜兴示例木业有限公司"


def _personal_fields(event: type[Event]) -> Iterator[str]:
    return (name for name in _fields(event) if PERSONAL.search(last := name.rpartition(".")[2]) and last not in IDENTITIES)


def _fields(event: type[Event]) -> list[str]:
    return list(_walk(resolved(schema_of(event)), ""))


def _walk(node: Any, place: str) -> Iterator[str]:
    if isinstance(node, list):
        for entry in node:
            yield from _walk(entry, place)
    if isinstance(node, dict):
        for name, field in node.get("properties", {}).items():
            where = f"{place}.{name}" if place else name
            yield where
            yield from _walk(field, where)
        for key in ("anyOf", "items", "patternProperties", "additionalProperties", "prefixItems"):
            inner = node.get(key)
            yield from _walk(list(inner.values()) if key == "patternProperties" and inner else inner, place)


_PARTY = PartyId(UUID("019cacb3-f200-75d8-93f1-0afa2d61c2e9"))
