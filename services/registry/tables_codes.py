"""The registry's tables about codes on walls: each token for its whole life, scans that did not fit, levels to show."""

from sqlalchemy import BigInteger, Column, Date, Float, ForeignKey, Identity, Index, Integer, Table, Text, Uuid, text

from services.registry.tables import Moment, metadata

codes = Table(
    "codes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("holder_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("batch", Text),
    Column("printed_at", Moment),
    Column("posted_by", Text),
    Column("posted_at", Moment),
    Column("photo_file_id", Uuid),
    Column("lon", Float),
    Column("lat", Float),
    Column("crs", Text),
    Column("verdict", Text),
    Column("metres", Float),
    Column("ended_by", Text),
    Column("ended_at", Moment),
    Column("reason", Text),
    Column("replaced_by", Text),
    Column("changed_at", Moment, nullable=False),
)
Index(
    "codes_one_live",
    codes.c.holder,
    codes.c.holder_id,
    unique=True,
    postgresql_where=text("state IN ('issued', 'posted')"),
)
Index("codes_holder", codes.c.holder_id)

code_scans = Table(
    "code_scans",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, ForeignKey("registry.codes.code"), nullable=False),
    Column("scanned_by", Text, nullable=False),
    Column("scanned_at", Moment, nullable=False),
    Column("warning", Text, nullable=False),
    Column("metres", Float),
)
Index("code_scans_code", code_scans.c.code, code_scans.c.id)

levels = Table(
    "levels",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("level", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("revision", BigInteger, nullable=False),
)
