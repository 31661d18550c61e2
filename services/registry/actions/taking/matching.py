"""Which party on file a row means that tells no code: by its name where that is enough, a person never by his name alone."""

from dataclasses import dataclass
from typing import Final

from services.registry.actions.contacts import MOBILE
from services.registry.actions.taking.book import Book, Record
from services.registry.actions.taking.reading import PartySaid
from services.registry.domain.ledger_row import CompoundCells, RowProblem
from services.registry.domain.pinyin import normalise
from services.registry.vault import Vault
from shared.contracts.vocabulary import PartyType

_NAMESAKE: Final = "已有同名个人,但手机号码和厂区都对不上,已另行登记;如是同一人,请合并"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What a row tells of the place at which it names somebody; the landlord is known before his compound."""

    cells: CompoundCells
    landlord: Record | None = None
    compound: Record | None = None


def known_by_name(book: Book, said: PartySaid, where: Whereabouts, vault: Vault) -> Record | None:
    """The party of this name; a person's must have his mobile, or be where the row is."""
    namesakes = book.namesakes.get(said.name_key, [])
    persons = [record for record in namesakes if _is_a_person(record, said)]
    by_mobile = next((record for record in persons if _has_mobile(book, record, said, vault)), None)
    there = (record for record in namesakes if record not in persons or _is_there(book, record, said, where))
    return by_mobile or next(there, None)


def may_be_another(book: Book, record: Record, said: PartySaid, vault: Vault) -> bool:
    """Whether a person is known by his name and compound alone, and the row gives him a mobile that is not his."""
    if said.uscc or not _is_a_person(record, said) or _has_mobile(book, record, said, vault):
        return False
    held = [(person.mobile, book.contacts.records.get((record["id"], person.role))) for person in said.people]
    return any(mobile and contact is not None and contact["mobile_index"] for mobile, contact in held)


def namesake_told(book: Book, said: PartySaid) -> RowProblem | None:
    """What the clerk is told of a person who is registered beside another of the same name."""
    if said.uscc or not book.namesakes.get(said.name_key):
        return None
    return RowProblem(f"{said.path}.name", "namesake", _NAMESAKE)


def _is_a_person(record: Record, said: PartySaid) -> bool:
    return PartyType.NATURAL_PERSON in {said.party_type, record["party_type"]}


def _is_there(book: Book, record: Record, said: PartySaid, where: Whereabouts) -> bool:
    """Whether somebody of the name lets this compound, or is in it."""
    if said.path != "landlord":
        compound = where.compound
        return record is where.landlord or (compound is not None and (record["id"], compound["id"]) in book.present)
    key = normalise(where.cells.name)
    own = book.compounds.records.get((record["id"], key))
    if own is None or key != said.name_key:
        return own is not None
    told, held = normalise(where.cells.address), normalise(own["address"] or "")
    return not told or not held or told == held  # a compound that has only its landlord's name is known by its address


def _has_mobile(book: Book, record: Record, said: PartySaid, vault: Vault) -> bool:
    for person in said.people:
        held = book.contacts.records.get((record["id"], person.role))
        if person.mobile and held is not None and held["mobile_index"] in vault.indexes(person.mobile, MOBILE):
            return True
    return False
