"""Up to which of notify's events a contact's reachability is known, and which accounts were taken from an officer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0007"
down_revision = "registry_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("reach_sequence", sa.BigInteger(), nullable=True), schema="registry")
    former = sa.Column("former_accounts", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("officers", former, schema="registry")


def downgrade() -> None:
    op.drop_column("officers", "former_accounts", schema="registry")
    op.drop_column("contacts", "reach_sequence", schema="registry")
