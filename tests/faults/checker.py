"""Accounts for everything: each promise of the house is one function from evidence to what broke it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from tests.faults.evidence import Evidence, Said, Stored, Violation

POISON, COPY, SHUFFLED = "poison", "copy", "shuffled"

LOST = "accepted and lost"
TWICE = "done twice"
UNASKED = "done without being asked, or after a refusal"
UNSENT = "said and not sent"
NOT_STORED = "sent and not in the stream"
STORED_TWICE = "in the stream more than once"
CHANGED = "changed on the way"
FROM_NOWHERE = "in a stream or inbox without having been said"
OUT_OF_ORDER = "events of one thing out of order"
UNHEARD = "stored and not heard"
WRONGLY_PARKED = "in quarantine without being poison"
POISON_SWALLOWED = "poison that is not in quarantine"
DIED = "ended by itself"
RESTLESS = "something went on for ever"
UNSEEN = "a fault that the house did not notice, or mended in silence"

Check = Callable[[Evidence], Iterator[Violation]]


def judge(evidence: Evidence) -> list[Violation]:
    """Every promise that was broken; empty when the house kept its word."""
    return [violation for check in CHECKS for violation in check(evidence)]


def _accepted_is_there(evidence: Evidence) -> Iterator[Violation]:
    """What was answered with 2xx has its row."""
    for entry in evidence.answered:
        if entry.accepted and entry.thing is not None:
            table, identity = entry.thing
            if identity not in evidence.things.get(table, frozenset()):
                yield Violation(LOST, f"{entry.kind} {entry.id}: no row {identity} in {table}")


def _accepted_is_said_once(evidence: Evidence) -> Iterator[Violation]:
    """What was answered with 2xx has said its events, each as often as it should; what was refused has said nothing."""
    spoken = _direct(evidence)
    for entry in evidence.answered:
        found = spoken.get(entry.id, Counter())
        if not entry.accepted:
            yield from (Violation(UNASKED, f"{entry.kind} {entry.id}: {kind}") for kind in found)
            continue
        for kind, times in entry.says.items():
            if found[kind] != times:
                promise = LOST if found[kind] < times else TWICE
                yield Violation(promise, f"{entry.kind} {entry.id}: {kind} {found[kind]} times instead of {times}")


def _nobody_speaks_unasked(evidence: Evidence) -> Iterator[Violation]:
    """What has no cause and no request was said by a worker about itself."""
    for said in evidence.said:
        if said.causation_id is None and said.correlation_id not in (evidence.asked | {said.event_id}):
            yield Violation(UNASKED, f"{said.service} {said.type} {said.event_id}")


def _direct(evidence: Evidence) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for said in evidence.said:
        if said.causation_id is None:
            found[said.correlation_id][said.type] += 1
    return found


def _everything_is_sent(evidence: Evidence) -> Iterator[Violation]:
    """No outbox holds anything back at the end."""
    for said in evidence.said:
        if not said.sent:
            yield Violation(UNSENT, f"{said.service} row {said.row} {said.type}")


def _streams_hold_what_was_said(evidence: Evidence) -> Iterator[Violation]:
    """Each row exactly once, unchanged, where the outbox says it is; nothing else, except what the trial put there."""
    originals = _originals(evidence.stored)
    for said in evidence.said:
        yield from _one_copy(said, originals.get((said.service.upper(), said.event_id), []))
    known = {said.event_id for said in evidence.said}
    for stored in evidence.stored:
        if stored.trick is None and stored.event_id not in known:
            yield Violation(FROM_NOWHERE, f"{stored.stream} {stored.seq} {stored.subject}")


def _one_copy(said: Said, copies: list[Stored]) -> Iterator[Violation]:
    name = f"{said.service} row {said.row} {said.type} {said.event_id}"
    if not copies:
        yield Violation(NOT_STORED, name)
        return
    if len(copies) > 1:
        yield Violation(STORED_TWICE, f"{name}: {[copy.seq for copy in copies]}")
    if any((copy.digest, copy.subject) != (said.digest, said.subject) for copy in copies):
        yield Violation(CHANGED, name)
    if said.sent and said.stream_seq not in {copy.seq for copy in copies}:
        yield Violation(CHANGED, f"{name}: the outbox says {said.stream_seq}, it is at {[copy.seq for copy in copies]}")


def _originals(stored: Iterable[Stored]) -> dict[tuple[str, str], list[Stored]]:
    found: dict[tuple[str, str], list[Stored]] = defaultdict(list)
    for message in stored:
        if message.trick in {None, SHUFFLED} and message.event_id is not None:
            found[message.stream, message.event_id].append(message)
    return found


def _order_is_kept(evidence: Evidence) -> Iterator[Violation]:
    """Events of one aggregate stand in the stream as they were said; those that the trial shuffled are left out."""
    shuffled = {stored.event_id for stored in evidence.stored if stored.trick == SHUFFLED}
    lives: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for said in sorted(evidence.said, key=lambda said: said.row):
        if said.stream_seq is not None and said.event_id not in shuffled:
            lives[said.service, said.aggregate].append(said)
    for (service, aggregate), life in lives.items():
        for first, then in pairwise(life):
            if (first.stream_seq or 0) > (then.stream_seq or 0) or first.sequence > then.sequence:
                yield Violation(
                    OUT_OF_ORDER, f"{service} {aggregate}: {first.type} and {then.type}, rows {first.row}, {then.row}"
                )


def _everything_is_heard(evidence: Evidence) -> Iterator[Violation]:
    """Each message has, for each handler that subscribes to it, its row in the inbox; poison has its row in quarantine."""
    heard = {(row.handler, row.event_id) for row in evidence.heard}
    parked = {(row.handler, row.stream, row.seq) for row in evidence.parked}
    for stored in evidence.stored:
        for listener in evidence.listeners:
            if listener.stream != stored.stream or not listener.hears(stored.subject):
                continue
            aside = (listener.consumer, stored.stream, stored.seq) in parked
            if stored.trick == POISON and not aside:
                yield Violation(POISON_SWALLOWED, f"{stored.stream} {stored.seq} by {listener.consumer}")
            elif stored.trick != POISON and not aside and (listener.consumer, stored.event_id) not in heard:
                yield Violation(UNHEARD, f"{stored.stream} {stored.seq} {stored.subject} by {listener.consumer}")


def _only_poison_is_parked(evidence: Evidence) -> Iterator[Violation]:
    """A neighbour of a bad message passes."""
    poison = {(stored.stream, stored.seq) for stored in evidence.stored if stored.trick == POISON}
    for row in evidence.parked:
        if (row.stream, row.seq) not in poison:
            yield Violation(WRONGLY_PARKED, f"{row.stream} {row.seq} by {row.handler}: {row.reason}")


def _nothing_is_heard_of_nowhere(evidence: Evidence) -> Iterator[Violation]:
    """What an inbox knows is in a stream."""
    stored = {message.event_id for message in evidence.stored}
    for row in evidence.heard:
        if row.event_id not in stored:
            yield Violation(FROM_NOWHERE, f"heard by {row.handler}: {row.event_id}")


def _one_consequence(evidence: Evidence) -> Iterator[Violation]:
    """Whoever hears an event says what follows from it once."""
    followed = Counter(
        (said.service, said.causation_id, said.type, said.aggregate) for said in evidence.said if said.causation_id is not None
    )
    for (service, cause, kind, aggregate), times in followed.items():
        if times > 1:
            yield Violation(TWICE, f"{service} said {kind} of {aggregate} {times} times because of {cause}")


def _versions_are_said_once(evidence: Evidence) -> Iterator[Violation]:
    """No event of a thing is said a second time with the same version."""
    versions = Counter((said.service, said.type, said.aggregate, said.sequence) for said in evidence.said)
    for (service, kind, aggregate, sequence), times in versions.items():
        if times > 1:
            yield Violation(TWICE, f"{service} said {kind} of {aggregate}, version {sequence}, {times} times")


def _exits_are_explained(evidence: Evidence) -> Iterator[Violation]:
    """A process ends when it is killed, or when it must; never of a fault."""
    for ended in evidence.exits:
        if ended.cause is None:
            yield Violation(DIED, f"{ended.process} with {ended.code}")


def _blows_are_noticed(evidence: Evidence) -> Iterator[Violation]:
    """Where a fault must be seen, it was."""
    for blow in evidence.blows:
        if blow.seen is False:
            yield Violation(UNSEEN, f"{blow.kind} {blow.target}: {blow.detail}")


CHECKS: tuple[Check, ...] = (
    _accepted_is_there,
    _accepted_is_said_once,
    _nobody_speaks_unasked,
    _everything_is_sent,
    _streams_hold_what_was_said,
    _order_is_kept,
    _everything_is_heard,
    _only_poison_is_parked,
    _nothing_is_heard_of_nowhere,
    _one_consequence,
    _versions_are_said_once,
    _exits_are_explained,
    _blows_are_noticed,
)
