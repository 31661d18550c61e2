"""Adding questions to the ledger, and looking at what was answered to one over time."""

from uuid import UUID

from services.registry.actions.facts import schema_of
from services.registry.domain.facts import FactKey, FactKind, fact_key
from services.registry.rulebook import shipped_facts
from services.registry.store.audit import Deed, record
from services.registry.store.facts import declare_key, history_of_key
from services.registry.store.scope import reach_of, seen_sites
from services.registry.store.sites import site_seen
from services.registry.views.fact_keys import FactHistory, FactKeys, FactKeyView, FactVersion, NewFactKey
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.web import Caller

_CHOOSING = frozenset({FactKind.CHOICE, FactKind.CHOICES})


class FactKeyShipped(Refused):
    """What ships with a release is changed by a release."""

    code = "fact_key_shipped"
    status = 409
    zh = "该要素随系统发布，不能在此修改"
    en = "This key ships with the release and cannot be changed here"


class FactKeyIncomplete(Refused):
    """A choice has values, a list of things has fields."""

    code = "fact_key_incomplete"
    zh = "选择型要素必须给出取值，清单型要素必须给出字段"
    en = "A choice needs values, and items need fields"


async def list_keys(tx: Tx) -> FactKeys:
    """Every question, those that ship and the bureau's own."""
    schema = await schema_of(tx)
    return FactKeys(version=schema.version, items=[_shown(declared) for declared in schema.keys.values()])


async def put_key(key: str, body: NewFactKey, caller: Caller, tx: Tx) -> FactKeyView:
    """Ask a question of the bureau's own from now on; answers already given stay as they are."""
    if key in shipped_facts().keys:
        raise FactKeyShipped(pointer="/key")
    if (body.type in _CHOOSING and not body.values) or (body.type is FactKind.ITEMS and not body.fields):
        raise FactKeyIncomplete(pointer="/values" if body.type in _CHOOSING else "/fields")
    entry = body.model_dump(mode="json", exclude_none=True)
    await declare_key(tx, {"key": key, "entry": entry, "declared_by": caller.subject})
    await record(tx, caller, Deed("declare_fact_key", "fact_key", note=key))
    return _shown(fact_key(key, entry))


async def key_history(site_id: UUID, key: str, caller: Caller, tx: Tx) -> FactHistory:
    """Everything that was ever written under a key of a site."""
    if await site_seen(tx, site_id, seen_sites(await reach_of(caller, tx))) is None:
        raise Missing
    rows = await history_of_key(tx, site_id, key)
    return FactHistory(items=[FactVersion(entry=row["entry"], recorded_at=row["recorded_at"]) for row in rows])


def _shown(declared: FactKey) -> FactKeyView:
    return FactKeyView(
        key=declared.key,
        type=declared.kind,
        zh=declared.zh,
        en=declared.en,
        values=list(declared.values),
        labels=dict(declared.labels),
        unit=declared.unit,
        fields=dict(declared.fields),
        required=declared.required,
        derived=declared.derived,
        risk=declared.risk.kind if declared.risk else None,
        shipped=declared.key in shipped_facts().keys,
    )
