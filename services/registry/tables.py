"""The registry's tables about who and where, and its mailbox; leases, people and the rest have files of their own."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.messaging.mailbox import Mailbox

metadata = MetaData(schema="registry")
mailbox = Mailbox(metadata)

Moment = DateTime(timezone=True)
Words = ARRAY(Text)

site_numbers = Sequence("site_numbers", metadata=metadata)

parties = Table(
    "parties",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("party_type", Text, nullable=False),
    Column("kinds", Words, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("grams", Words, nullable=False),
    Column("uscc", Text),
    Column("uscc_doubts", Words, nullable=False),
    Column("uscc_override", Text),
    Column("id_number_sealed", Text),
    Column("id_number_index", LargeBinary),
    Column("industry_code", Text),
    Column("supervision_industry", Text),
    Column("scale", Text),
    Column("employees", Integer),
    Column("standardisation", Text),
    Column("status", Text, nullable=False),
    Column("registered_address", Text),
    Column("actual_address", Text),
    Column("details", JSONB, nullable=False),
    Column("merged_into", Uuid, ForeignKey("registry.parties.id")),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
Index("parties_uscc", parties.c.uscc, unique=True, postgresql_where=text("merged_into IS NULL"))
Index("parties_name_key", parties.c.name_key)
Index("parties_grams", parties.c.grams, postgresql_using="gin")
Index("parties_id_number", parties.c.id_number_index)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("party_id", Uuid, ForeignKey("registry.parties.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("mobile_sealed", Text),
    Column("mobile_index", LargeBinary),
    Column("email_sealed", Text),
    Column("wechat_openid_sealed", Text),
    Column("active", Boolean, nullable=False),
    Column("reachable", Boolean),
    Column("reach_sequence", BigInteger),
    Column("mobile_verified_on", Date),
    Column("mobile_version", Integer, nullable=False, server_default=text("1")),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
Index("contacts_party", contacts.c.party_id)
Index("contacts_mobile", contacts.c.mobile_index)

grids = Table(
    "grids",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Column("code", Text),
    Column("region_code", Text),
    Column("area", JSONB(none_as_null=True)),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

compounds = Table(
    "compounds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("grams", Words, nullable=False),
    Column("address", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("crs", Text),
    Column("coord_source", Text),
    Column("boundary", JSONB(none_as_null=True)),
    Column("landlord_party_id", Uuid, ForeignKey("registry.parties.id"), nullable=False),
    Column("grid_id", Uuid, ForeignKey("registry.grids.id")),
    Column("park_in_park", Boolean),
    Column("self_built_house", Boolean),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("landlord_party_id", "name_key"),
)
Index("compounds_grams", compounds.c.grams, postgresql_using="gin")

buildings = Table(
    "buildings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("compound_id", Uuid, ForeignKey("registry.compounds.id"), nullable=False),
    Column("building_no", Text, nullable=False),
    Column("no_key", Text, nullable=False),
    Column("structure", Text, nullable=False),
    Column("floors_above", SmallInteger),
    Column("floors_below", SmallInteger),
    Column("floor_area", Numeric(12, 2)),
    Column("footprint", Numeric(12, 2)),
    Column("height", Numeric(6, 2)),
    Column("fire_resistance", Text, nullable=False),
    Column("fire_class_design", Text, nullable=False),
    Column("fire_acceptance", Text, nullable=False),
    Column("sandwich_panel", Text, nullable=False),
    Column("illegal_construction", Text, nullable=False),
    Column("shared_escape", Text, nullable=False),
    Column("one_key_alarm", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("crs", Text),
    Column("coord_source", Text),
    Column("unified_manager_party_id", Uuid, ForeignKey("registry.parties.id")),
    Column("details", JSONB, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("compound_id", "no_key"),
)
Index("buildings_unified_manager", buildings.c.unified_manager_party_id)

sites = Table(
    "sites",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("party_id", Uuid, ForeignKey("registry.parties.id"), nullable=False),
    Column("building_id", Uuid, ForeignKey("registry.buildings.id"), nullable=False),
    Column("compound_id", Uuid, ForeignKey("registry.compounds.id"), nullable=False),
    Column("landlord_site_id", Uuid, ForeignKey("registry.sites.id")),
    Column("grid_id", Uuid, ForeignKey("registry.grids.id")),
    Column("grid_by_hand", Boolean, nullable=False),
    Column("overseers", ARRAY(Uuid), nullable=False),
    Column("name", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("grams", Words, nullable=False),
    Column("floor", Text),
    Column("room", Text),
    Column("area", Numeric(12, 2)),
    Column("lon", Float),
    Column("lat", Float),
    Column("crs", Text),
    Column("coord_source", Text),
    Column("scope", Words, nullable=False),
    Column("derived", JSONB, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("closed_on", Date),
    Column("closing_reason", Text),
    Column("confirmed_on", Date, nullable=False),
    Column("confirm_due", Date, nullable=False),
    Column("confirm_is_overdue", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
Index(
    "sites_one_per_party",
    sites.c.party_id,
    sites.c.building_id,
    sites.c.kind,
    unique=True,
    postgresql_where=text("is_open"),
)
Index("sites_building", sites.c.building_id, sites.c.id)
Index("sites_compound", sites.c.compound_id)
Index("sites_grid", sites.c.grid_id, sites.c.id)
Index("sites_landlord", sites.c.landlord_site_id)
Index("sites_overseers", sites.c.overseers, postgresql_using="gin")
Index("sites_grams", sites.c.grams, postgresql_using="gin")
Index(
    "sites_place",
    text("point(lon, lat)"),
    postgresql_using="gist",
    postgresql_where=text("is_open AND lon IS NOT NULL"),
    _table=sites,
)
Index("sites_changed", sites.c.changed_at)
Index("sites_confirm_due", sites.c.confirm_due, postgresql_where=text("is_open"))
Index("sites_confirm_untold", sites.c.confirm_due, postgresql_where=text("is_open AND NOT confirm_is_overdue"))
