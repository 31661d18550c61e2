"""What two records of one party have twice, while they are one: sites in one building, and numbers before the law."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.registry.actions.cards import lease_card, party_card, site_card
from services.registry.actions.parties import party_names
from services.registry.domain.party import may_keep_id_number, require_fitting_numbers
from services.registry.store.history import remember
from services.registry.store.merging import LINKS, last_merge_of, lead_to
from services.registry.store.rows import Row, change, get
from services.registry.tables import parties
from shared.contracts.registry import LeaseChanged, PartyChanged, SiteChanged
from shared.contracts.vocabulary import PartyType
from shared.database import Transaction as Tx

_NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "uscc": ("uscc", "uscc_doubts", "uscc_override"),
    "id_number_index": ("id_number_sealed", "id_number_index"),
}
_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "lease_site": ("lease", "site_id"),
    "lease_landlord_site": ("lease", "landlord_site_id"),
    "landlord_site": ("site", "landlord_site_id"),
}


async def lead_on(tx: Tx, old: UUID, new: UUID, by: str) -> list[dict[str, Any]]:
    """What names a closed double names the site that goes on; as much of it as leads back."""
    led = []
    for link in LINKS:
        rows = await lead_to(tx, link, old, new)
        await _tell(tx, link, rows, by)
        led.append({"link": link, "old": str(old), "new": str(new), "ids": [str(row["id"]) for row in rows]})
    return led


async def lead_back(tx: Tx, led: Sequence[Mapping[str, Any]], by: str) -> None:
    """What still names the site that went on names the one it named before."""
    for one in led:
        ids = [UUID(text) for text in one["ids"]]
        await _tell(tx, one["link"], await lead_to(tx, one["link"], UUID(one["new"]), UUID(one["old"]), ids), by)


async def _tell(tx: Tx, link: str, rows: Sequence[Row], by: str) -> None:
    kind, field = _FIELDS[link]
    await remember(tx, kind, by, *rows)
    for row in rows:
        if kind == "lease":
            tx.say(LeaseChanged(**lease_card(row), changed=(field,)), sequence=row["version"])
        else:
            tx.say(SiteChanged(**site_card(row), changed=(field,), reason="merge"), sequence=row["version"])


def carried(merged: Row, kept: Row) -> dict[str, Any]:
    """The credit code and ID number that the kept record lacks. Raises CreditCodeNotExpected for a natural person."""
    found: dict[str, Any] = {}
    party_type = PartyType(kept["party_type"])
    for key, columns in _NUMBERS.items():
        if merged[key] and not kept[key] and (key == "uscc" or may_keep_id_number(party_type)):
            found |= {name: merged[name] for name in columns}
    if "uscc" in found:
        require_fitting_numbers(party_type, has_credit_code=True, has_id_number=False)
    return found


async def take_back(tx: Tx, held: Row | None, apart: Row, by: str) -> None:
    """Numbers that a merge had handed on go from the kept record, and from those into which that was merged since."""
    wanted = set(_NUMBERS)
    while held is not None and (wanted := wanted & set(held["moved"].get("carried", ()))):
        kept = await get(tx, parties, held["kept_party_id"], lock=True)
        wanted = {key for key in wanted if kept[key] == apart[key]}
        if wanted:
            empty: dict[str, Any] = {name: [] if name == "uscc_doubts" else None for key in wanted for name in _NUMBERS[key]}
            has_code = bool({**kept, **empty}["uscc"])
            require_fitting_numbers(PartyType(kept["party_type"]), has_credit_code=has_code, has_id_number=False)
            row = await change(tx, parties, kept["id"], {**empty, **party_names(kept["name"], {**kept, **empty})})
            await remember(tx, "party", by, row)
            tx.say(PartyChanged(**party_card(row), changed=("uscc",)), sequence=row["version"])
        held = await last_merge_of(tx, kept["id"])
