"""Who hears: from the words of a rule to people, through the lease chain, the grid and the desks on duty."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notify.domain.surroundings import Occurrence, Surroundings
from shared.contracts.vocabulary import ContactRole, Duty, OfficerRole, Recipient, SiteKind

DESKS = (Recipient.ZONE_OFFICER, Recipient.ZONE_LEADER, Recipient.BUREAU, Recipient.DEPARTMENT, Recipient.SAFETY_OFFICE)


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person (a contact, an officer, a chat group; a party itself while it has no contact) and as what he is told."""

    person_id: UUID
    recipient: Recipient
    party_id: UUID | None = None
    officer_id: UUID | None = None

    @property
    def chooser(self) -> UUID:
        """Whose preferences hold: the party's, or the officer's own."""
        return self.party_id or self.person_id


def addressees(who: str, occurrence: Occurrence, around: Surroundings) -> list[Addressee]:
    """The people behind one word of a rule, such as ``landlord`` or ``responsible.safety_officer``."""
    word, _, role = who.partition(".")
    if word in _PARTIES:
        parties = dict.fromkeys(_PARTIES[word](occurrence, around))
        sides = [(party, _side(party, word, occurrence, around)) for party in parties]
        return [found for party, side in sides for found in _people_of(party, role or "principal", side, around)]
    return list(dict.fromkeys(_OTHERS[word](occurrence, around)))


def parties_of(occurrence: Occurrence, around: Surroundings) -> set[UUID]:
    """Every party that any word could mean, to load their contacts."""
    return {party for find in _PARTIES.values() for party in find(occurrence, around)}


def grids_of(occurrence: Occurrence, around: Surroundings) -> set[UUID]:
    """Every grid whose officers any word could mean."""
    targets = {count["grid_id"] for count in occurrence.facts.get("targets_by_grid") or () if count.get("grid_id")}
    return targets | ({grid} if (grid := _grid(occurrence, around)) else set())


def _people_of(party: UUID, role: str, side: Recipient, around: Surroundings) -> list[Addressee]:
    """Contacts of the role; for a principal the nearest there is, and the party itself where nobody is known."""
    contacts = around.contacts.get(party, ())
    wanted = [contact for contact in contacts if contact.role == role]
    if not wanted and role == ContactRole.PRINCIPAL:
        order = tuple(ContactRole)
        wanted = sorted(contacts, key=lambda contact: order.index(contact.role))[:1]
        if not wanted:
            return [Addressee(party, side, party)]
    return [Addressee(contact.id, side, party) for contact in wanted]


def _side(party: UUID, word: str, occurrence: Occurrence, around: Surroundings) -> Recipient:
    if word == "landlord" or party in _landlords(occurrence, around):
        return Recipient.LANDLORD
    site = around.sites.get(occurrence.site_id) if occurrence.site_id else None
    if site is not None and site.party_id == party and site.kind is not SiteKind.TENANT:
        return Recipient.LANDLORD if site.kind is SiteKind.LANDLORD else Recipient.UNIFIED_MANAGER
    return Recipient.TENANT


def with_duty(occurrence: Occurrence, duty: Duty) -> list[UUID]:
    """The parties that have a duty about the matter."""
    return [item["party_id"] for item in occurrence.facts.get("responsible") or () if item["role"] == duty]


def _landlords(occurrence: Occurrence, around: Surroundings) -> list[UUID]:
    """The whole chain, and whoever the event itself names as landlord or urger."""
    named = occurrence.facts.get("landlord_party_id")
    chain = around.landlords.get(occurrence.site_id, ()) if occurrence.site_id else ()
    return [*([named] if named else []), *chain, *with_duty(occurrence, Duty.URGING)]


def _tenants(occurrence: Occurrence, around: Surroundings) -> list[UUID]:
    named = occurrence.facts.get("tenant_party_id")
    return [named] if named else _party(occurrence, around)


def _party(occurrence: Occurrence, around: Surroundings) -> list[UUID]:
    if party := occurrence.facts.get("party_id"):
        return [party]
    site = around.sites.get(occurrence.site_id) if occurrence.site_id else None
    return [site.party_id] if site else []


def _applicant(occurrence: Occurrence, _around: Surroundings) -> list[UUID]:
    party = occurrence.facts.get("tenant_party_id")
    return [party] if party else []


def _grid(occurrence: Occurrence, around: Surroundings) -> UUID | None:
    site = around.sites.get(occurrence.site_id) if occurrence.site_id else None
    return occurrence.facts.get("grid_id") or (site.grid_id if site else None)


def _officers(role: OfficerRole, recipient: Recipient) -> Callable[[Occurrence, Surroundings], Iterator[Addressee]]:
    """Those who hold the role in the grid; deputies stand in where a grid has no officer."""

    def find(occurrence: Occurrence, around: Surroundings) -> Iterator[Addressee]:
        grid = _grid(occurrence, around)
        holders = around.officers.get(grid, ()) if grid else ()
        wanted = [officer for officer in holders if officer.role is role]
        if not wanted and role is OfficerRole.OFFICER:
            wanted = [officer for officer in holders if officer.role is OfficerRole.DEPUTY]
        return (Addressee(officer.id, recipient, officer_id=officer.id) for officer in wanted)

    return find


def _desk(recipient: Recipient) -> Callable[[Occurrence, Surroundings], Iterator[Addressee]]:
    """The desks of the grid; desks for all grids where it has none of its own."""

    def find(occurrence: Occurrence, around: Surroundings) -> Iterator[Addressee]:
        grid = _grid(occurrence, around)
        departments = set(map(str, occurrence.facts.get("departments") or ()))
        if department := occurrence.facts.get("department"):
            departments.add(str(department))
        mine = [desk for desk in around.desks if desk.recipient is recipient]
        desks = [desk for desk in mine if not desk.department or not departments or desk.department in departments]
        own = [desk for desk in desks if grid and desk.grid_id == grid] or [desk for desk in desks if desk.grid_id is None]
        return (Addressee(desk.officer_id, recipient, officer_id=desk.officer_id) for desk in own)

    return find


def _targets(occurrence: Occurrence, around: Surroundings) -> Iterator[Addressee]:
    for grid in sorted(grids_of(occurrence, around)):
        for officer in around.officers.get(grid, ()):
            if officer.role is OfficerRole.OFFICER:
                yield Addressee(officer.id, Recipient.GRID_OFFICER, officer_id=officer.id)


def _recipients(occurrence: Occurrence, around: Surroundings) -> Iterator[Addressee]:
    for recipient in occurrence.facts.get("recipients") or ():
        word = str(recipient)
        yield from addressees("responsible" if word == Recipient.TENANT else word, occurrence, around)


def _groups(occurrence: Occurrence, around: Surroundings) -> Iterator[Addressee]:
    grid = _grid(occurrence, around)
    for group in around.groups:
        if not (group.grids or group.sites) or grid in group.grids or occurrence.site_id in group.sites:
            yield Addressee(group.id, Recipient.SUBSCRIBER)


def _addressee(occurrence: Occurrence, _around: Surroundings) -> Iterator[Addressee]:
    """The one for whom the occurrence was made (a brief, a broadcast)."""
    found: Any = occurrence.facts.get("addressee")
    if found is not None:
        yield found


_PARTIES: dict[str, Callable[[Occurrence, Surroundings], list[UUID]]] = {
    "responsible": lambda occurrence, _around: with_duty(occurrence, Duty.RESPONSIBLE),
    "urging": lambda occurrence, _around: with_duty(occurrence, Duty.URGING),
    "landlord": _landlords,
    "tenant": _tenants,
    "party": _party,
    "applicant": _applicant,
}
_OTHERS: dict[str, Callable[[Occurrence, Surroundings], Iterator[Addressee]]] = {
    "grid_officer": _officers(OfficerRole.OFFICER, Recipient.GRID_OFFICER),
    "grid_leader": _officers(OfficerRole.LEADER, Recipient.GRID_LEADER),
    **{str(recipient): _desk(recipient) for recipient in DESKS},
    "targets": _targets,
    "recipients": _recipients,
    "group": _groups,
    "addressee": _addressee,
}
WORDS = frozenset(_PARTIES) | frozenset(_OTHERS)
