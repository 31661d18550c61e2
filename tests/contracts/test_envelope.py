"""A message carries its fact and its ancestry through the wire, and what cannot be read never shows what was in it."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.contracts.event import Event, UnreadableEventError, decode, encode, subject_of
from shared.contracts.grading import GradeWarned
from shared.contracts.registry import OfficerAssigned, SiteClosed
from shared.contracts.vocabulary import GridId, Level, OfficerId, PartyId, SiteClosingReason, SiteId, SiteKind
from tests.contracts.messages import CAUSE, FIRST, SITE, closed_site, envelope_for, message, rehearsal

CANARY = "13800138000"
NAME = "王小明"


def test_the_envelope_comes_back_as_it_was_sent() -> None:
    sent = envelope_for(SiteClosed, traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    assert decode(encode(_closed(), sent)).envelope == sent


def test_a_fact_is_the_same_whether_it_was_heard_or_not() -> None:
    heard = decode(encode(_closed(), envelope_for(SiteClosed)))
    assert heard == _closed()
    assert hash(heard) == hash(_closed())
    assert heard != _closed().model_copy(update={"reason": SiteClosingReason.OTHER})
    assert _closed() != _assigned()


def test_a_first_cause_has_no_causation_and_an_event_without_a_site_no_subject() -> None:
    sent = envelope_for(OfficerAssigned, causation_id=None, subject=None)
    raw = encode(_assigned(), sent)
    assert decode(raw).envelope == sent
    assert {"subject", "causationid", "traceparent"}.isdisjoint(json.loads(raw))


def test_the_message_is_a_structured_cloudevent() -> None:
    written = json.loads(encode(_closed(), envelope_for(SiteClosed)))
    assert written["specversion"] == "1.0"
    assert written["type"] == "registry.site_closed.v1"
    assert written["dataschema"] == "/schemas/registry.site_closed.v1.json"
    assert written["subject"] == written["data"]["site_id"] == str(SITE)
    assert written["sequence"] == 3


def test_the_words_from_and_to_are_written_as_they_are_read() -> None:
    written = json.loads(encode(_assigned(), envelope_for(OfficerAssigned)))["data"]
    assert written["from"] == "2026-01-01"
    assert "from_" not in written


def test_a_level_change_keeps_where_it_came_from() -> None:
    warned = _warned()
    heard = decode(encode(warned, envelope_for(GradeWarned)))
    assert isinstance(heard, GradeWarned)
    assert (heard.from_, heard.to) == (Level.YELLOW, Level.RED)


def test_an_event_that_was_never_said_has_no_envelope() -> None:
    with pytest.raises(LookupError, match="SiteClosed was not heard"):
        _ = _closed().envelope


def test_the_subject_on_the_bus_names_event_and_site() -> None:
    assert subject_of(_closed()) == f"registry.site_closed.v1.{SITE}"
    assert subject_of(_assigned()) == "registry.officer_assigned.v1.-"


def test_what_a_newer_speaker_adds_is_ignored() -> None:
    data = closed_site(weather="rain", neighbours=[{"far": True}])
    heard = decode(message(data=data, severity="high"))
    assert heard.model_dump() == decode(message()).model_dump()


def test_an_old_version_is_heard_as_the_newest_through_every_step() -> None:
    with rehearsal():

        class Weighed(Event, name="testing.load_weighed", version=3, aggregate="load"):
            load: str
            grams: int

        class WeighedV2(Event, name="testing.load_weighed", version=2, aggregate="load"):
            load: str
            kilograms: int

            def upcast(self) -> Weighed:
                return Weighed(load=self.load, grams=self.kilograms * 1000)

        class WeighedV1(Event, name="testing.load_weighed", version=1, aggregate="load"):
            load: str
            tons: int

            def upcast(self) -> WeighedV2:
                return WeighedV2(load=self.load, kilograms=self.tons * 1000)

        heard = decode(message(type="testing.load_weighed.v1", data={"load": "a", "tons": 2}))
        assert isinstance(heard, Weighed)
        assert heard.grams == 2_000_000
        assert heard.envelope.type == WeighedV1.wire_type()


def test_an_old_version_that_its_upcast_cannot_lift_is_unreadable_and_kills_nobody() -> None:
    with rehearsal():

        class Weighed(Event, name="testing.load_weighed", version=2, aggregate="load"):
            load: str
            grams: int

        class WeighedV1(Event, name="testing.load_weighed", version=1, aggregate="load"):
            load: str
            loads: int

            def upcast(self) -> Weighed:
                return Weighed(load=self.load, grams=1000 // self.loads)

        with pytest.raises(UnreadableEventError, match="upcast: ZeroDivisionError"):
            decode(message(type=WeighedV1.wire_type(), data={"load": "a", "loads": 0}))


UNREADABLE: dict[str, bytes] = {
    "empty": b"",
    "not JSON": f"{{{CANARY} {NAME}".encode(),
    "half a character": '{"specversion": "1.0", "id": "王'.encode()[:-1],
    "a list": json.dumps([CANARY, NAME]).encode(),
    "a number": CANARY.encode(),
    "too deep": b"[" * 100_000,
    "no CloudEvent": message(specversion=CANARY),
    "no type": message(type=None),
    "unknown type": message(type=f"{NAME}.{CANARY}.v1"),
    "type without version": message(type="registry.site_closed"),
    "a version to come": message(type="registry.site_closed.v99"),
    "an endless version": message(type="registry.site_closed.v" + "9" * 5000),
    "a foreign digit": message(type="registry.site_closed.v١"),
    "no data": message(data=None),
    "data is text": message(data=f"{NAME} {CANARY}"),
    "no id": message(id=None),
    "id is no UUID": message(id=CANARY),
    "id is a number": message(id=int(CANARY)),
    "subject is a list": message(subject=[CANARY]),
    "no time": message(time=None),
    "time is no time": message(time=NAME),
    "time without offset": message(time="2026-03-02T04:00:00"),
    "sequence is text": message(sequence=NAME),
    "missing field": message(data={"site_id": str(SITE), "note": CANARY}),
    "wrong id in data": message(data=closed_site(site_id=CANARY)),
    "unknown word": message(data=closed_site(reason=NAME)),
    "wrong date": message(data=closed_site(closed_on=f"{CANARY} {NAME}")),
    "wrong key": message(type="registry.site_facts_changed.v1", data={"site_id": str(SITE), "facts": {NAME: {"value": CANARY}}}),
    "wrong value under a personal key": message(
        type="registry.site_facts_changed.v1", data={"site_id": str(SITE), "facts": {CANARY: {"value": [[NAME]]}}}
    ),
    "a person's name": message(
        type="registry.party_registered.v1",
        data={"party_id": str(FIRST), "party_type": "natural_person", "kinds": ["landlord"], "name": NAME},
    ),
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_unreadable_and_never_echoed(raw: bytes) -> None:
    with pytest.raises(UnreadableEventError) as refusal:
        decode(raw)
    told = f"{refusal.value} {refusal.value!r} {refusal.value.__cause__}"
    assert CANARY not in told
    assert NAME not in told


def test_a_refusal_names_the_field_and_the_rule() -> None:
    with pytest.raises(UnreadableEventError, match=r"data\.reason: enum") as refusal:
        decode(message(data=closed_site(reason="left", closed_on=None)))
    assert "data.closed_on: date_type" in str(refusal.value)


def test_a_wrong_fact_is_found_without_its_key() -> None:
    facts: dict[str, Any] = {CANARY: {"value": True, "valid_from": "2026-03-02"}}
    with pytest.raises(UnreadableEventError, match=r"data\.facts\.\*\.source: missing"):
        decode(message(type="registry.site_facts_changed.v1", data={"site_id": str(SITE), "facts": facts}))


def test_an_event_cannot_be_changed_after_it_was_said() -> None:
    with pytest.raises(ValueError, match="frozen"):
        _closed().reason = SiteClosingReason.OTHER  # type: ignore[misc]


def _closed() -> SiteClosed:
    return SiteClosed(
        site_id=SiteId(SITE),
        kind=SiteKind.TENANT,
        party_id=PartyId(CAUSE),
        reason=SiteClosingReason.MOVED_OUT,
        closed_on=date(2026, 3, 2),
    )


def _assigned() -> OfficerAssigned:
    return OfficerAssigned(grid_id=GridId(FIRST), officer_id=OfficerId(CAUSE), from_=date(2026, 1, 1))


def _warned() -> GradeWarned:
    return GradeWarned(
        site_id=SiteId(SITE),
        from_=Level.YELLOW,
        to=Level.RED,
        reasons=(),
        policy="DEFAULT-2026.1",
        revision=2,
        notice_until=datetime(2026, 3, 5, tzinfo=UTC).date(),
    )
