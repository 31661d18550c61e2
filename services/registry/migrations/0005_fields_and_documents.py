"""Fields of the ledger that were missing, documents of places and parties in versions, and confirmations that are overdue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0005"
down_revision = "registry_0004"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("compounds", sa.Column("coord_source", sa.Text(), nullable=True)),
    ("buildings", sa.Column("coord_source", sa.Text(), nullable=True)),
    ("sites", sa.Column("coord_source", sa.Text(), nullable=True)),
    ("sites", sa.Column("confirm_is_overdue", sa.Boolean(), server_default=sa.text("false"), nullable=False)),
    ("contacts", sa.Column("mobile_verified_on", sa.Date(), nullable=True)),
    ("leases", sa.Column("rent_monthly", sa.Numeric(14, 2), nullable=True)),
    ("leases", sa.Column("outline", postgresql.JSONB(none_as_null=True), nullable=True)),
    ("lease_documents", sa.Column("result", sa.Text(), nullable=True)),
    ("devices", sa.Column("last_video", sa.Text(), nullable=True)),
)


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.add_column(table, column, schema="registry")
    untold = sa.text("is_open AND NOT confirm_is_overdue")
    op.create_index("sites_confirm_untold", "sites", ["confirm_due"], schema="registry", postgresql_where=untold)
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="registry",
    )
    op.create_index("documents_version", "documents", ["holder_id", "kind", "version"], unique=True, schema="registry")


def downgrade() -> None:
    op.drop_table("documents", schema="registry")
    op.drop_index("sites_confirm_untold", "sites", schema="registry")
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column.name, schema="registry")
