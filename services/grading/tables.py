"""The tables of grading: where every site stands, what was heard of it, every decision, and the policies."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from shared.messaging import Mailbox

metadata = MetaData(schema="grading")
mailbox = Mailbox(metadata)

sites = Table(
    "sites",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("kind", Text),
    Column("party_id", Uuid),
    Column("landlord_site_id", Uuid),
    Column("building_id", Uuid),
    Column("compound_id", Uuid),
    Column("grid_id", Uuid),
    Column("name", Text),
    Column("is_followed", Boolean, nullable=False, server_default=text("false")),
    Column(
        "facts",
        Text,
        nullable=False,
        comment="the registers as JSON: one row per site, so that a batch loads it in one statement",
    ),
    Column("heard", Integer, nullable=False, server_default=text("0"), comment="number of the last row in the journal"),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("policy", Text),
    Column("day", Date, comment="of the last decision"),
    Column("standing", Text, comment="after the last decision"),
    Column("anchor", Text, comment="when the day of the last decision began"),
    Column("override", Text),
    Column("level", Text),
    Column("level_since", Date),
    Column("band", Text),
    Column("points", Integer, comment="hundredths"),
    Column("score", Integer, comment="hundredths"),
    Column("overdue", Integer, comment="hundredths"),
    Column("check_days", SmallInteger),
    Column("check_months", SmallInteger),
    Column("substance", Text),
    Column("valid_until", Date),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
Index("sites_due", sites.c.valid_until, postgresql_where=text("valid_until IS NOT NULL"))
Index("sites_of_landlord", sites.c.landlord_site_id)
Index("sites_of_building", sites.c.building_id)
Index("sites_of_party", sites.c.party_id)
Index("sites_of_grid", sites.c.grid_id, sites.c.level)

journal = Table(
    "journal",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, comment="1, 2, 3 … of the site"),
    Column("event_id", Uuid, nullable=False),
    Column("day", Date, nullable=False, comment="on which it was heard"),
    Column("heard_at", DateTime(timezone=True), nullable=False),
    Column("writes", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("policy", Text, nullable=False),
    Column("heard", Integer, nullable=False, comment="the facts are those of the journal up to this number"),
    Column("anchor", Text),
    Column("before", Text),
    Column("level", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("substance", Text, nullable=False),
)
Index("decisions_moves", decisions.c.day, postgresql_where=text("before IS DISTINCT FROM level"))

policies = Table(
    "policies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_by", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

activations = Table(
    "activations",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("policy", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("activated_at", DateTime(timezone=True), nullable=False),
    Column("activated_by", Text),
    Column("graded", Integer, nullable=False, server_default=text("0"), comment="sites, once it is finished"),
    Column("total", Integer, comment="sites, once they are divided into slices"),
    Column("finished_at", DateTime(timezone=True)),
)

slices = Table(
    "slices",
    metadata,
    Column("activation", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("first", Uuid, nullable=False),
    Column("last", Uuid, nullable=False),
    Column("graded", Integer, comment="sites that were graded anew; NULL until then"),
)

rollups = Table(
    "rollups",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="landlord: a site whose tenants have changed; party: a party of which something was heard",
    ),
    Column("subject_id", Uuid, nullable=False),
    Column("event_id", Uuid),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, nullable=False),
    Column("level", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("file_id", Uuid, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("approvals", Text, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
)
Index("overrides_of_site", overrides.c.site_id)

lifts = Table(
    "lifts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("file_id", Uuid, nullable=False),
    Column("approvals", Text, nullable=False),
    Column("lifted_at", DateTime(timezone=True), nullable=False),
)
Index("lifts_of_site", lifts.c.site_id)

appeals = Table(
    "appeals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, nullable=False),
    Column("party_id", Uuid),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("state", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("rules", Text, nullable=False, comment="the rules in dispute, as JSON"),
    Column("reason", Text, nullable=False),
    Column("file_ids", Text, nullable=False),
    Column("filed_by", Text, nullable=False),
    Column("filed_on", Date, nullable=False),
    Column("filed_at", DateTime(timezone=True), nullable=False),
    Column("due", Date, nullable=False),
    Column("decision", Text),
    Column("decision_reason", Text),
    Column("approvals", Text),
    Column("override_id", Uuid),
    Column("decided_at", DateTime(timezone=True)),
)
Index("appeals_open", appeals.c.site_id, unique=True, postgresql_where=text("state = 'open'"))
Index("appeals_due", appeals.c.state, appeals.c.due)

proposals = Table(
    "proposals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="the rule of a lift, the appeal of a verdict; else empty"),
    Column("body", Text, nullable=False, comment="what was proposed, as JSON"),
    Column("needed", SmallInteger, nullable=False),
    Column("named", Text, nullable=False, comment="the accounts that are asked, the proposer among them, as JSON"),
    Column("approvals", Text, nullable=False, comment="who has agreed by a request of his own, as JSON"),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("expires_on", Date, nullable=False, comment="the last day on which it may be confirmed"),
    Column("ended_by", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("note", Text),
)
_WAITING = text("state = 'pending'")
Index("proposals_pending", proposals.c.site_id, proposals.c.kind, proposals.c.subject, unique=True, postgresql_where=_WAITING)
Index("proposals_expiring", proposals.c.expires_on, postgresql_where=_WAITING)
Index("proposals_of_site", proposals.c.site_id)

rehearsals = Table(
    "rehearsals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("today", Date, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("cursor", Uuid),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("total", Integer, nullable=False),
    Column("result", Text, nullable=False, comment="what is counted so far, as JSON"),
    Column("finished_at", DateTime(timezone=True)),
)
