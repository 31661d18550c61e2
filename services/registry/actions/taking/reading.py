"""What one row says, checked by the registry's own rules; everything wrong is told with the path of its cell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.registry.domain.facts import FactSchema
from services.registry.domain.lease import Term
from services.registry.domain.ledger_row import LandlordCells, LeaseCells, LedgerRow, PersonCells, RowProblem, TenantCells
from services.registry.domain.party import require_fitting_numbers
from services.registry.domain.personal import read_mobile
from services.registry.domain.pinyin import normalise
from services.registry.domain.space import Space, read_spaces
from services.registry.domain.uscc import read_credit_code
from services.registry.store.rows import Row
from shared.contracts.vocabulary import ContactRole, PartyType
from shared.errors import MashangError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PersonSaid:
    """One person at a party, as the row says."""

    role: ContactRole
    name: str
    mobile: str | None


@dataclass(frozen=True, slots=True)
class PartySaid:
    """One party, as the row says; fields that the row leaves empty are None."""

    path: str
    name: str
    name_key: str
    party_type: PartyType
    uscc: str | None
    doubts: tuple[str, ...]
    people: tuple[PersonSaid, ...]
    industry_code: str | None = None
    supervision_industry: str | None = None
    employees: int | None = None


@dataclass(frozen=True, slots=True)
class LeaseSaid:
    """One lease, as the row says; without a term there is none."""

    term: Term
    spaces: tuple[Space, ...]
    cells: LeaseCells


@dataclass(slots=True)
class RowSaid:
    """Everything that one row says, and what is wrong with it."""

    row: LedgerRow
    landlord: PartySaid | None = None
    manager: PartySaid | None = None
    tenant: PartySaid | None = None
    lease: LeaseSaid | None = None
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)

    def attempt(self, column: str, read: Callable[[], T]) -> T | None:
        """What ``read`` answers, or None and a problem in the column."""
        try:
            return read()
        except MashangError as error:
            self.problems.append(RowProblem(column, error.code, error.text()))
            return None


def read_rows(rows: Iterable[LedgerRow], schema: FactSchema) -> list[RowSaid]:
    """The rows by the registry's rules; an answer that comes again and again is read once."""
    known: dict[Any, dict[str, Any]] = {}
    return [_read_row(row, schema, known) for row in rows]


def _read_row(row: LedgerRow, schema: FactSchema, known: dict[Any, dict[str, Any]]) -> RowSaid:
    said = RowSaid(row)
    said.landlord = _read_party(said, row.landlord, "landlord")
    if row.building.unified_manager is not None:
        said.manager = _read_party(said, row.building.unified_manager, "building.unified_manager")
    if row.tenant is not None:
        said.tenant = _read_party(said, row.tenant, "tenant")
        said.facts = _read_facts(said, schema, known)
    if row.lease is not None and row.lease.start is not None and row.lease.end is not None:
        said.lease = _read_lease(said, row.lease)
    return said


def _read_party(said: RowSaid, cells: LandlordCells | TenantCells, path: str) -> PartySaid:
    text = cells.uscc
    code = said.attempt(f"{path}.uscc", lambda: read_credit_code(text)) if text else None
    people = [_read_person(said, cells.principal, ContactRole.PRINCIPAL, f"{path}.principal")]
    extra: dict[str, Any] = {}
    if isinstance(cells, TenantCells):
        people.append(_read_person(said, cells.safety_officer, ContactRole.SAFETY_OFFICER, f"{path}.safety_officer"))
        extra = {name: getattr(cells, name) for name in ("industry_code", "supervision_industry", "employees")}
    return PartySaid(
        path=path,
        name=cells.name,
        name_key=normalise(cells.name),
        party_type=cells.party_type,
        uscc=code.text if code else None,
        doubts=tuple(doubt.value for doubt in code.doubts) if code else (),
        people=tuple(person for person in people if person is not None),
        **extra,
    )


def _read_person(said: RowSaid, cells: PersonCells | None, role: ContactRole, path: str) -> PersonSaid | None:
    if cells is None or not (cells.name or cells.mobile):
        return None
    text = cells.mobile
    mobile = said.attempt(f"{path}.mobile", lambda: read_mobile(text)) if text else None
    return PersonSaid(role, cells.name, mobile)


def _read_lease(said: RowSaid, cells: LeaseCells) -> LeaseSaid | None:
    start, end = cells.start, cells.end
    assert start is not None  # noqa: S101 - the caller looked
    assert end is not None  # noqa: S101
    term = said.attempt("lease.end", lambda: Term(start, end))
    spaces = said.attempt("lease.room" if cells.room else "lease.floor", lambda: read_spaces(cells.floor, cells.room))
    return LeaseSaid(term, spaces, cells) if term is not None and spaces is not None else None


def _read_facts(said: RowSaid, schema: FactSchema, known: dict[Any, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {}
    for key, cells in said.row.facts.items():
        if cells.value is None:
            continue
        same = key, type(cells.value), cells
        if same in known:
            found[key] = known[same]
            continue
        given = list(cells.value) if isinstance(cells.value, tuple) else cells.value
        value = said.attempt(f"facts.{key}", lambda key=key, given=given: schema.read(key, given))  # type: ignore[misc]
        if value is not None:
            unit = schema.keys[key].unit if cells.qty else None
            found[key] = known[same] = {"value": value, "qty": cells.qty, "unit": cells.unit or unit}
    return found


def require_registrable(said: RowSaid, party: PartySaid) -> bool:
    """Whether a party that is not on record yet may be registered as the row says; a problem where not."""
    before = len(said.problems)
    said.attempt(
        f"{party.path}.uscc",
        lambda: require_fitting_numbers(party.party_type, has_credit_code=party.uscc is not None, has_id_number=False),
    )
    return len(said.problems) == before


def newer(held: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the row gives and the record does not have; an empty cell says nothing."""
    return differing(held, {name: value for name, value in said.items() if value is not None})


def differing(held: Row, meant: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the record does not have; None is one of them."""
    return {name: value for name, value in meant.items() if _plain(held[name]) != _plain(value)}


def _plain(value: Any) -> Any:
    return float(value) if hasattr(value, "as_tuple") else value
