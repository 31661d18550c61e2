"""What happens to ledgers when somebody asks: sent in, looked at, their columns remembered."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, true

from services.registry.ledger import store
from services.registry.ledger.columns import Columns, plain, shipped_columns
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.mapping import LedgerMapping, load_mapping, mapping_of
from services.registry.ledger.running import sealed, unsealed
from services.registry.ledger.views import (
    ImportLine,
    ImportView,
    KnownColumn,
    SaidMapping,
    SentLedger,
    import_view,
    problem_view,
)
from services.registry.ledger.wording import words_of
from services.registry.rulebook import shipped_facts
from services.registry.store.audit import Deed, record
from services.registry.tables_ledger import ledger_imports
from services.registry.vault import Vault
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest

_MAPPINGS: Final = Path(__file__).with_name("mappings")
_SEE_ALL: Final = ("admin", "bureau", "auditor")


class MappingWrong(Refused):
    """A mapping names a path that no column has."""

    code = "mapping_path_unknown"
    zh = "栏目对应关系中有不认识的字段:{paths}"
    en = "The mapping names unknown paths: {paths}"


class SourceUnknown(Refused):
    """No mapping of that name ships with this release."""

    code = "mapping_source_unknown"
    zh = "没有这个来源的栏目对应关系,可用:{known}"
    en = "No mapping for that source; known: {known}"


class UploadForgotten(Missing):
    """Uploads are kept for a while only."""

    code = "upload_forgotten"
    zh = "上传的文件已按规定删除,请重新上传"
    en = "The upload was deleted as it must be; send it again"


@dataclass(frozen=True, slots=True)
class Reception:
    """What an upload is received with: the keys, the claim of whoever takes it, how its columns are read."""

    vault: Vault
    claim: UUID
    mapping: LedgerMapping


@cache
def sources() -> dict[str, LedgerMapping]:
    """The mappings that ship with this release, by name."""
    return {path.stem: load_mapping(path) for path in sorted(_MAPPINGS.glob("*.yaml"))}


async def mapping_for(sent: SentLedger, caller: Caller, tx: Tx) -> LedgerMapping:
    """The source's mapping, over it what the sender said before, over that what he says now. Refuses unknown paths."""
    if sent.source is not None and sent.source not in sources():
        raise SourceUnknown(known="、".join(sources()), pointer="/source")
    _require_known_paths(sent.said, shipped_columns())
    given = sources()[sent.source] if sent.source else LedgerMapping()
    before = await store.remembered_headings(tx, caller.subject)
    return LedgerMapping(
        {**_plain(given.headings), **before, **_plain(sent.said.headings)},
        {**given.defaults, **sent.said.defaults},
        {**given.words, **sent.said.words},
    )


def _plain(headings: Mapping[str, str]) -> dict[str, str]:
    return {plain(heading): path for heading, path in headings.items()}


def _require_known_paths(said: SaidMapping, columns: Columns) -> None:
    unknown = {path for path in (*said.headings.values(), *said.defaults) if path and path not in columns.columns}
    if unknown:
        raise MappingWrong(paths="、".join(sorted(path[:40] for path in unknown)), pointer="/mapping")


async def receive(data: bytes, sent: SentLedger, reception: Reception, caller: Caller, tx: Tx) -> ImportView:
    """Keep an upload, sealed, and remember what its sender said of his columns."""
    digest = hashlib.sha256(data).digest()
    row = await store.add_import(
        tx,
        {
            "id": new_id(),
            "sender": caller.subject,
            "sender_roles": ",".join(sorted(caller.roles)),
            "filename": sent.filename[-200:],
            "digest": digest,
            "size": len(data),
            "sealed": sealed(data, reception.vault),
            "dry_run": sent.dry_run,
            "mapping": asdict(reception.mapping),
            "columns": [],
            "claim": reception.claim,
        },
    )
    if not sent.dry_run:
        await store.remember_headings(tx, caller.subject, _plain(sent.said.headings))
        await record(tx, caller, Deed("ledger_sent", "ledger_import", row["id"], digest.hex()))
    return import_view(row, [], 0)


async def leave_to_worker(import_id: UUID, claim: UUID, tx: Tx) -> None:
    """Give the import up, for a worker to take it at once."""
    await store.release(tx, import_id, claim)
    tx.ring("ledgers")


async def show_import(import_id: UUID, caller: Caller, tx: Tx) -> ImportView:
    """An import as it stands: one's own, or anybody's for the bureau."""
    row = await store.find_import(tx, import_id, _seen(caller))
    if row is None:
        raise Missing
    problems = await store.problems_of(tx, import_id, ledger_limits().problems_in_an_answer)
    return import_view(row, list(problems), await store.count_problems(tx, import_id))


async def list_imports(paging: PageRequest, caller: Caller, tx: Tx) -> Page[ImportLine]:
    """Imports, the newest first."""
    rows = await store.page_of_imports(tx, _seen(caller), paging)
    return Page.of([ImportLine.model_validate(dict(row)) for row in rows], paging, key=lambda line: line.id)


@dataclass(frozen=True, slots=True)
class WithProblems:
    """An upload and what was wrong in it, for the result file."""

    data: bytes
    filename: str
    problems: list[dict[str, Any]]
    mapping: LedgerMapping


async def upload_of(import_id: UUID, vault: Vault, caller: Caller, tx: Tx) -> WithProblems:
    """The upload and its problems, to its sender or the bureau."""
    row = await store.find_import(tx, import_id, _seen(caller), with_file=True)
    if row is None:
        raise Missing
    if row["sealed"] is None:
        raise UploadForgotten
    found = await store.problems_of(tx, import_id, None)
    problems = [problem_view(problem).model_dump() for problem in found]
    return WithProblems(unsealed(row["sealed"], vault), row["filename"], problems, mapping_of(row["mapping"]))


def known_columns() -> list[KnownColumn]:
    """Every column that a ledger may have, for whoever maps his own."""
    columns, facts = shipped_columns(), shipped_facts()
    return [
        KnownColumn(
            path=column.path,
            group=columns.groups[column.group].heading,
            heading=column.heading,
            kind=column.kind.value,
            required=column.required,
            note=column.note,
            words=list(words_of(column, columns, facts)),
        )
        for column in columns.columns.values()
    ]


def _seen(caller: Caller) -> ColumnElement[bool]:
    return true() if caller.has(*_SEE_ALL) else ledger_imports.c.sender == caller.subject
