"""Entering the lease and the facts of one row: which lease it is, whether its rooms are free, what is new about the site."""

from datetime import date
from typing import Any

from services.registry.actions.facts import same
from services.registry.actions.taking.book import Book, Record
from services.registry.actions.taking.entering import Entry, Place
from services.registry.actions.taking.reading import LeaseSaid, newer
from services.registry.domain.lease import HOLDING, state_by_date
from services.registry.domain.ledger_row import RowProblem
from services.registry.domain.party import shown_name
from services.registry.rulebook import limits
from shared.contracts.vocabulary import AgreementState, FireClass, LeaseState, PartyType
from shared.identifiers import new_id

_SOURCE = "ledger"


def lease_of(book: Book, parties: tuple[Record, Record], building: Record, said: LeaseSaid) -> Record | None:
    """The lease on file that the row means: same parties and rooms; a term that begins after its end is a new one."""
    rooms = [space.label for space in said.spaces]
    wanted = [party["id"] for party in parties]
    for lease in book.of_building.get(building["id"], ()):
        same_parties = [lease["landlord_party_id"], lease["tenant_party_id"]] == wanted
        if same_parties and list(lease["rooms"]) == rooms and said.term.start <= lease["end"]:
            return lease
    return None


def room_problem(entry: Entry, landlord: Record | None, tenant: Record | None, building: Record | None) -> RowProblem | None:
    """Why the row's rooms cannot be let: another lease keeps them. Asked before anything of the row is entered."""
    said, book = entry.said.lease, entry.book
    if said is None or building is None:
        return None
    own = lease_of(book, (landlord, tenant), building, said) if landlord and tenant else None
    holder = book.holder(building["id"], said.spaces, said.term, own["id"] if own else None)
    if holder is None:
        return None
    winner = next(record for record in book.parties.records.values() if record["id"] == holder["tenant_party_id"])
    name = shown_name(PartyType(winner["party_type"]), winner["name"])
    return RowProblem("lease.room" if said.cells.room else "lease.floor", "lease_overlaps", f"该房间已租给{name}")


def enter_lease(entry: Entry, place: Place, tenant: Record, site: Record) -> None:
    """The lease of the row, running or expired as its dates say."""
    said, book = entry.said.lease, entry.book
    if said is None:
        return
    told = _told(said, entry.tx.today)
    held = lease_of(book, (place.landlord, tenant), place.building, said)
    if held is None:
        held = _new_lease(place, tenant, site) | {"rooms": [space.label for space in said.spaces]} | told
        book.leases.add(held["id"], held)
        book.shelve_lease(held)
        entry.note("lease", created=True)
    else:
        changes = newer(held, {name: value for name, value in told.items() if value != FireClass.UNKNOWN.value})
        entry.note("lease", updated=book.leases.change(held, changes))
    if held["state"] in HOLDING:
        book.held[held["id"]] = (said.term, tuple(space.range for space in said.spaces))


def _told(said: LeaseSaid, today: date) -> Record:
    cells = said.cells
    signed = cells.agreement_signed_on
    state = state_by_date(LeaseState.ACTIVE, said.term, today, limits().lease_expiring_within)
    return {
        "start": said.term.start,
        "end": said.term.end,
        "area": cells.area or 0,
        "use": cells.use.value,
        "fire_class_declared": cells.fire_class_declared.value,
        "agreement": (AgreementState.SIGNED if signed else AgreementState.MISSING).value,
        "agreement_signed_on": signed,
        "agreement_until": said.term.end if signed else None,
        "state": state.value,
    }


def _new_lease(place: Place, tenant: Record, site: Record) -> Record:
    whose = {"landlord_party_id": place.landlord["id"], "tenant_party_id": tenant["id"], "building_id": place.building["id"]}
    empty = ("parent_lease_id", "dormitory_declared", "rulebook", "sublet_consent_on", "filing_no", "filed_on", "due", "ended_on")
    gate: dict[str, Any] = {"step": "active", "round": 0, "is_existing": True, "declared": {}, "duties": {}}
    own = {"id": new_id(), "version": 1, "depth": 1, "site_id": site["id"], "landlord_site_id": site["landlord_site_id"]}
    return {**own, **whose, **gate, **dict.fromkeys((*empty, "end_reason"))}


def enter_facts(entry: Entry, tenant: Record, site: Record) -> None:
    """The row's answers about the site; one that somebody has verified stands over a ledger."""
    known = entry.book.facts.setdefault(site["id"], {})
    answers = dict(entry.said.facts)
    if tenant["employees"] is not None and "people_on_site" not in known:
        answers.setdefault("people_on_site", {"value": tenant["employees"], "qty": None, "unit": None})
    today = entry.tx.today
    for key, answer in answers.items():
        held = known.get(key)
        if held is not None and (held["verified_by"] or same(held, {**answer, **_FROM_LEDGER, "valid_from": None})):
            continue
        entry.note("facts", created=held is None, updated=held is not None)
        known[key] = written = {"site_id": site["id"], "key": key, **answer, **_FROM_LEDGER, "valid_from": today}
        entry.book.written.append(written)


_FROM_LEDGER = {"source": _SOURCE, "verified_by": None, "valid_to": None, "recorded_by": _SOURCE}
