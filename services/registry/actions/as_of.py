"""A site as it was on record at a moment: what anybody who looked then would have read."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.registry.actions.facts import schema_of
from services.registry.store.facts import facts_as_known
from services.registry.store.history import as_known, first_known, versions_of
from services.registry.store.places import owner_of_building
from services.registry.store.rows import Row
from services.registry.store.scope import reach_of, seen_sites
from services.registry.store.sites import site_seen
from services.registry.views.shape import shown_point
from services.registry.views.sites import ShownFact, SiteHistory, SiteVersion, SiteView
from shared.clock import SHANGHAI
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.web import Caller


class MomentWrong(Refused):
    """A day, or a time with offset."""

    code = "moment_wrong"
    zh = "as_of 应为日期（2026-05-12）或带时区的时间"
    en = "as_of is a day such as 2026-05-12, or a time with offset"


def read_moment(text: str) -> datetime:
    """The moment that is meant; a day means its end in Shanghai. Raises MomentWrong."""
    try:
        if len(text) == len("2026-05-12"):
            following = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(following, time(), SHANGHAI).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MomentWrong(pointer="/as_of") from None
    if moment.tzinfo is None:
        raise MomentWrong(pointer="/as_of")
    return moment


async def site_as_of(identity: UUID, text: str, caller: Caller, tx: Tx) -> SiteView:
    """The site with the answers that were on record then. Whoever may see it now may see what it was."""
    moment = read_moment(text)
    if await site_seen(tx, identity, seen_sites(await reach_of(caller, tx))) is None:
        raise Missing
    version, first = await as_known(tx, "site", identity, moment), await first_known(tx, "site", identity)
    if version is None or first is None:
        raise Missing
    card = version["card"]
    facts = _derived(version) | {row["key"]: _fact(row) for row in await facts_as_known(tx, identity, moment) if _says(row)}
    unanswered = (await schema_of(tx)).unanswered({key: fact.value for key, fact in facts.items()})
    stamps = {"created_at": first["at"], "changed_at": version["at"]}
    owner = await owner_of_building(tx, UUID(card["building_id"]))
    extra = {"point": shown_point(card), "facts": facts, "unanswered": list(unanswered), "landlord_party_id": owner}
    return SiteView(**{**card, **extra, **stamps})


async def site_history(identity: UUID, caller: Caller, tx: Tx) -> SiteHistory:
    """Every version of a site's card, and who made it."""
    if await site_seen(tx, identity, seen_sites(await reach_of(caller, tx))) is None:
        raise Missing
    versions = await versions_of(tx, "site", identity)
    return SiteHistory(
        items=[SiteVersion(version=row["version"], at=row["at"], by=row["by"], card=row["card"]) for row in versions]
    )


def _derived(version: Row) -> dict[str, ShownFact]:
    day = version["at"].astimezone(SHANGHAI).date()
    return {
        key: ShownFact(value=value, source="ledger", valid_from=day, recorded_at=version["at"])
        for key, value in version["card"]["derived"].items()
    }


def _says(row: Row) -> bool:
    return not row["entry"].get("removed")


def _fact(row: Row) -> ShownFact:
    entry: dict[str, Any] = row["entry"]
    return ShownFact(**{**entry, "recorded_at": row["recorded_at"]})
