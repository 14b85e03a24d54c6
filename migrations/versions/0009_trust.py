"""What trust asks for: a password given by somebody else is good for choosing another only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    given = sa.Column("must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("actors", given)
