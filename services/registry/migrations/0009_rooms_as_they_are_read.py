"""Rooms that were stored before ``8F-01`` was read as 801, and ``301A`` on its floor: the labels and numbers they bear now."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import IntegrityError

from services.registry.domain.space import Space, on_only_floor, read_all
from shared.errors import Refused

revision = "registry_0009"
down_revision = "registry_0008"
branch_labels = None
depends_on = None

_LEASES = sa.text("""
    SELECT lease.id, lease.rooms, building.floors_above, building.floors_below, asked.changes -> 'rooms' AS asked
    FROM registry.leases AS lease
    JOIN registry.buildings AS building ON building.id = lease.building_id
    LEFT JOIN registry.lease_changes AS asked ON asked.lease_id = lease.id AND asked.state = 'open'
    WHERE lease.rooms <> '{}'
    ORDER BY lease.id
""")
_KEPT = sa.text("SELECT lease_id, scope, space, term FROM registry.lease_spaces")
_NAME = sa.text("UPDATE registry.leases SET rooms = :rooms WHERE id = :id")
_RELEASE = sa.text("DELETE FROM registry.lease_spaces WHERE lease_id = :id")
_HOLD = sa.text("""
    INSERT INTO registry.lease_spaces (lease_id, scope, space, term) VALUES (:lease_id, :scope, int8range(:low, :high), :term)
""")


def upgrade() -> None:
    connection = op.get_bind()
    kept: dict[Any, list[sa.Row[Any]]] = {}
    for row in connection.execute(_KEPT):
        kept.setdefault(row.lease_id, []).append(row)
    for lease in connection.execute(_LEASES).all():
        try:
            told, wanted = _read(lease, lease.rooms), _read(lease, [*lease.rooms, *(lease.asked or ())])
        except Refused:
            continue
        labels = [space.label for space in told]
        if labels != list(lease.rooms):
            connection.execute(_NAME, {"id": lease.id, "rooms": labels})
        if lease.id in kept:
            _number(connection, kept[lease.id], wanted)


def _read(lease: "sa.Row[Any]", labels: Iterable[str]) -> tuple[Space, ...]:
    return read_all(space.label for space in on_only_floor(read_all(labels), None if lease.floors_below else lease.floors_above))


def _number(connection: sa.Connection, kept: "list[sa.Row[Any]]", spaces: Iterable[Space]) -> None:
    """Keep the rooms under their numbers of today. Where two leases turn out to keep one room, the second stays as it was."""
    numbers = {space.range for space in spaces}
    if numbers == {(row.space.lower, row.space.upper) for row in kept}:
        return
    own = {"lease_id": kept[0].lease_id, "scope": kept[0].scope, "term": kept[0].term}
    try:
        with connection.begin_nested():
            connection.execute(_RELEASE, {"id": kept[0].lease_id})
            for low, high in numbers:
                connection.execute(_HOLD, {**own, "low": low, "high": high})
    except IntegrityError:
        return


def downgrade() -> None:
    """Both ways of writing are read, so nothing is to be undone."""
