"""The tables of notify: intentions and their dispatches here; proofs, relations and subscribers in the modules beside."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.notify.domain.states import DispatchState, NoticeState
from services.notify.domain.telling import Lane
from shared.messaging import Mailbox

metadata = MetaData(schema="notify")
mailbox = Mailbox(metadata)


def moment(name: str, *, nullable: bool = True) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def words(name: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{name} IN ({listed})", name=f"{name}_is_known")


notices = Table(
    "notices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("occasion", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("party_id", Uuid),
    Column("officer_id", Uuid),
    Column("cause_id", Uuid),
    Column("cause", Text, nullable=False),
    Column("correlation_id", Uuid),
    Column("site_id", Uuid),
    Column("grid_id", Uuid),
    Column("hazard_id", Uuid),
    Column("lease_id", Uuid),
    Column("campaign_id", Uuid),
    Column("appeal_id", Uuid),
    Column("thing_id", Uuid),
    Column("ending", Text),
    Column("ladder", Text),
    Column("rung", SmallInteger, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("quiet_from", SmallInteger),
    Column("quiet_to", SmallInteger),
    Column("template", Text, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("variables", JSONB, nullable=False),
    Column("clause", Text),
    Column("edition", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("key_kind", Text, nullable=False),
    Column("in_app", Boolean, nullable=False),
    Column("later", JSONB, nullable=False),
    Column("subscription_id", Uuid),
    Column("broadcast_id", Uuid),
    Column("merged_into", Uuid),
    Column("reason", Text),
    Column("channel", Text),
    Column("provider", Text),
    Column("acknowledged_by", Text),
    moment("planned_at", nullable=False),
    moment("send_after", nullable=False),
    moment("next_at"),
    moment("expires_at", nullable=False),
    moment("acknowledge_by"),
    moment("accepted_at"),
    moment("delivered_at"),
    moment("read_at"),
    moment("acknowledged_at"),
    moment("failed_at"),
    UniqueConstraint("occasion", "person_id", "kind", name="one_intention"),
    words("state", NoticeState),
)
Index("notices_of_site", notices.c.site_id, notices.c.id)
Index("notices_of_party", notices.c.party_id, notices.c.id)
Index("notices_next", notices.c.next_at, postgresql_where=text("next_at IS NOT NULL"))
Index("notices_of_thing", notices.c.thing_id, postgresql_where=text("thing_id IS NOT NULL"))
Index("notices_of_person", notices.c.person_id, notices.c.id)

dispatches = Table(
    "dispatches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notice_id", Uuid, ForeignKey("notify.notices.id", ondelete="CASCADE"), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lane", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("quiet_from", SmallInteger),
    Column("quiet_to", SmallInteger),
    Column("provider", Text),
    Column("provider_id", Text),
    Column("key_kind", Text),
    Column("address", Text),
    Column("text", Text),
    Column("parts", SmallInteger),
    Column("reason", Text),
    Column("concerns", Text),
    Column("postponed", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("holder", Uuid),
    Column("call", Text),
    moment("due_at", nullable=False),
    moment("lease_until"),
    moment("ask_at"),
    moment("started_at"),
    moment("ended_at"),
    moment("delivered_at"),
    moment("read_at"),
    UniqueConstraint("notice_id", "channel", "attempt", name="one_attempt"),
    words("state", DispatchState),
    words("lane", Lane),
)
Index("dispatches_due", dispatches.c.lane, dispatches.c.due_at, postgresql_where=text("state = 'due'"))
Index("dispatches_held", dispatches.c.due_at, postgresql_where=text("state = 'held'"))
Index("dispatches_sending", dispatches.c.lease_until, postgresql_where=text("state = 'sending'"))
Index("dispatches_unknown", dispatches.c.ask_at, postgresql_where=text("state = 'unknown'"))
Index("dispatches_ended", dispatches.c.ended_at, postgresql_using="brin")
Index("dispatches_provider", dispatches.c.provider, dispatches.c.provider_id, postgresql_where=text("provider_id IS NOT NULL"))

receipts = Table(
    "receipts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("dispatch_id", Uuid, ForeignKey("notify.dispatches.id", ondelete="CASCADE"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("provider_id", Text),
    Column("reached", Text, nullable=False),
    Column("reason", Text),
    Column("parts", SmallInteger),
    Column("times", Integer, nullable=False),
    moment("at", nullable=False),
    moment("received_at", nullable=False),
    UniqueConstraint("dispatch_id", "reached", name="one_receipt"),
)

proofs = Table(
    "proofs",
    metadata,
    Column("notice_id", Uuid, ForeignKey("notify.notices.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    moment("at", nullable=False),
    Column("what", JSONB, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("proofs_day", proofs.c.at)

anchors = Table(
    "anchors",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    moment("upto", nullable=False),
    Column("entries", Integer, nullable=False),
    Column("root", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signature", Text),
)

providers = Table(
    "providers",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("points", SmallInteger, nullable=False),
    Column("resting", SmallInteger, nullable=False),
    moment("moved_at", nullable=False),
    moment("stopped_at"),
    Column("reason", Text),
)

quotas = Table(
    "quotas",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("template", Text, primary_key=True),
    Column("left", Integer, nullable=False),
    moment("changed_at", nullable=False),
)

sms_days = Table(
    "sms_days",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("sent", Integer, nullable=False),
)
