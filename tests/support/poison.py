"""Messages that no handler can take, one of each kind, and letters that are well."""

from collections.abc import Callable, Mapping

from shared.clock import utc_now
from shared.contracts.event import Envelope, encode
from shared.identifiers import new_id
from tests.support.post_office import LetterPosted

SUBJECT = "sender.letter_posted.v1.-"


def letter(mood: str = "calm") -> bytes:
    """A letter as the sender's relay would publish it."""
    identity, event = new_id(), LetterPosted(letter_id=new_id(), mood=mood)
    return encode(event, Envelope(identity, "/sender", event.wire_type(), None, utc_now(), identity, None, 1))


UNREADABLE: Mapping[str, Callable[[], bytes]] = {
    "no JSON": lambda: b"{",
    "no event": lambda: b"{}",
    "not UTF-8": lambda: b"\xff" * 100,
    "deep": lambda: b"[" * 5_000,
    "of tomorrow": lambda: letter().replace(b"letter_posted.v1", b"letter_posted.v9"),
    "wrong shape": lambda: letter().replace(b'"letter_id"', b'"lettre_id"'),
    "120 KB": lambda: b'{"specversion":"1.0"}' + b" " * 120_000,
}
REFUSED: Mapping[str, Callable[[], bytes]] = {
    "refused by its handler": lambda: letter("refused"),
    "without its cause": lambda: letter("early"),
    "a fault each time": lambda: letter("broken"),
}
EVERY_KIND = {**UNREADABLE, **REFUSED}
