"""Telling the sites of a party what its record answers about them."""

from collections.abc import Mapping

from services.registry.actions.facts import read_facts, schema_of, write_facts
from services.registry.domain.told_by_party import SOURCE, stands, told_by_party
from services.registry.store.facts import facts_of
from services.registry.store.history import remember
from services.registry.store.rows import Row, change
from services.registry.store.sites import open_sites_of_party
from services.registry.tables import sites
from services.registry.views.sites import GivenFact
from shared.contracts.registry import SiteFactsChanged
from shared.contracts.vocabulary import SiteId
from shared.database import Transaction as Tx


def with_party(facts: Mapping[str, GivenFact], party: Row) -> dict[str, GivenFact]:
    """The answers given for a site, with the party's where nobody has given one."""
    return {key: GivenFact(**entry, source=SOURCE) for key, entry in told_by_party(party).items()} | dict(facts)


async def tell_sites(party: Row, by: str, tx: Tx) -> None:
    """Let every open site of a party answer as the party's record does now."""
    told = read_facts(await schema_of(tx), with_party({}, party), by)
    if not told:
        return
    own = await open_sites_of_party(tx, party["id"])
    known = await facts_of(tx, [site["id"] for site in own])
    for site in own:
        held = known.get(site["id"], {})
        written = await write_facts(tx, site["id"], {key: row for key, row in told.items() if not stands(key, held.get(key))})
        if written:
            row = await change(tx, sites, site["id"], {})
            await remember(tx, "site", by, row)
            tx.say(SiteFactsChanged(site_id=SiteId(site["id"]), facts=written), sequence=row["version"])
