"""Registering and changing parties."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping

from services.registry.actions.cards import party_card
from services.registry.actions.changes import detailed, given
from services.registry.actions.contacts import MOBILE, add_contacts, shown_contact
from services.registry.actions.industries import lines_of_work
from services.registry.actions.party_facts import tell_sites
from services.registry.domain.party import may_keep_id_number, require_fitting_numbers
from services.registry.domain.personal import masked_id_number, read_mobile
from services.registry.domain.pinyin import normalise
from services.registry.domain.search import findable
from services.registry.domain.uscc import DOUBT_TEXTS, Doubt, read_credit_code, read_id_number
from services.registry.store.audit import Deed, record
from services.registry.store.history import remember
from services.registry.store.parties import (
    contacts_of,
    page_of_parties,
    parties_of_id_number,
    parties_of_mobile,
    party_by_code,
    party_seen,
)
from services.registry.store.rows import Row, Target, add, change, get
from services.registry.store.scope import reach_of, seen_parties
from services.registry.tables import parties
from services.registry.vault import Vault
from services.registry.views.parties import (
    NewParty,
    PartyChanges,
    PartyFilter,
    PartyLine,
    PartyList,
    PartySearch,
    PartyView,
    PersonalNumber,
)
from services.registry.views.shape import Warned
from shared.contracts.registry import PartyChanged, PartyRegistered
from shared.contracts.vocabulary import PartyType
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller
from shared.web.paging import PageRequest

ID_NUMBER = "party.id_number"
_NO_ID_NUMBER: Final = {"id_number_sealed": None, "id_number_index": None}


class PartyKnown(Refused):
    """The credit code is on record already: one firm is one party."""

    code = "party_known"
    status = 409
    zh = "该统一社会信用代码已登记"
    en = "A party with this credit code is on record"


async def register_party(body: NewParty, vault: Vault, caller: Caller, tx: Tx) -> PartyView:
    """A party with its contacts, found from now on by name, code and initials."""
    code = _credit_code(body.uscc, body.uscc_override)
    require_fitting_numbers(body.party_type, has_credit_code=bool(code["uscc"]), has_id_number=bool(body.id_number))
    if code["uscc"] and await party_by_code(tx, code["uscc"]):
        raise PartyKnown(pointer="/uscc")
    told = body.model_dump(exclude={"id", "contacts", "id_number", "uscc", "uscc_override", "details"})
    told["details"] = body.details.model_dump(mode="json", exclude_defaults=True)
    number = _id_number(body.id_number, vault, tx)
    own = {"id": body.id or new_id(), "kinds": [], **told, **lines_of_work(told)}
    row = await add(tx, parties, {**own, **code, **number, **party_names(body.name, code)})
    await remember(tx, "party", caller.subject, row)
    tx.say(PartyRegistered(**party_card(row)))
    await add_contacts(tx, vault, row["id"], body.contacts, caller)
    if number:
        await record(tx, caller, Deed("add_id_number", "party", row["id"]))
    return await _shown(row, vault, tx)


async def change_party(target: Target, body: PartyChanges, vault: Vault, caller: Caller, tx: Tx) -> PartyView:
    """Change what was said of a party; everybody hears its whole card."""
    await _seen(target.id, caller, tx)
    row = await get(tx, parties, target.id, lock=True)
    held_number = row["id_number_sealed"]
    changed = given(body, parties, without={"details", "id_number"})
    changed |= lines_of_work(changed)
    if body.details is not None:
        changed["details"] = detailed(row["details"], body.details)
    if "uscc" in changed or "uscc_override" in changed:
        changed |= _credit_code(changed.get("uscc", row["uscc"]), changed.get("uscc_override"))
        await require_unknown(changed.get("uscc"), target.id, tx)
    merged = {**row, **changed}
    party_type = PartyType(merged["party_type"])
    if "id_number" in body.model_fields_set:
        changed |= _NO_ID_NUMBER | _id_number(body.id_number, vault, tx)
    elif not may_keep_id_number(party_type):
        changed |= _NO_ID_NUMBER
    has_id_number = bool({**row, **changed}["id_number_sealed"])
    require_fitting_numbers(party_type, has_credit_code=bool(merged["uscc"]), has_id_number=has_id_number)
    row = await change(tx, parties, target, changed | party_names(merged["name"], merged))
    await remember(tx, "party", caller.subject, row)
    if row["id_number_sealed"] != held_number:
        await record(tx, caller, Deed("change_id_number", "party", target.id))
    tx.say(PartyChanged(**party_card(row), changed=tuple(sorted(body.model_fields_set))), sequence=row["version"])
    if body.model_fields_set & {"employees", "standardisation", "details"}:
        await tell_sites(row, caller.subject, tx)
    return await _shown(row, vault, tx)


async def party(identity: UUID, vault: Vault, caller: Caller, tx: Tx) -> PartyView:
    """One party with its contacts, numbers masked."""
    return await _shown(await _seen(identity, caller, tx), vault, tx)


async def list_parties(asked: PartyFilter, paging: PageRequest, caller: Caller, tx: Tx) -> str:
    """A page of PartyLine as JSON: parties that the caller may see."""
    wanted = asked.model_dump(exclude_none=True)
    if asked.uscc:
        wanted["uscc"] = read_credit_code(asked.uscc).text
    rows = await page_of_parties(tx, await _searchable(asked, caller, tx), wanted, paging)
    return paging.of_lines(rows)


async def _searchable(asked: PartyFilter, caller: Caller, tx: Tx) -> ColumnElement[bool]:
    """What one may see; a firm whose whole credit code one knows may be named in a lease, so it is found by that."""
    if asked.uscc and caller.has("landlord", "grid_officer"):
        return parties.c.party_type != PartyType.NATURAL_PERSON
    return seen_parties(await reach_of(caller, tx))


async def find_person(body: PartySearch, vault: Vault, caller: Caller, tx: Tx) -> PartyList:
    """The parties of a mobile or an ID number, found by their keyed index; the search is on record, the number is not."""
    found: list[RowMapping] = []
    if body.mobile:
        found += await parties_of_mobile(tx, vault.indexes(read_mobile(body.mobile), MOBILE))
    if body.id_number:
        found += await parties_of_id_number(tx, vault.indexes(read_id_number(body.id_number, tx.today), ID_NUMBER))
    await record(tx, caller, Deed("find_person", "party", note=",".join(str(row["id"]) for row in found)))
    return PartyList(items=[PartyLine.model_validate(row) for row in found])


async def reveal_id_number(identity: UUID, vault: Vault, caller: Caller, tx: Tx) -> PersonalNumber:
    """The ID number in full; the reading is on record in the same commit."""
    row = await _seen(identity, caller, tx)
    if row["id_number_sealed"] is None:
        raise Missing
    await record(tx, caller, Deed("reveal_id_number", "party", identity))
    return PersonalNumber(party_id=identity, id_number=vault.open(row["id_number_sealed"], ID_NUMBER))


async def _seen(identity: UUID, caller: Caller, tx: Tx) -> Row:
    row = await party_seen(tx, identity, seen_parties(await reach_of(caller, tx)))
    if row is None:
        raise Missing
    return row


async def require_unknown(uscc: str | None, identity: UUID, tx: Tx) -> None:
    """Refuse a credit code under which another party is on record. Raises PartyKnown."""
    other = await party_by_code(tx, uscc) if uscc else None
    if other is not None and other["id"] != identity:
        raise PartyKnown(pointer="/uscc")


def _credit_code(text: str | None, override: str | None) -> dict[str, Any]:
    if not text:
        return {"uscc": None, "uscc_doubts": [], "uscc_override": None}
    code = read_credit_code(text)
    return {"uscc": code.text, "uscc_doubts": [doubt.value for doubt in code.doubts], "uscc_override": override}


def _id_number(text: str | None, vault: Vault, tx: Tx) -> dict[str, Any]:
    if not text:
        return {}
    number = read_id_number(text, tx.today)
    return {"id_number_sealed": vault.seal(number, ID_NUMBER), "id_number_index": vault.index(number, ID_NUMBER)}


def party_names(name: str, code: Mapping[Any, Any]) -> dict[str, Any]:
    """The name with what finds the party."""
    found = findable(name, codes=[code["uscc"]])
    return {"name": name, "name_key": normalise(name), "search": found.search, "grams": found.grams}


async def _shown(row: Row, vault: Vault, tx: Tx) -> PartyView:
    people = [shown_contact(contact, vault) for contact in await contacts_of(tx, [row["id"]])]
    number = masked_id_number(vault.opened(row["id_number_sealed"], ID_NUMBER))
    shown = {"id_number": number, "contacts": people, "warnings": _warnings(row), "address_differs": _address_differs(row)}
    return PartyView(**{**row, **shown})


def _address_differs(row: Row) -> bool | None:
    """Whether the party is elsewhere than it is registered; None where one of the two is not known."""
    registered, actual = row["registered_address"], row["actual_address"]
    return normalise(registered) != normalise(actual) if registered and actual else None


def _warnings(row: Row) -> list[Warned]:
    """Doubts about the credit code, until somebody keeps it and says why."""
    if row["uscc_override"]:
        return []
    return [Warned(code=doubt, pointer="/uscc", detail=DOUBT_TEXTS[Doubt(doubt)]) for doubt in row["uscc_doubts"]]


async def require_party(identity: UUID, pointer: str, tx: Tx) -> Row:
    """The live party with this id; refused, with the field that names it, where there is none."""
    try:
        row = await get(tx, parties, identity)
    except Missing:
        raise Missing(pointer=pointer) from None
    if row["merged_into"] is not None:
        raise Missing(pointer=pointer)
    return row
