"""Writing a book: a fixed number of statements for any number of rows, then one event for each thing that happened."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from services.registry.actions.settling import Newcomers, Survey, carry_out, survey
from services.registry.actions.site_parts import named
from services.registry.actions.taking.book import Book, Record, Shelf
from services.registry.actions.taking.telling import News, tell
from services.registry.domain.lease import HOLDING
from services.registry.store.facts import put_facts
from services.registry.store.history import remember
from services.registry.store.leases import hold, release, scope_number, space_rows
from services.registry.store.rows import Row, add_many, change_many, get_many
from services.registry.store.sites import next_codes
from services.registry.tables import buildings, compounds, contacts, grids, parties, sites
from services.registry.tables_leases import leases
from shared.database import Transaction as Tx


async def write_book(book: Book, by: str, tx: Tx) -> None:
    """Write everything that is new or changed, settle the sites around it, and tell everybody."""
    await _name_sites(book, tx)
    touched = {record["site_id"] for record in book.written} - set(book.sites.new)
    changed = {
        "parties": await _write(tx, parties, book.parties),
        "contacts": await _write(tx, contacts, book.contacts),
        "grids": await _write(tx, grids, book.grids),
        "compounds": await _write(tx, compounds, book.compounds),
        "buildings": await _write(tx, buildings, book.buildings),
        "leases": await _change(tx, leases, book.leases),
    }
    surveyed = await survey(tx, _stirred(book, touched), _newcomers(book))
    await add_many(tx, sites, list(book.sites.new.values()))
    changed["sites"] = await _change(tx, sites, book.sites, touched)
    await add_many(tx, leases, list(book.leases.new.values()))
    await _hold_rooms(book, tx)
    settled = await _settle(tx, surveyed, book, changed["sites"], by)
    await _put_facts_while_telling(tx, News(book, changed, settled, touched))
    await _remember(book, changed, settled, by, tx)


async def _put_facts_while_telling(tx: Tx, news: News) -> None:
    """PostgreSQL writes the facts, which takes longest, while what happened is put into events."""
    writing = asyncio.create_task(put_facts(tx, news.book.written))
    try:
        await asyncio.sleep(0)  # until the statement is on its way
        tell(tx, news)
    finally:
        await writing


async def _name_sites(book: Book, tx: Tx) -> None:
    """Readable numbers for the new sites, and the words that find them."""
    new = list(book.sites.new.values())
    regions = {record["id"]: record["region_code"] for record in book.compounds.records.values()}
    owners = {record["id"]: record for record in book.parties.records.values()}
    codes = await next_codes(tx, [regions[record["compound_id"]] for record in new]) if new else []
    for record, code in zip(new, codes, strict=True):
        record |= {"code": code, **named(record["name"], code, owners[record["party_id"]])}


async def _write(tx: Tx, table: Table, shelf: Shelf) -> dict[UUID, Row]:
    """Insert the new records, change the others; the changed rows by id."""
    await add_many(tx, table, list(shelf.new.values()))
    return await _change(tx, table, shelf)


async def _change(tx: Tx, table: Table, shelf: Shelf, touched: Iterable[UUID] = ()) -> dict[UUID, Row]:
    """Change the records that were on file; the changed rows by id. ``touched`` ones only rise in version."""
    columns = sorted(set().union(*shelf.changed.values()))
    rows = [{name: record[name] for name in ("id", *columns)} for record in shelf.changed_records()]
    changed = [*await change_many(tx, table, rows)]
    changed += await change_many(tx, table, [{"id": identity} for identity in sorted(set(touched) - set(shelf.changed))])
    return {row["id"]: row for row in changed}


async def _hold_rooms(book: Book, tx: Tx) -> None:
    """Rooms for the new leases, and rooms anew for those whose term or rooms changed."""
    again = [identity for identity, names in book.leases.changed.items() if names & {"start", "end", "state", "rooms"}]
    if again:
        await release(tx, again)
    asked = [*book.leases.new.values(), *(book.leases.records[identity] for identity in again)]
    keeping = [lease for lease in asked if lease["state"] in HOLDING]
    numbers = {identity: row["number"] for identity, row in (await _standing(keeping, tx)).items()}
    rows: list[Record] = []
    for lease in keeping:
        term, ranges = book.held[lease["id"]]
        rows += space_rows(lease["id"], scope_number(numbers[lease["building_id"]], None), ranges, term)
    await hold(tx, rows)


async def _standing(keeping: Sequence[Record], tx: Tx) -> Mapping[UUID, Row]:
    return await get_many(tx, buildings, {lease["building_id"] for lease in keeping}) if keeping else {}


def _newcomers(book: Book) -> Newcomers:
    industries = {record["id"]: record["industry_code"] for record in book.parties.records.values()}
    return Newcomers(list(book.sites.new.values()), list(book.leases.new.values()), industries)


async def _settle(tx: Tx, surveyed: Survey, book: Book, changed: Mapping[UUID, Row], by: str) -> dict[UUID, Row]:
    """All sites around as they are now: the new ones, those that were changed here, and those that moved with them."""
    moved = {change.site_id for change in surveyed.moved}
    settled = await carry_out(tx, surveyed, by=by)
    return settled | {identity: row for identity, row in changed.items() if identity not in moved} | book.sites.new


def _stirred(book: Book, touched: set[UUID]) -> set[UUID]:
    """The buildings whose sites may stand differently now."""
    sites_on_file = [record for record in book.sites.records.values() if record["id"] in touched | set(book.sites.changed)]
    told = [*book.sites.new.values(), *sites_on_file, *book.leases.new.values(), *book.leases.changed_records()]
    return {record["building_id"] for record in told} | set(book.buildings.changed)


async def _remember(book: Book, changed: Mapping[str, dict[UUID, Row]], settled: Mapping[UUID, Row], by: str, tx: Tx) -> None:
    kinds: dict[str, Shelf] = {
        "party": book.parties,
        "compound": book.compounds,
        "building": book.buildings,
        "lease": book.leases,
    }
    names = {"party": "parties", "compound": "compounds", "building": "buildings", "lease": "leases"}
    for kind, shelf in kinds.items():
        await remember(tx, kind, by, *shelf.new.values(), *changed[names[kind]].values())
    risen: list[Any] = [row for identity, row in changed["sites"].items() if settled[identity]["version"] == row["version"]]
    await remember(tx, "site", by, *(settled[identity] for identity in book.sites.new), *risen)
