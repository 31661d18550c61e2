"""The people by whom a party is reached: sealed at rest, masked when shown, opened only on record."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.registry.actions.changes import given
from services.registry.actions.holders import require_kept, require_seen
from services.registry.domain.document import Holder
from services.registry.domain.personal import masked_email, masked_mobile, read_mobile
from services.registry.store.audit import Deed, record
from services.registry.store.parties import contacts_named, contacts_of
from services.registry.store.rows import Row, Target, add, change, get
from services.registry.tables import contacts
from services.registry.vault import Vault
from services.registry.views.parties import (
    Addresses,
    AddressQuestion,
    ContactAddress,
    ContactChanges,
    ContactList,
    ContactView,
    NewContact,
)
from shared.contracts.registry import ContactChanged
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Missing
from shared.identifiers import new_id
from shared.web import Caller

MOBILE = "contact.mobile"
EMAIL = "contact.email"
WECHAT = "contact.wechat_openid"


async def add_contacts(tx: Tx, vault: Vault, party_id: UUID, people: Sequence[NewContact], caller: Caller) -> list[Row]:
    """Add people to a party, on record; others hear that there is a contact, never its number."""
    rows: list[Row] = [
        await add(tx, contacts, contact_values(person.model_dump(), vault, party_id, f"/contacts/{place}"))
        for place, person in enumerate(people)
    ]
    for row in rows:
        tx.say(contact_changed(row))
    deeds = [Deed("add_contact", "contact", row["id"], _names(person)) for row, person in zip(rows, people, strict=True)]
    await record(tx, caller, *deeds)
    return rows


async def add_contact(party_id: UUID, body: NewContact, vault: Vault, caller: Caller, tx: Tx) -> ContactView:
    """Add one person to one's own party; an official adds one to any that he sees."""
    await require_kept(Holder.PARTY, party_id, caller, tx)
    [row] = await add_contacts(tx, vault, party_id, [body], caller)
    return shown_contact(row, vault)


async def change_contact(target: Target, body: ContactChanges, vault: Vault, caller: Caller, tx: Tx) -> ContactView:
    """Change a person's role, name, numbers, or whether he is still there; which of these is on record, their values are not."""
    row = await get(tx, contacts, target.id, lock=True)
    await require_kept(Holder.PARTY, row["party_id"], caller, tx)
    told = given(body, contacts)
    sealed = sealed_numbers(told, vault, "")
    if "mobile" in told and is_new_mobile(row, told["mobile"], vault):
        sealed |= unverified(contacts.c.version + 1)
    plain = {name: value for name, value in told.items() if name in contacts.c}
    row = await change(tx, contacts, target, plain | sealed)
    await record(tx, caller, Deed("change_contact", "contact", target.id, _names(body)))
    tx.say(contact_changed(row), sequence=row["version"])
    return shown_contact(row, vault)


async def list_contacts(party_ids: Sequence[UUID], vault: Vault, caller: Caller, tx: Tx) -> ContactList:
    """The people of some parties, numbers masked; parties that the caller may not see are missing."""
    for party_id in party_ids if not caller.has("integrator", "bureau") else ():
        await require_seen(Holder.PARTY, party_id, caller, tx)
    return ContactList(items=[shown_contact(row, vault) for row in await contacts_of(tx, party_ids)])


async def address(identity: UUID, vault: Vault, caller: Caller, tx: Tx) -> ContactAddress:
    """One person's numbers in full; the reading is on record in the same commit."""
    if not caller.has("integrator", "bureau"):  # an auditor reads everything but this
        raise Forbidden
    found = await addresses(AddressQuestion(ids=[identity]), vault, caller, tx)
    if not found.items:
        raise Missing
    return found.items[0]


async def addresses(body: AddressQuestion, vault: Vault, caller: Caller, tx: Tx) -> Addresses:
    """The numbers of several people in full; ids that are unknown or no longer active are left out."""
    rows = await contacts_named(tx, body.ids)
    await record(tx, caller, Deed("read_address", "contact", note=",".join(str(row["id"]) for row in rows)))
    return Addresses(items=[_opened(row, vault) for row in rows])


def contact_values(told: Mapping[str, Any], vault: Vault, party_id: UUID, pointer: str) -> dict[str, Any]:
    """A new row of a person."""
    plain = {
        "id": new_id(),
        "party_id": party_id,
        "role": told["role"],
        "name": told["name"],
        "active": True,
        "reachable": None,
        "mobile_version": 1,
    }
    return plain | sealed_numbers(told, vault, pointer)


def sealed_numbers(told: Mapping[str, Any], vault: Vault, pointer: str) -> dict[str, Any]:
    """The columns for those numbers that are given; raises MobileWrong."""
    found: dict[str, Any] = {}
    if "mobile" in told:
        mobile = read_mobile(told["mobile"], pointer=f"{pointer}/mobile") if told["mobile"] else None
        found["mobile_sealed"] = vault.sealed(mobile, MOBILE)
        found["mobile_index"] = vault.index(mobile, MOBILE) if mobile else None
    if "email" in told:
        found["email_sealed"] = vault.sealed(told["email"], EMAIL)
    if "wechat_openid" in told:
        found["wechat_openid_sealed"] = vault.sealed(told["wechat_openid"], WECHAT)
    return found


def is_new_mobile(held: Row, told: str | None, vault: Vault) -> bool:
    """Whether the mobile that is told is another one than the contact has: nobody has verified that one."""
    return vault.opened(held["mobile_sealed"], MOBILE) != (read_mobile(told) if told else None)


def unverified(version: Any) -> dict[str, Any]:
    """The columns of a contact whose mobile is another one from this version on."""
    return {"mobile_verified_on": None, "mobile_version": version}


def contact_changed(row: Row) -> ContactChanged:
    """What others hear of a person."""
    return ContactChanged(
        contact_id=row["id"], party_id=row["party_id"], role=row["role"], active=row["active"], reachable=row["reachable"]
    )


def shown_contact(row: Row, vault: Vault) -> ContactView:
    """A person as an answer shows him: the middle of every number hidden."""
    shown = {
        "mobile": masked_mobile(vault.opened(row["mobile_sealed"], MOBILE)),
        "email": masked_email(vault.opened(row["email_sealed"], EMAIL)),
        "contact_id": row["id"],
        "has_wechat": row["wechat_openid_sealed"] is not None,
    }
    return ContactView(**{**row, **shown})


def _opened(row: Row, vault: Vault) -> ContactAddress:
    return ContactAddress(
        contact_id=row["id"],
        party_id=row["party_id"],
        role=row["role"],
        name=row["name"],
        mobile=vault.opened(row["mobile_sealed"], MOBILE),
        email=vault.opened(row["email_sealed"], EMAIL),
        wechat_openid=vault.opened(row["wechat_openid_sealed"], WECHAT),
        version=row["version"],
    )


def _names(body: NewContact | ContactChanges) -> str:
    return ",".join(sorted(body.model_fields_set))
