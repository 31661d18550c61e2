"""Anchors bind all proofs of a stretch of time into one hash, each to the one before: what is missing later is seen."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.notify.domain.proof import canonical

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Anchor:
    """``root`` is the Merkle root over the hashes of the entries; ``signature`` is over ``hash``, where there is a key."""

    number: int
    upto: datetime
    entries: int
    root: str
    previous: str
    hash: str
    signature: str | None = None


def anchor(number: int, upto: datetime, hashes: Sequence[str], previous: str) -> Anchor:
    """The next anchor over the entries' hashes in their order."""
    root = merkle_root(hashes)
    return Anchor(number, upto, len(hashes), root, previous, digest(number, upto, len(hashes), root, previous))


def digest(number: int, upto: datetime, entries: int, root: str, previous: str) -> str:
    """SHA-256 over canonical JSON."""
    moment = upto.astimezone(UTC).isoformat(timespec="microseconds")
    fields = {"number": number, "upto": moment, "entries": entries, "root": root, "previous": previous}
    return hashlib.sha256(canonical(fields)).hexdigest()


def merkle_root(hashes: Sequence[str]) -> str:
    """The root of a binary tree whose leaves and nodes are hashed apart, an odd one carried up."""
    level = [_leaf(item) for item in hashes]
    while len(level) > 1:
        pairs = [_node(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex() if level else START


def path(hashes: Sequence[str], place: int) -> list[Mapping[str, str]]:
    """The siblings from a leaf to the root, each with its side: proof that the leaf is in the tree."""
    found: list[Mapping[str, str]] = []
    level = [_leaf(item) for item in hashes]
    while len(level) > 1:
        sibling = place ^ 1
        if sibling < len(level):
            found.append({"side": "left" if sibling < place else "right", "hash": level[sibling].hex()})
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
        place //= 2
    return found


def root_from(leaf: str, steps: Sequence[Mapping[str, str]]) -> str:
    """The root that a leaf and its siblings lead to."""
    current = _leaf(leaf)
    for step in steps:
        sibling = bytes.fromhex(step["hash"])
        current = _node(sibling, current) if step["side"] == "left" else _node(current, sibling)
    return current.hex()


def _leaf(item: str) -> bytes:
    return hashlib.sha256(b"\x00" + bytes.fromhex(item)).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
