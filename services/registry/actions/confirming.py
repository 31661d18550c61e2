"""Confirming that the ledger about a site is right: every 90 days, by whoever answers for it; not in time is a finding."""

from typing import Final
from uuid import UUID

from services.registry.actions.facts import SiteIsClosed
from services.registry.actions.settling import settle
from services.registry.actions.sites import shown_site
from services.registry.rulebook import limits
from services.registry.store.audit import Deed, record
from services.registry.store.rows import change
from services.registry.store.scope import reach_of, seen_sites
from services.registry.store.sites import become_overdue, lock_site
from services.registry.tables import sites
from services.registry.views.proposals import Confirmation
from services.registry.views.sites import SiteView
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.web import Caller


class ConfirmedInFuture(Refused):
    """Nobody knows today that the ledger will be right tomorrow."""

    code = "confirmed_in_future"
    zh = "确认日期不能晚于今天"
    en = "A confirmation cannot lie in the future"


_AT_ONCE: Final = 200


async def tell_unconfirmed(tx: Tx) -> bool:
    """Sites whose ledger nobody has confirmed in time become a finding on that day; whether more may be waiting."""
    late = await become_overdue(tx, tx.today, _AT_ONCE)
    if late:
        await settle(tx, {row["building_id"] for row in late}, by="registry")
    return len(late) >= _AT_ONCE


async def confirm_site(identity: UUID, body: Confirmation, caller: Caller, tx: Tx) -> SiteView:
    """From today on the ledger counts as confirmed; the next confirmation is due in 90 days."""
    held = await lock_site(tx, identity, seen_sites(await reach_of(caller, tx)))
    if held is None:
        raise Missing
    if not held["is_open"]:
        raise SiteIsClosed
    day = body.confirmed_on or tx.today
    if day > tx.today:
        raise ConfirmedInFuture(pointer="/confirmed_on")
    due = day + limits().ledger_confirmed_every
    values = {"confirmed_on": day, "confirm_due": due, "confirm_is_overdue": due < tx.today}
    row = await change(tx, sites, identity, values)
    await record(tx, caller, Deed("confirm_site", "site", identity))
    settled = await settle(tx, [row["building_id"]], by=caller.subject)
    return await shown_site(settled[identity], tx)
