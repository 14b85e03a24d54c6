"""What our mail server said of each message's sender, beside the message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("dmarc", sa.Text(), server_default="", nullable=False))
