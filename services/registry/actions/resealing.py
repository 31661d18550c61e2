"""Turning to a new key: every sealed number is opened under its old key and sealed under the current one."""

from typing import Final

from sqlalchemy import Table

from services.registry.actions.contacts import EMAIL, MOBILE, WECHAT
from services.registry.actions.officers import MOBILE as OFFICER_MOBILE
from services.registry.actions.parties import ID_NUMBER
from services.registry.store.resealing import sealed_by_others, write_sealed
from services.registry.tables import contacts, parties
from services.registry.tables_facts import officers
from services.registry.vault import Vault
from shared.database import Transaction as Tx

_AT_ONCE: Final = 500
_FIELDS: Final[tuple[tuple[Table, str, str, str | None], ...]] = (
    (contacts, "mobile_sealed", MOBILE, "mobile_index"),
    (contacts, "email_sealed", EMAIL, None),
    (contacts, "wechat_openid_sealed", WECHAT, None),
    (officers, "mobile_sealed", OFFICER_MOBILE, "mobile_index"),
    (parties, "id_number_sealed", ID_NUMBER, "id_number_index"),
)


async def reseal(vault: Vault, tx: Tx) -> bool:
    """Seal some values anew; whether more are waiting."""
    more = False
    for table, column, purpose, index in _FIELDS:
        rows = await sealed_by_others(tx, table, column, vault.current, _AT_ONCE)
        for row in rows:
            plain = vault.open(row[column], purpose)
            values = {column: vault.seal(plain, purpose)} | ({index: vault.index(plain, purpose)} if index else {})
            await write_sealed(tx, table, row["id"], values)
        more = more or len(rows) == _AT_ONCE
    return more
