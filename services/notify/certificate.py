"""送达回证: everything that proves what a person was told, as one document that verifies without us."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain import anchor as anchors
from services.notify.domain import proof
from services.notify.domain.proof import Entry, canonical
from services.notify.seal import Seal, holds
from services.notify.store.records import Row

FORMAT = "mashang-proof-1"
_OPEN, _CLOSE = '<script type="application/json" id="proof">', "</script>"


class NoProof(ValueError):
    """The document carries no proof that can be read."""


def document(
    facts: Mapping[str, Any], chain: Sequence[Entry], anchored: Sequence[Mapping[str, Any]], seal: Seal, at: datetime
) -> dict[str, Any]:
    """The proof of one notice: facts about it, its chain, the anchors that bind its entries, and the seal over all of it."""
    body = {
        "format": FORMAT,
        "issued_at": at.isoformat(),
        "notice": dict(facts),
        "entries": [_entry(link) for link in chain],
        "anchors": list(anchored),
        "public_key": seal.public,
    }
    return {**body, "signature": seal.sign(canonical(body))}


def _entry(link: Entry) -> dict[str, Any]:
    return {
        "notice": str(link.notice_id),
        "position": link.position,
        "at": link.at.isoformat(),
        "what": dict(link.what),
        "previous": link.previous,
        "hash": link.hash,
    }


def anchored(row: Row, hashes: Sequence[str], place: int) -> dict[str, Any]:
    """One entry's way to its anchor's root, and the anchor itself."""
    names = ("number", "entries", "root", "previous", "hash", "signature")
    return {
        "entry": hashes[place],
        "path": anchors.path(hashes, place),
        "anchor": {**{name: row[name] for name in names}, "upto": row["upto"].isoformat()},
    }


def verify(text: str, public_key: str | None = None, kept: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Every fault of a document, as it was printed to HTML or as bare JSON; the empty list for a true one.

    Without ``public_key`` the document's own key is used: then it proves itself whole, not who issued it. Without ``kept``,
    anchors that somebody else has kept, whoever holds the database and the key could have written all of it anew. Raises NoProof.
    """
    found = read(text)
    try:
        own = [*_chain_faults(found), *_anchor_faults(found), *_seal_faults(found, public_key)]
        return [*own, *_kept_faults(found, kept)]
    except (KeyError, TypeError, ValueError) as error:
        return [f"document: {type(error).__name__}"]


def read(text: str) -> dict[str, Any]:
    """The proof inside a document. Raises NoProof."""
    start = text.find(_OPEN)
    raw = text[start + len(_OPEN) : text.find(_CLOSE, start)] if start >= 0 else text
    try:
        found = json.loads(raw)
    except ValueError:
        message = "no proof in it"
        raise NoProof(message) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        message = "not a proof of this format"
        raise NoProof(message)
    return found


def script(found: Mapping[str, Any]) -> str:
    """The proof as it stands in the page: nothing in it can end the script."""
    return json.dumps(found, ensure_ascii=False).replace("<", "\\u003c")


def _chain_faults(found: Mapping[str, Any]) -> list[str]:
    chain = [
        Entry(UUID(e["notice"]), e["position"], datetime.fromisoformat(e["at"]), e["what"], e["previous"], e["hash"])
        for e in found["entries"]
    ]
    other = [f"{link.position}: of another notice" for link in chain if str(link.notice_id) != found["notice"]["id"]]
    return [f"entry {fault}" for fault in proof.faults(chain)] + other


def _anchor_faults(found: Mapping[str, Any]) -> list[str]:
    faults = []
    hashes = {entry["hash"] for entry in found["entries"]}
    for link in found["anchors"]:
        held = link["anchor"]
        if link["entry"] not in hashes or anchors.root_from(link["entry"], link["path"]) != held["root"]:
            faults.append(f"anchor {held['number']}: does not bind the entry")
        if held["hash"] != _digest_of(held):
            faults.append(f"anchor {held['number']}: altered")
        if not holds(found["public_key"], held["signature"] or "", held["hash"].encode()):
            faults.append(f"anchor {held['number']}: signature does not hold")
    return faults


def _kept_faults(found: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was kept is a chain; whatever the document says of the same time is bound by it."""
    if not kept:
        return []
    known = {row["number"]: row for row in sorted(kept, key=lambda row: row["number"])}
    faults = [f"kept anchor {number}: altered" for number, row in known.items() if row["hash"] != _digest_of(row)]
    pairs = [(row, known[number - 1]) for number, row in known.items() if number - 1 in known]
    faults += [f"kept anchor {row['number']}: does not follow" for row, before in pairs if row["previous"] != before["hash"]]
    bound: dict[str, int] = {link["entry"]: link["anchor"]["number"] for link in found["anchors"]}
    for link in found["anchors"]:
        number = link["anchor"]["number"]
        if number in known and known[number]["hash"] != link["anchor"]["hash"]:
            faults.append(f"anchor {number}: another one was kept")
    last = max(datetime.fromisoformat(row["upto"]) for row in kept)
    late = [e for e in found["entries"] if e["hash"] not in bound and datetime.fromisoformat(e["at"]) <= last]
    return faults + [f"entry {e['position']}: no anchor binds it, though one of its time was kept" for e in late]


def _digest_of(row: Mapping[str, Any]) -> str:
    upto = datetime.fromisoformat(row["upto"])
    return anchors.digest(row["number"], upto, row["entries"], row["root"], row["previous"])


def _seal_faults(found: Mapping[str, Any], public_key: str | None) -> list[str]:
    body = {key: value for key, value in found.items() if key != "signature"}
    if public_key is not None and public_key != found["public_key"]:
        return ["seal: another key"]
    return [] if holds(found["public_key"], found["signature"], canonical(body)) else ["seal: does not hold"]
