"""Who may take what: skills of people and requests, leases that run out; and two more promises, the next step that was
planned and a word in between.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BEFORE = "metric IN ('read','first_response','next_response','resolution','callback')"
AFTER = "metric IN ('read','first_response','next_response','resolution','callback','next_step','update')"


def upgrade() -> None:
    for table in ("actors", "conversations"):
        op.add_column(table, sa.Column("skills", sa.Text(), server_default="[]", nullable=False))
    leased = sa.text("ended_at IS NULL AND lease_until IS NOT NULL")
    op.create_index(
        "ix_assignments_lease", "assignments", ["lease_until"], sqlite_where=leased, postgresql_where=leased
    )
    if op.get_bind().dialect.name == "sqlite":
        _edit_the_sqlite_schema()
    else:
        op.drop_constraint(op.f("ck_clocks_metric"), "clocks", type_="check")
        op.create_check_constraint(op.f("ck_clocks_metric"), "clocks", AFTER)


def _edit_the_sqlite_schema() -> None:
    """A wider CHECK changes nothing that is stored: SQLite's own way for it (lang_altertable.html, section 7) spares the
    copy of a table that others refer to."""
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    edit = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'clocks'"
    bind.exec_driver_sql(edit, (BEFORE, AFTER))
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
