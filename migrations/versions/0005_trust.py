"""What trust asks for: a password given by somebody else is good for choosing another only; the access log is sealed;
a look beyond a role has a reason, an end and a verdict.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    given = sa.Column("must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("actors", given)
    _seals()
    _glasses()


def _seals() -> None:
    op.create_index("ix_access_conversation", "access", ["conversation_id", "at"])
    op.create_index("ix_access_at", "access", ["at", "id"])
    op.create_table(
        "access_seals",
        sa.Column("n", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("journal_seq", IDENTITY, nullable=False),
        sa.Column("journal_hash", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_access_seals")),
    )
    op.create_table(
        "access_leaves",
        sa.Column("access_id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("n", IDENTITY, nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("access_id", name=op.f("pk_access_leaves")),
    )
    op.create_index(op.f("ix_access_leaves_n"), "access_leaves", ["n"])
    for table in ("access_seals", "access_leaves"):
        _refuse_change(table)


def _glasses() -> None:
    op.add_column("access", sa.Column("glass_id", IDENTITY, nullable=True))
    op.create_table(
        "glasses",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=True),
        sa.Column("subject_id", IDENTITY, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("judged_by", IDENTITY, nullable=True),
        sa.Column("judged_at", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_glasses_actor_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_glasses_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glasses")),
    )
    op.create_index("ix_glasses_actor", "glasses", ["actor_id", "until"])
    unjudged = sa.text("judged_at IS NULL")
    op.create_index("ix_glasses_unjudged", "glasses", ["at"], sqlite_where=unjudged, postgresql_where=unjudged)


def _refuse_change(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
