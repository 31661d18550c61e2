"""Since which version of a contact its mobile is what it is, so that a verification is believed of that number only."""

import sqlalchemy as sa
from alembic import op

revision = "registry_0006"
down_revision = "registry_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("mobile_version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    op.add_column("contacts", column, schema="registry")
    op.execute("UPDATE registry.contacts SET mobile_version = version")


def downgrade() -> None:
    op.drop_column("contacts", "mobile_version", schema="registry")
