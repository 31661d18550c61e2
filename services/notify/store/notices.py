"""Notices as they are read: lists by who may see them, one with its attempts and receipts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select, text

from services.notify.store.records import among
from services.notify.tables import dispatches, notices, receipts
from services.notify.tables_publishing import subscriptions
from services.notify.tables_relations import contacts, officers, sites
from shared.contracts.vocabulary import Recipient
from shared.database import Transaction as Tx

_MINE = text("SELECT DISTINCT officer_id FROM notify.officers WHERE account_id = :account")


def visible_to(*, parties: Collection[UUID], grids: Collection[UUID], account: str) -> ColumnElement[bool]:
    """The notices to somebody's parties, about sites in his grids, to himself as an officer, or to his subscriptions."""
    in_grids = select(sites.c.site_id).where(among(sites.c.grid_id, grids))
    himself = select(officers.c.officer_id).where(officers.c.account_id == account)
    follows = select(subscriptions.c.id).where(subscriptions.c.owner == account)
    mine = and_(notices.c.recipient == Recipient.SUBSCRIBER, notices.c.person_id.in_(follows))
    return or_(among(notices.c.party_id, parties), notices.c.site_id.in_(in_grids), notices.c.officer_id.in_(himself), mine)


async def page(
    tx: Tx, wanted: Mapping[str, Any], seen_by: ColumnElement[bool] | None, after: UUID | None, most: int
) -> Sequence[RowMapping]:
    """Newest first."""
    query: Select[Any] = select(notices).order_by(notices.c.id.desc()).limit(most)
    conditions = [notices.c[name] == value for name, value in wanted.items() if value is not None]
    if after is not None:
        conditions.append(notices.c.id < after)
    if seen_by is not None:
        conditions.append(seen_by)
    return await tx.rows(query.where(and_(True, *conditions)))  # noqa: FBT003 - and_ of nothing is deprecated


async def one(tx: Tx, identity: UUID, seen_by: ColumnElement[bool] | None) -> RowMapping | None:
    query = select(notices).where(notices.c.id == identity)
    return await tx.row(query if seen_by is None else query.where(seen_by))


async def attempts(tx: Tx, notice: UUID) -> Sequence[RowMapping]:
    query = select(dispatches).where(dispatches.c.notice_id == notice)
    return await tx.rows(query.order_by(dispatches.c.due_at, dispatches.c.channel, dispatches.c.attempt))


async def receipts_of(tx: Tx, notice: UUID) -> Sequence[RowMapping]:
    query = select(receipts).join(dispatches, dispatches.c.id == receipts.c.dispatch_id).where(dispatches.c.notice_id == notice)
    return await tx.rows(query.order_by(receipts.c.received_at))


async def owns_subscription(tx: Tx, account: str, subscription: UUID | None) -> bool:
    """Whether what was told to a subscriber was told to this account."""
    query = select(subscriptions.c.id).where(subscriptions.c.id == subscription, subscriptions.c.owner == account)
    return subscription is not None and await tx.row(query) is not None


async def officers_of(tx: Tx, account: str) -> set[UUID]:
    return {row["officer_id"] for row in await tx.rows(_MINE, {"account": account})}


async def is_of_parties(tx: Tx, person: UUID, parties: Collection[UUID]) -> bool:
    """Whether a person can be reached for one of the parties today; a party stands for itself where nobody is known."""
    query = select(contacts.c.contact_id).where(
        contacts.c.contact_id == person, contacts.c.active, among(contacts.c.party_id, parties)
    )
    return person in parties or await tx.row(query) is not None
