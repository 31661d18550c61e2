"""The checker proven: evidence of an honest trial passes, and each single falsification of it is found, by its name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faults import checker
from tests.faults.checker import judge
from tests.faults.evidence import Blow, Evidence, Exit, Heard, Listener, Parked, Said, Stored
from tests.faults.ledger import Answered
from tests.faults.toys import CAST, NOT_READ, READ_TWICE, Letters

NOON = datetime(2026, 1, 1, tzinfo=UTC)
READER = "receiver-read-letters"


def answered(number: int, status: int = 201) -> Answered:
    says = {"sender.letter_posted.v1": 1}
    return Answered(f"ask{number}", "sender", "post", status, None, says, ("sender.letters", f"thing{number}"), 1.0, 2.0, 1)


def said(number: int, **more: Any) -> Said:
    event = Said(
        service="sender",
        row=number,
        event_id=f"event{number}",
        type="sender.letter_posted.v1",
        subject=f"sender.letter_posted.v1.{number}",
        digest=bytes([number]),
        aggregate=f"letter_id={number // 2}",
        sequence=number,
        correlation_id=f"ask{number}",
        causation_id=None,
        created_at=NOON,
        sent=True,
        stream_seq=number,
    )
    return replace(event, **more)


def answer(number: int) -> Said:
    """What the receiver says because of the event of this number."""
    event = said(number, service="receiver", type="receiver.letter_read.v1", event_id=f"answer{number}", sequence=1)
    return replace(event, aggregate=f"letter_id={number}", causation_id=f"event{number}")


def stored(event: Said, **more: Any) -> Stored:
    return replace(Stored(event.service.upper(), event.row, event.subject, event.event_id, event.digest), **more)


def honest() -> Evidence:
    """Four letters posted, sent, heard and answered; one poison set aside; one process killed."""
    posted = [said(number) for number in range(1, 5)]
    answers = [answer(number) for number in range(1, 5)]
    poison = Stored("SENDER", 9, "sender.letter_posted.v1.-", None, b"", checker.POISON)
    return Evidence(
        answered=tuple(answered(number) for number in range(1, 5)),
        asked=frozenset(f"ask{number}" for number in range(1, 5)),
        things={"sender.letters": frozenset(f"thing{number}" for number in range(1, 5))},
        said=(*posted, *answers),
        stored=(*map(stored, posted), *map(stored, answers), poison),
        listeners=(Listener("receiver", READER, "SENDER", ("sender.letter_posted.v1.*",)),),
        heard=tuple(Heard("receiver", READER, event.event_id, NOON) for event in posted),
        parked=(Parked("receiver", READER, "SENDER", 9, "unreadable"),),
        exits=(Exit("sender", 1.0, -9, "killed"),),
        blows=(Blow("kill", "sender", 1.0, deadly=True), Blow("drift", "receiver", 2.0, deadly=False, seen=True)),
        facts=Letters(frozenset("abcd"), dict.fromkeys("abcd", 1)),
    )


def _with(evidence: Evidence, part: str, items: tuple[Any, ...]) -> Evidence:
    changes: dict[str, Any] = {part: items}
    return replace(evidence, **changes)


def without(evidence: Evidence, part: str, place: int) -> Evidence:
    items = getattr(evidence, part)
    return _with(evidence, part, (*items[:place], *items[place + 1 :]))


def altered(evidence: Evidence, part: str, place: int, **more: Any) -> Evidence:
    items = getattr(evidence, part)
    return _with(evidence, part, (*items[:place], replace(items[place], **more), *items[place + 1 :]))


def added(evidence: Evidence, part: str, item: Any) -> Evidence:
    return _with(evidence, part, (*getattr(evidence, part), item))


def test_an_honest_trial_passes() -> None:
    assert judge(honest()) == []


def test_copies_and_shuffled_originals_of_the_trial_itself_are_no_offence() -> None:
    evidence = added(honest(), "stored", stored(said(2), seq=10, trick=checker.COPY))
    evidence = altered(evidence, "stored", 2, seq=12, trick=checker.SHUFFLED)
    assert judge(altered(evidence, "said", 2, stream_seq=12)) == []


FALSIFICATIONS: dict[str, tuple[Callable[[Evidence], Evidence], str]] = {
    "the row of an accepted request is gone": (lambda e: replace(e, things={}), checker.LOST),
    "the outbox row of an accepted request is gone": (lambda e: without(e, "said", 0), checker.LOST),
    "an accepted request was done twice": (
        lambda e: added(e, "said", said(7, correlation_id="ask1", sequence=8)),
        checker.TWICE,
    ),
    "a refused request was done": (lambda e: altered(e, "answered", 0, status=409), checker.UNASKED),
    "something was said that nobody asked for": (lambda e: added(e, "said", said(7)), checker.UNASKED),
    "a row was never sent": (lambda e: altered(e, "said", 3, sent=False), checker.UNSENT),
    "a row marked as sent is not in the stream": (lambda e: without(e, "stored", 3), checker.NOT_STORED),
    "a row is in the stream twice": (lambda e: added(e, "stored", stored(said(2), seq=11)), checker.STORED_TWICE),
    "a body was changed on the way": (lambda e: altered(e, "stored", 1, digest=b"other"), checker.CHANGED),
    "a message went to another site's subject": (lambda e: altered(e, "stored", 1, subject="x"), checker.CHANGED),
    "the outbox names another place in the stream": (lambda e: altered(e, "said", 1, stream_seq=99), checker.CHANGED),
    "a message was never said": (lambda e: added(e, "stored", Stored("SENDER", 12, "s", "?", b"")), checker.FROM_NOWHERE),
    "an inbox knows what no stream has": (
        lambda e: added(e, "heard", Heard("receiver", READER, "?", NOON)),
        checker.FROM_NOWHERE,
    ),
    "two events of one thing changed places": (
        lambda e: altered(altered(e, "said", 1, stream_seq=3), "said", 2, stream_seq=2),
        checker.OUT_OF_ORDER,
    ),
    "a later event of a thing has a smaller version": (lambda e: altered(e, "said", 2, sequence=1), checker.OUT_OF_ORDER),
    "a message was acknowledged and never handled": (lambda e: without(e, "heard", 2), checker.UNHEARD),
    "poison was acknowledged and forgotten": (lambda e: without(e, "parked", 0), checker.POISON_SWALLOWED),
    "a good message was set aside": (
        lambda e: added(e, "parked", Parked("receiver", READER, "SENDER", 2, "missing")),
        checker.WRONGLY_PARKED,
    ),
    "one event had its consequence twice": (
        lambda e: added(e, "said", replace(answer(1), event_id="again", row=20, sequence=2)),
        checker.TWICE,
    ),
    "one version was said twice": (lambda e: added(e, "said", replace(said(1), event_id="again", row=20)), checker.TWICE),
    "a process died of a fault": (lambda e: added(e, "exits", Exit("receiver", 3.0, 70, None)), checker.DIED),
    "drift was mended in silence": (lambda e: altered(e, "blows", 1, seen=False), checker.UNSEEN),
}


@pytest.mark.parametrize("what", FALSIFICATIONS)
def test_negative_control_a_falsified_trial_is_convicted_of_it(what: str) -> None:
    falsify, promise = FALSIFICATIONS[what]
    assert promise in {violation.promise for violation in judge(falsify(honest()))}


@pytest.mark.parametrize(("times", "promise"), [(2, READ_TWICE), (None, NOT_READ)])
def test_negative_control_an_effect_that_is_doubled_or_missing_is_found(times: int | None, promise: str) -> None:
    read = dict.fromkeys("abcd", 1) | ({"d": times} if times else {})
    facts = Letters(frozenset("abcd"), {letter: count for letter, count in read.items() if times or letter != "d"})
    assert CAST.judge(honest(), honest().facts)[0] == []
    assert {violation.promise for violation in CAST.judge(honest(), facts)[0]} == {promise}


@pytest.mark.parametrize(("subject", "heard"), [("a.b.v1.x", True), ("a.b.v2.x", False), ("a.b.v1.x.y", False)])
def test_a_listener_hears_what_passes_its_filter(subject: str, heard: bool) -> None:  # noqa: FBT001
    assert Listener("s", "c", "A", ("a.b.v1.*",)).hears(subject) is heard
