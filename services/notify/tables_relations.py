"""Notify's own copy of who relates to which place, ids only, fed by what registry and inspection say."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Index, Integer, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.notify.tables import metadata, moment

sites = Table(
    "sites",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("party_id", Uuid, nullable=False),
    Column("landlord_site_id", Uuid),
    Column("building_id", Uuid),
    Column("grid_id", Uuid),
    Column("code", Text),
    Column("name", Text),
    Column("closed", Boolean, nullable=False),
)
Index("sites_of_grid", sites.c.grid_id)
Index("sites_of_party", sites.c.party_id)

levels = Table(
    "levels",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("level", Text, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("value", JSONB),
)

parties = Table(
    "parties",
    metadata,
    Column("party_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("name", Text),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("merged_into", Uuid),
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("party_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    moment("changed_at"),
    moment("verified_at"),
)
Index("contacts_of_party", contacts.c.party_id)

leases = Table(
    "leases",
    metadata,
    Column("lease_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("site_id", Uuid),
    Column("landlord_party_id", Uuid, nullable=False),
    Column("tenant_party_id", Uuid, nullable=False),
    Column("parent_lease_id", Uuid),
    Column("active", Boolean, nullable=False),
)
Index("leases_of_site", leases.c.site_id, postgresql_where=text("active"))

officers = Table(
    "officers",
    metadata,
    Column("grid_id", Uuid, primary_key=True),
    Column("officer_id", Uuid, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("account_id", Text),
    Column("since", Date, nullable=False),
    Column("until", Date),
)

desks = Table(
    "desks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("officer_id", Uuid, nullable=False),
    Column("grid_id", Uuid),
    Column("department", Text),
)

clauses = Table(
    "clauses",
    metadata,
    Column("item", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("handbook", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("clause_version", Text, nullable=False),
    Column("title", Text, nullable=False),
)

matters = Table(
    "matters",
    metadata,
    Column("thing_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("site_id", Uuid),
    Column("grid_id", Uuid),
    Column("number", Text),
    Column("level", Text),
    Column("due", Date),
    Column("ended", Boolean, nullable=False),
    moment("began_at", nullable=False),
    moment("ended_at"),
    Column("acknowledged", JSONB),
)
Index("matters_open", matters.c.grid_id, postgresql_where=text("NOT ended"))
Index("matters_began", matters.c.began_at)

dates = Table(
    "dates",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("thing_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("cause_id", Uuid, nullable=False),
    Column("site_id", Uuid),
    Column("facts", JSONB, nullable=False),
    moment("on", nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("thing_id", Uuid, primary_key=True),
    Column("offset", SmallInteger, primary_key=True),
    moment("at", nullable=False),
)
Index("reminders_at", reminders.c.at)

climbs = Table(
    "climbs",
    metadata,
    Column("ladder", Text, primary_key=True),
    Column("thing_id", Uuid, primary_key=True),
    Column("rung", SmallInteger, nullable=False),
    Column("site_id", Uuid),
    Column("cause_id", Uuid, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("stopped", Text),
    moment("began_at", nullable=False),
    moment("next_at"),
)
Index("climbs_next", climbs.c.next_at, postgresql_where=text("next_at IS NOT NULL"))

reach = Table(
    "reach",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("channel", Text, primary_key=True),
    moment("found_at", nullable=False),
)

unreached = Table(
    "unreached",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("party_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("tries", ARRAY(DateTime(timezone=True)), nullable=False),
    Column("said", Boolean, nullable=False),
    moment("looked_at", nullable=False),
)
Index("unreached_still", unreached.c.looked_at, postgresql_where=text("tries <> '{}'"))

preferences = Table(
    "preferences",
    metadata,
    Column("party_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("quiet_from", SmallInteger),
    Column("quiet_to", SmallInteger),
    Column("language", Text, nullable=False),
    Column("off", ARRAY(Text), nullable=False),
    moment("changed_at", nullable=False),
)
