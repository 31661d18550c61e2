"""What is known about a site: registers that are overwritten, with a history that is not."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.actions.cards import derived_value, fact_value
from services.registry.domain.facts import UNKNOWN, FactSchema, fact_key
from services.registry.rulebook import shipped_facts
from services.registry.store.facts import declared_keys, facts_of, put_facts
from services.registry.store.rows import Row, Target, change
from services.registry.store.scope import reach_of, seen_sites
from services.registry.store.sites import lock_site, site_seen
from services.registry.tables import sites
from services.registry.views.sites import FactAnswers, FactsView, GivenFact, ShownFact
from shared.contracts.registry import SiteFactsChanged
from shared.contracts.vocabulary import FactValue, SiteId
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused, Stale
from shared.web import Caller

_COMPARED = ("value", "qty", "unit", "source", "verified_by", "valid_from", "valid_to")


class SiteIsClosed(Refused):
    """Nobody operates there any more; what was is kept as it was."""

    code = "site_closed"
    status = 409
    zh = "该场所已注销，不能再修改"
    en = "The site is closed and cannot be changed"


async def schema_of(tx: Tx) -> FactSchema:
    """The questions that ship, and those that the bureau has added."""
    shipped = shipped_facts()
    added = {row["key"]: fact_key(row["key"], row["entry"]) for row in await declared_keys(tx)}
    return FactSchema(shipped.version, {**shipped.keys, **added}) if added else shipped


async def put_site_facts(target: Target, body: FactAnswers, caller: Caller, tx: Tx) -> FactsView:
    """Write what is now known; keys that are not given stay, and an answer given again changes nothing."""
    site = await lock_site(tx, target.id, seen_sites(await reach_of(caller, tx)))
    if site is None:
        raise Missing
    if target.if_match not in (None, site["version"]):
        raise Stale
    if not site["is_open"]:
        raise SiteIsClosed
    schema = await schema_of(tx)
    written = await write_facts(tx, target.id, read_facts(schema, body.root, caller.subject))
    if written:
        site = await change(tx, sites, target.id, {})
        tx.say(SiteFactsChanged(site_id=SiteId(target.id), facts=written), sequence=site["version"])
    return await _shown(site, schema, tx, sorted(written))


async def site_facts(identity: UUID, caller: Caller, tx: Tx) -> FactsView:
    """What is known now, and which required keys nobody has answered."""
    site = await site_seen(tx, identity, seen_sites(await reach_of(caller, tx)))
    if site is None:
        raise Missing
    return await _shown(site, await schema_of(tx), tx, [])


def read_facts(schema: FactSchema, given: Mapping[str, GivenFact], by: str) -> dict[str, dict[str, Any]]:
    """The answers as rows; refused with the key where the schema does not take one."""
    return {
        key: {
            "key": key,
            "value": schema.read(key, fact.value, pointer=f"/{key}/value"),
            "qty": fact.qty,
            "unit": fact.unit or (schema.keys[key].unit if fact.qty is not None else None),
            "source": fact.source,
            "verified_by": fact.verified_by,
            "valid_from": fact.valid_from,
            "valid_to": fact.valid_to,
            "recorded_by": by,
        }
        for key, fact in given.items()
    }


async def write_facts(tx: Tx, site_id: UUID, rows: Mapping[str, dict[str, Any]]) -> dict[str, FactValue]:
    """Store the answers that are new or other; these, as they travel."""
    known = (await facts_of(tx, [site_id])).get(site_id, {})
    new = [{"site_id": site_id, **dated(row, tx)} for key, row in rows.items() if not same(known.get(key), row)]
    await put_facts(tx, new)
    return {row["key"]: fact_value(row) for row in new}


def same(known: Row | None, row: Mapping[str, Any]) -> bool:
    """Whether the register says this already; the day on which it was first said stays."""
    if known is None:
        return False
    names = (name for name in _COMPARED if name != "valid_from" or row["valid_from"] is not None)
    return all(_plain(known[name]) == _plain(row[name]) for name in names)


def dated(row: Mapping[str, Any], tx: Tx) -> dict[str, Any]:
    """The row, valid from today unless it says since when."""
    return {**row, "valid_from": row["valid_from"] or tx.today}


def _plain(value: Any) -> Any:
    return float(value) if hasattr(value, "as_tuple") else value


async def _shown(site: Row, schema: FactSchema, tx: Tx, changed: list[str]) -> FactsView:
    shown = await shown_facts(site, tx)
    return FactsView(
        site_id=site["id"],
        version=site["version"],
        facts=shown,
        unanswered=list(schema.unanswered(answers_today(shown, tx.today))),
        changed=changed,
    )


def answers_today(facts: Mapping[str, ShownFact], today: date) -> dict[str, Any]:
    """The answers by key; one whose validity has passed is unknown again, and so a finding."""
    return {key: UNKNOWN if fact.valid_to is not None and fact.valid_to < today else fact.value for key, fact in facts.items()}


async def shown_facts(site: Row, tx: Tx) -> dict[str, ShownFact]:
    """What people said, and what the ledger worked out."""
    known = (await facts_of(tx, [site["id"]])).get(site["id"], {})
    derived = {
        key: ShownFact(value=value, source="ledger", valid_from=tx.today, recorded_at=site["changed_at"])
        for key, value in site["derived"].items()
    }
    return derived | {key: ShownFact(**row) for key, row in known.items()}


async def announced_facts(site: Row, tx: Tx) -> dict[str, FactValue]:
    """Everything known of a site, as it travels with its registration."""
    known = (await facts_of(tx, [site["id"]])).get(site["id"], {})
    derived = {key: derived_value(value, tx.today) for key, value in site["derived"].items()}
    return derived | {key: fact_value(row) for key, row in known.items()}
