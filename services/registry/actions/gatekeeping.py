"""Publishing the gate's rules, and keeping the list of those not to be admitted."""

from typing import Any
from uuid import UUID

from services.registry.actions.industries import lines_of_work
from services.registry.actions.rulebooks import RulebookWrong, read_rulebook
from services.registry.domain.pinyin import normalise
from services.registry.domain.uscc import read_credit_code
from services.registry.rulebook import shipped, shipped_gate
from services.registry.store.admission import rulebook_of
from services.registry.store.audit import Deed, record
from services.registry.store.gate import end_barred, keep_rulebook, page_of_barred, publish, rulebooks_known
from services.registry.store.rows import Row, add
from services.registry.tables_leases import barred
from services.registry.views.gate import (
    BarredEnding,
    BarredView,
    NewBarred,
    NewRulebook,
    Publication,
    RulebookLine,
    Rulebooks,
    RulebookView,
)
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest


class RulebookInUse(Refused):
    """A published rulebook never changes: leases were judged by it."""

    code = "rulebook_in_use"
    status = 409
    zh = "该版本已发布，不能修改；请使用新的版本号"
    en = "This version is published and cannot change; use a new version"


class BarredNobody(Refused):
    """An entry says whom it means."""

    code = "barred_nobody"
    zh = "请填写统一社会信用代码、名称或行业代码之一"
    en = "Say who is meant: a credit code, a name, or an industry code"


async def list_rulebooks(tx: Tx) -> Rulebooks:
    """All versions, the one that ships first."""
    own = [_line(row["document"], row) for row in await rulebooks_known(tx)]
    return Rulebooks(items=[_line(_plain(shipped("gate")), None), *own])


async def rulebook(version: str, tx: Tx) -> RulebookView:
    """One version, whole."""
    if version == shipped_gate().version:
        document = _plain(shipped("gate"))
        return RulebookView(**_line(document, None).model_dump(), document=document)
    row = await rulebook_of(tx, version)
    if row is None:
        raise Missing
    return RulebookView(**_line(row["document"], row).model_dump(), document=row["document"])


async def draft_rulebook(body: NewRulebook, caller: Caller, tx: Tx) -> RulebookView:
    """Keep a rulebook that can be applied. Raises RulebookWrong with what is wrong in it."""
    book = read_rulebook(body.document)
    held = await rulebook_of(tx, book.version)
    if (held is not None and held["state"] == "published") or book.version == shipped_gate().version:
        raise RulebookInUse(pointer="/document/version")
    await keep_rulebook(tx, {"version": book.version, "document": body.document, "drafted_by": caller.subject})
    return await rulebook(book.version, tx)


async def publish_rulebook(version: str, body: Publication, caller: Caller, tx: Tx) -> RulebookView:
    """From a day on the gate goes by this version; applications judged before keep theirs."""
    if body.effective_from < tx.today:
        raise RulebookWrong(reason="effective_from", pointer="/effective_from")
    if (held := await rulebook_of(tx, version)) is not None:
        read_rulebook(held["document"])
    if await publish(tx, version, body.effective_from, caller.subject) is None:
        raise Missing if held is None else RulebookInUse
    await record(tx, caller, Deed("publish_rulebook", "rulebook", note=f"{version} {body.effective_from}"))
    return await rulebook(version, tx)


async def bar(body: NewBarred, caller: Caller, tx: Tx) -> BarredView:
    """Put a firm, or a line of work, on the list of those not to be admitted."""
    if not (body.uscc or body.name or body.industry_prefix):
        raise BarredNobody(pointer="/uscc")
    given = body.model_dump(exclude={"id", "name", "uscc", "effective_from"})
    who = {
        "uscc": read_credit_code(body.uscc).text if body.uscc else None,
        "name_key": normalise(body.name) if body.name else None,
    }
    since = {"effective_from": body.effective_from or tx.today, "listed_by": caller.subject}
    row = await add(tx, barred, {"id": body.id or new_id(), **given, **lines_of_work(given), **who, **since})
    await record(tx, caller, Deed("bar", "barred", row["id"]))
    return BarredView(**row)


async def list_barred(paging: PageRequest, tx: Tx) -> Page[BarredView]:
    """The list, ended entries included."""
    return Page.of([BarredView(**row) for row in await page_of_barred(tx, paging)], paging, key=lambda view: view.id)


async def unbar(identity: UUID, body: BarredEnding, caller: Caller, tx: Tx) -> BarredView:
    """End an entry; it stays readable."""
    row = await end_barred(tx, identity, body.effective_to or tx.today)
    if row is None:
        raise Missing
    await record(tx, caller, Deed("unbar", "barred", identity))
    return BarredView(**row)


def _line(document: dict[str, Any], row: Row | None) -> RulebookLine:
    return RulebookLine(
        version=document["version"],
        title=document["title"],
        state=row["state"] if row else "shipped",
        effective_from=row["effective_from"] if row else document["effective_from"],
        mark=document.get("mark"),
        rules=len(document["rules"]),
        clauses=len(document["clauses"]),
        created_at=row["created_at"] if row else None,
    )


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return node.isoformat() if hasattr(node, "isoformat") else node
