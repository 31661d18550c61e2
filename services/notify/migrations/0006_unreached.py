"""Contacts whom nothing reaches, with the moments at which it was tried, and since when each contact is what it is."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0006"
down_revision = "notify_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True), schema="notify")
    op.create_table(
        "unreached",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_id"),
        schema="notify",
    )
    where = sa.text("tries <> '{}'")
    op.create_index("unreached_still", "unreached", ["looked_at"], schema="notify", postgresql_where=where)


def downgrade() -> None:
    op.drop_table("unreached", schema="notify")
    op.drop_column("contacts", "changed_at", schema="notify")
