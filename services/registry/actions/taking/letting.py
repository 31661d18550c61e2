"""Entering the lease and the facts of one row: which lease it is, whether its rooms are free, what is new about the site."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from services.registry.actions.taking.book import Book, Record
from services.registry.actions.taking.entering import Entry, Place
from services.registry.actions.taking.matching import may_be_another
from services.registry.actions.taking.reading import LeaseSaid, differing
from services.registry.domain.admission import AdmissionState
from services.registry.domain.lease import HOLDING, RUNNING, Term, state_by_date
from services.registry.domain.ledger_row import RowProblem
from services.registry.domain.space import Space, alike, read_all, same
from services.registry.domain.told_by_party import told_by_party
from services.registry.rulebook import limits
from services.registry.store.rows import Row
from shared.contracts.vocabulary import AgreementState, FireClass, LeaseEndReason, LeaseState, LeaseUse
from shared.identifiers import new_id

_SOURCE = "ledger"
_UNDER_REVIEW: Final = HOLDING - RUNNING
_NO_AGREEMENT: Final = {"agreement": AgreementState.MISSING.value, "agreement_signed_on": None, "agreement_until": None}
_WITHOUT: Final = frozenset({AgreementState.MISSING, AgreementState.UNKNOWN})
_NAMESAKE: Final = (
    "本厂区已有同名个人,但手机号码和房间都不同;如是同一人,请先更新其手机号码,如是另一人,请先登记其身份证号码和手机号码"
)
_UNSTATED: Final = {
    "area": 0,
    "use": LeaseUse.PRODUCTION.value,
    "fire_class_declared": FireClass.UNKNOWN.value,
    **_NO_AGREEMENT,
}


def lease_of(book: Book, parties: tuple[Record, Record], building: Record, said: LeaseSaid) -> Record | None:
    """The lease on file that the row means, running or expired: same parties, and no term that begins after its end.

    Its rooms are the row's, as far as both tell the floor.
    """
    begun = [lease for lease in book.of_building.get(building["id"], ()) if lease["state"] not in _UNDER_REVIEW]
    theirs = [lease for lease in begun if _between(lease, *parties) and said.term.start <= lease["end"]]
    exact = (lease for lease in theirs if same(read_all(lease["rooms"]), said.spaces))
    return next(exact, None) or next((lease for lease in theirs if alike(read_all(lease["rooms"]), said.spaces)), None)


def _between(lease: Record, landlord: Record, tenant: Record) -> bool:
    return bool((lease["landlord_party_id"], lease["tenant_party_id"]) == (landlord["id"], tenant["id"]))


def person_problem(entry: Entry, landlord: Record | None, tenant: Record | None, building: Record | None) -> RowProblem | None:
    """Why nobody can tell whose the row's lease is: two of one name may be in the compound, with a mobile and a room each."""
    said, party = entry.said.lease, entry.said.tenant
    if said is None or party is None or landlord is None or tenant is None:
        return None
    if building is not None and lease_of(entry.book, (landlord, tenant), building, said) is not None:
        return None
    if may_be_another(entry.book, tenant, party, entry.vault):
        return RowProblem("tenant.name", "namesake_unclear", _NAMESAKE)
    return None


def room_problem(entry: Entry, landlord: Record | None, tenant: Record | None, building: Record | None) -> RowProblem | None:
    """Why the row cannot let its rooms: a lease keeps them, or this one waits in the gate. Asked before anything is entered."""
    said, book = entry.said.lease, entry.book
    if said is None or building is None:
        return None
    column, term = "lease.room" if said.cells.room else "lease.floor", said.term
    own = lease_of(book, (landlord, tenant), building, said) if landlord and tenant else None
    holder = book.holder(building["id"], said.spaces, term, own["id"] if own else None)
    if own is not None and own["step"] == AdmissionState.CHANGE_REQUEST and (own["start"], own["end"]) != (term.start, term.end):
        return RowProblem("lease.end", "lease_under_review", _review_told(book, own, "变更审核"))
    if landlord and tenant and (asked := _asked(book, (landlord, tenant), building, said, holder)):
        return RowProblem(column, "lease_under_review", _review_told(book, asked, LeaseState(asked["state"]).zh))
    if holder is not None:
        return RowProblem(column, "lease_overlaps", f"该房间已租给{book.name_of(holder['tenant_party_id'])}")
    if maybe := book.maybe_holder(building["id"], said.spaces, term, own["id"] if own else None):
        entry.warnings.append(RowProblem(column, "room_unplaced", _unplaced_told(book, maybe)))
    return None


def _unplaced_told(book: Book, lease: Record) -> str:
    whose = f"{book.name_of(lease['tenant_party_id'])}承租的{'、'.join(lease['rooms'])}"
    return f"其中一处未写明楼层,可能与{whose}是同一处,已照录;请核实并补明楼层"


def _asked(book: Book, parties: tuple[Record, Record], building: Record, said: LeaseSaid, holder: Record | None) -> Record | None:
    """The lease between these two that waits in the gate for the row's rooms and days."""
    if holder is not None and holder["state"] in _UNDER_REVIEW and _between(holder, *parties):
        return holder
    waiting = (lease for lease in book.of_building.get(building["id"], ()) if lease["state"] in _UNDER_REVIEW)
    theirs = (lease for lease in waiting if _between(lease, *parties) and same(read_all(lease["rooms"]), said.spaces))
    return next((lease for lease in theirs if Term(lease["start"], lease["end"]).overlaps(said.term)), None)


def _review_told(book: Book, lease: Record, state: str) -> str:
    rooms = "、".join(lease["rooms"]).replace("*", "整幢")
    term = f"{lease['start']}至{lease['end']}"
    whose = f"{book.name_of(lease['tenant_party_id'])}承租{rooms}({term})"
    return f"{whose}正在准入流程中(状态:{state}),台账不能代替审核,请先在系统中办结"


def enter_lease(entry: Entry, place: Place, tenant: Record, site: Record) -> None:
    """The lease of the row, running or expired as its dates say."""
    said, book = entry.said.lease, entry.book
    if said is None:
        return
    held = lease_of(book, (place.landlord, tenant), place.building, said)
    spaces = _spaces(said, held)
    rooms = {"rooms": [space.label for space in spaces]}
    told = {**_told(said, held), **_standing(said.term, held, entry.tx.today), **rooms}
    if held is None:
        held = _new_lease(place, tenant, site) | _UNSTATED | told
        book.leases.add(held["id"], held)
        book.shelve_lease(held)
        entry.note("lease", created=True)
    else:
        entry.note("lease", updated=book.leases.change(held, differing(held, told)))
    if held["state"] in HOLDING and held["step"] != AdmissionState.CHANGE_REQUEST:  # whose rooms and days the request keeps
        book.held[held["id"]] = (said.term, tuple(space.range for space in spaces))


def _spaces(said: LeaseSaid, held: Record | None) -> tuple[Space, ...]:
    """The rooms of the lease; a floor that is on file stands over a row that names none."""
    is_open = all(space.is_nowhere for space in said.spaces)
    return read_all(held["rooms"]) if held is not None and is_open else said.spaces


def _told(said: LeaseSaid, held: Record | None) -> Record:
    """What the row says of its lease; an empty cell, and an unknown class, say nothing."""
    cells = said.cells
    fire_class = None if cells.fire_class_declared is FireClass.UNKNOWN else cells.fire_class_declared.value
    given = {"area": cells.area, "use": cells.use.value if cells.use else None, "fire_class_declared": fire_class}
    stated = {name: value for name, value in given.items() if value is not None}
    return {"start": said.term.start, "end": said.term.end, **stated, **_agreement(said, held)}


def _agreement(said: LeaseSaid, held: Record | None) -> Mapping[str, Any]:
    """What the row says of the agreement: one that is on file by its day stays, and goes on with the term that it ended with."""
    signed = said.cells.agreement_signed_on
    if said.cells.is_unsigned:
        return _NO_AGREEMENT
    if signed is None:
        return {}
    if held is not None and held["agreement"] not in _WITHOUT and held["agreement_signed_on"] == signed:
        if held["agreement_until"] != held["end"] or held["end"] == said.term.end:
            return {}
        again = {"agreement": AgreementState.SIGNED.value} if held["agreement"] == AgreementState.EXPIRED else {}
        return {**again, "agreement_until": said.term.end}
    return {"agreement": AgreementState.SIGNED.value, "agreement_signed_on": signed, "agreement_until": said.term.end}


def _standing(term: Term, held: Record | None, today: date) -> Record:
    """Where the row's dates put the lease. One that has been running is ended by the clock, with all that hangs on it."""
    state = state_by_date(LeaseState.ACTIVE, term, today, limits().lease_expiring_within)
    over = {"ended_on": term.end, "end_reason": LeaseEndReason.EXPIRED.value}
    if state is LeaseState.EXPIRED:
        return {"state": state.value, "step": AdmissionState.EXIT.value, **over} if held is None else {}
    if held is not None and held["state"] in RUNNING:
        return {"state": state.value}
    return {"state": state.value, "step": AdmissionState.ACTIVE.value, **dict.fromkeys(over)}


def _new_lease(place: Place, tenant: Record, site: Record) -> Record:
    whose = {"landlord_party_id": place.landlord["id"], "tenant_party_id": tenant["id"], "building_id": place.building["id"]}
    empty = ("parent_lease_id", "dormitory_declared", "rulebook", "sublet_consent_on", "filing_no", "filed_on", "due")
    gate: dict[str, Any] = {"round": 0, "is_existing": True, "declared": {}, "duties": {}}
    own = {"id": new_id(), "version": 1, "depth": 1, "site_id": site["id"], "landlord_site_id": site["landlord_site_id"]}
    return {**own, **whose, **gate, **dict.fromkeys(empty)}


def enter_facts(entry: Entry, tenant: Record, site: Record) -> None:
    """The row's answers about the site; one that somebody has verified, or that says the same, stands over a ledger."""
    known = entry.book.facts.setdefault(site["id"], {})
    answers = dict(entry.said.facts)
    for key, told in told_by_party(tenant).items():
        if key not in known:
            answers.setdefault(key, {"qty": None, "unit": None, **told})
    today = entry.tx.today
    for key, given in answers.items():
        held = known.get(key)
        answer = given if held is None else _with_known(given, held)
        if held is not None and (held["verified_by"] or not differing(held, answer)):
            continue
        entry.note("facts", created=held is None, updated=held is not None)
        known[key] = written = {"site_id": site["id"], "key": key, **_FROM_LEDGER, **answer, "valid_from": today}
        entry.book.written.append(written)


def _with_known(answer: Record, held: Row) -> Record:
    """The answer, with what a cell leaves open and the same answer on file tells: which goods, how many, until when."""
    itemised = answer["value"] is True and isinstance(held["value"], list)
    if not itemised and answer["value"] != held["value"]:
        return {**answer, "valid_to": None}
    amount = {} if answer["qty"] is not None else {"qty": held["qty"], "unit": held["unit"]}
    return {**answer, **amount, "value": held["value"], "valid_to": held["valid_to"]}


_FROM_LEDGER = {"source": _SOURCE, "verified_by": None, "valid_to": None, "recorded_by": _SOURCE}
