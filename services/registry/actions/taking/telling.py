"""Telling what a chunk of a ledger changed: the same events as if each thing had been registered by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.actions.cards import derived_value, fact_value, lease_card, party_card, site_card
from services.registry.actions.contacts import contact_changed
from services.registry.actions.taking.book import Book
from services.registry.domain.lease import RUNNING
from services.registry.store.rows import Row
from shared.contracts.registry import (
    LeaseActivated,
    LeaseChanged,
    LeaseEnded,
    PartyChanged,
    PartyRegistered,
    SiteChanged,
    SiteFactsChanged,
    SiteRegistered,
)
from shared.contracts.vocabulary import FactValue, LeaseEndReason, LeaseState
from shared.database import Transaction as Tx


@dataclass(frozen=True, slots=True)
class News:
    """What was written: the book, the changed rows by table and id, the sites as they stand, those with new answers only."""

    book: Book
    changed: Mapping[str, dict[UUID, Row]]
    settled: Mapping[UUID, Row]
    answered: set[UUID]


def tell(tx: Tx, news: News) -> None:
    """Say everything, the parties first, so that whoever hears a site has most likely heard its party."""
    _tell_parties(tx, news)
    _tell_sites(tx, news)
    _tell_leases(tx, news)


def _tell_parties(tx: Tx, news: News) -> None:
    book = news.book
    tx.say(*(PartyRegistered(**party_card(record)) for record in book.parties.new.values()))
    tx.say(*(contact_changed(record) for record in book.contacts.new.values()))
    for identity, row in news.changed["parties"].items():
        names = tuple(sorted(book.parties.changed[identity] - {"name_key", "search", "grams"}))
        tx.say(PartyChanged(**party_card(row), changed=names), sequence=row["version"])
    for row in news.changed["contacts"].values():
        tx.say(contact_changed(row), sequence=row["version"])


def _tell_sites(tx: Tx, news: News) -> None:
    today = tx.today
    for identity in news.book.sites.new:
        row = news.settled[identity]
        tx.say(SiteRegistered(**site_card(row), facts=_facts(news.book, row, today)))
    for identity in news.book.sites.changed:
        row = news.settled[identity]
        tx.say(SiteChanged(**site_card(row), changed=("landlord_site_id",), reason="ledger"), sequence=row["version"])
    written: dict[UUID, dict[str, FactValue]] = {}
    for record in news.book.written:
        written.setdefault(record["site_id"], {})[record["key"]] = fact_value(record)
    for identity in sorted(news.answered):
        row, answers = news.settled[identity], written[identity]
        tx.say(SiteFactsChanged(site_id=identity, facts=answers), sequence=row["version"])  # type: ignore[arg-type]


def _facts(book: Book, row: Row, today: date) -> dict[str, FactValue]:
    derived = {key: derived_value(value, today) for key, value in row["derived"].items()}
    return derived | {key: fact_value(record) for key, record in book.facts.get(row["id"], {}).items()}


def _tell_leases(tx: Tx, news: News) -> None:
    for record in news.book.leases.new.values():
        if record["state"] in RUNNING:
            tx.say(LeaseActivated(**lease_card(record)))
        elif record["state"] == LeaseState.EXPIRED:
            tx.say(LeaseEnded(**lease_card(record), reason=LeaseEndReason.EXPIRED, ended_on=record["end"]))
    for identity, row in news.changed["leases"].items():
        names = tuple(sorted(news.book.leases.changed[identity]))
        tx.say(LeaseChanged(**lease_card(row), changed=names), sequence=row["version"])
