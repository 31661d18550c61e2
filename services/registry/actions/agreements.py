"""Filling the model agreement of a lease from the ledger."""

from typing import Any, Final
from uuid import UUID

from services.registry.actions.leases import known_lease
from services.registry.agreement import MODEL
from services.registry.domain.duty import DutyHolder
from services.registry.rulebook import duty_split
from services.registry.store.admission import conditions_of
from services.registry.store.places import compound_by_id
from services.registry.store.rows import Row, get
from services.registry.tables import buildings, parties
from services.registry.views.leases import AgreementWords
from shared.contracts.vocabulary import FireClass, LeaseUse
from shared.database import Transaction as Tx
from shared.web import Caller

_BLANK: Final = "＿＿＿＿"
_HOLDERS: Final = {DutyHolder.LANDLORD: "甲方", DutyHolder.TENANT: "乙方", DutyHolder.BOTH: "双方"}


async def agreement_words(identity: UUID, caller: Caller, tx: Tx) -> AgreementWords:
    """What fills the model agreement between the two parties of a lease, with its duty split and conditions."""
    lease = await known_lease(identity, caller, tx)
    words = {**await _place(lease, tx), **_term(lease), **await _parties(lease, tx), "duties": _duties(lease)}
    words["conditions"] = "；".join(row["condition"] for row in await conditions_of(tx, identity, lease["round"])) or "无"
    words |= {"model": MODEL, "lease_id": str(identity)}
    return AgreementWords(words=words, name=f"安全生产管理协议-{lease['number']}.docx")


async def _place(lease: Row, tx: Tx) -> dict[str, Any]:
    building = await get(tx, buildings, lease["building_id"])
    compound = await compound_by_id(tx, building["compound_id"])
    return {
        "compound": compound["name"],
        "address": compound["address"] or _BLANK,
        "building_no": building["building_no"],
        "building_class": FireClass(building["fire_class_design"]).zh,
    }


def _term(lease: Row) -> dict[str, Any]:
    return {
        "rooms": "、".join(lease["rooms"]).replace("*", "整幢") or _BLANK,
        "area": f"{float(lease['area']):g}" if lease["area"] else _BLANK,
        "use": LeaseUse(lease["use"]).zh,
        "start": lease["start"].isoformat(),
        "end": lease["end"].isoformat(),
        "until": (lease["agreement_until"] or lease["end"]).isoformat(),
        "tenant_class": FireClass(lease["fire_class_declared"]).zh,
    }


async def _parties(lease: Row, tx: Tx) -> dict[str, Any]:
    landlord, tenant = await get(tx, parties, lease["landlord_party_id"]), await get(tx, parties, lease["tenant_party_id"])
    return {
        name: {"name": row["name"], "uscc": row["uscc"] or _BLANK} for name, row in (("landlord", landlord), ("tenant", tenant))
    }


def _duties(lease: Row) -> list[dict[str, str]]:
    split = duty_split().duties
    return [
        {"zh": split[item].zh, "holder": _HOLDERS[DutyHolder(holder)], "basis": split[item].basis or "约定"}
        for item, holder in lease["duties"].items()
        if item in split
    ] or [{"zh": duty.zh, "holder": _HOLDERS[duty.holder], "basis": duty.basis or "约定"} for duty in split.values()]
