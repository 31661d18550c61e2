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


def verify(text: str, public_key: str | None = None) -> list[str]:
    """Every fault of a document, as it was printed to HTML or as bare JSON; the empty list for a true one.

    Without ``public_key`` the document's own key is used: then it proves itself whole, not who issued it. Raises NoProof.
    """
    found = read(text)
    try:
        return [*_chain_faults(found), *_anchor_faults(found), *_seal_faults(found, public_key)]
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
        upto = datetime.fromisoformat(held["upto"])
        if link["entry"] not in hashes or anchors.root_from(link["entry"], link["path"]) != held["root"]:
            faults.append(f"anchor {held['number']}: does not bind the entry")
        if held["hash"] != anchors.digest(held["number"], upto, held["entries"], held["root"], held["previous"]):
            faults.append(f"anchor {held['number']}: altered")
        if held["signature"] and not holds(found["public_key"], held["signature"], held["hash"].encode()):
            faults.append(f"anchor {held['number']}: signature does not hold")
    return faults


def _seal_faults(found: Mapping[str, Any], public_key: str | None) -> list[str]:
    body = {key: value for key, value in found.items() if key != "signature"}
    if public_key is not None and public_key != found["public_key"]:
        return ["seal: another key"]
    return [] if holds(found["public_key"], found["signature"], canonical(body)) else ["seal: does not hold"]
