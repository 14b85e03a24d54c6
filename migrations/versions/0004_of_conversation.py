"""A conversation's closures and assignments are found by it: a report asks for those of its span, not for all there ever
were. Open work of one location is found in the order of the list: where nothing fits, nothing is passed over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_closures_conversation", "closures", ["conversation_id", "id"])
    op.create_index("ix_assignments_conversation", "assignments", ["conversation_id", "team"])
    still_open = sa.text("state <> 'closed'")
    op.create_index(
        "ix_conversations_location",
        "conversations",
        ["location", "priority", sa.text("coalesce(due_at, 253402300799000000)"), "id"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
