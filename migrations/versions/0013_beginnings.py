"""On SQLite the words that are in use in a table each, a view of the index of words (0003) that takes no room: the
beginning of a word is looked up there, since FTS5 by itself would read every row of every word that begins so.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ("messages", "notes"):
            op.execute(f"CREATE VIRTUAL TABLE {table}_terms USING fts5vocab({table}_words, instance)")
