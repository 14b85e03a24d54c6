"""What a person keeps at hand (drafts, files, own views, canned replies, acts on many), and what a patient opens from
a link: secure messages and the question afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _remarks()
    _bulk_acts()
    _saved_views()
    _templates()
    _bulk_rows()
    _drafts()
    _uploads()
    _secure_texts()
    _surveys()
    _columns()


def _remarks() -> None:
    op.create_table(
        "remarks",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("on_at", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_remarks_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remarks")),
    )
    op.create_index(op.f("ix_remarks_on_at"), "remarks", ["on_at"], unique=False)


def _bulk_acts() -> None:
    op.create_table(
        "bulk_acts",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('running','done','undone')", name=op.f("ck_bulk_acts_state")),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_bulk_acts_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_acts")),
        sa.UniqueConstraint("client_id", name=op.f("uq_bulk_acts_client_id")),
    )
    op.create_index(op.f("ix_bulk_acts_actor_id"), "bulk_acts", ["actor_id"], unique=False)


def _saved_views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("owner_id", IDENTITY, nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("owner_id IS NOT NULL OR team IS NOT NULL", name=op.f("ck_saved_views_whose")),
        sa.ForeignKeyConstraint(["owner_id"], ["actors.id"], name=op.f("fk_saved_views_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_owner_id"), "saved_views", ["owner_id"], unique=False)


def _templates() -> None:
    op.create_table(
        "templates",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("content_sid", sa.Text(), server_default="", nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("written_by", IDENTITY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", IDENTITY, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('draft','approved','retired')", name=op.f("ck_templates_state")),
        sa.ForeignKeyConstraint(["decided_by"], ["actors.id"], name=op.f("fk_templates_decided_by")),
        sa.ForeignKeyConstraint(["written_by"], ["actors.id"], name=op.f("fk_templates_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("code", "language", "version", name=op.f("uq_templates_code_language_version")),
    )


def _bulk_rows() -> None:
    op.create_table(
        "bulk_rows",
        sa.Column("bulk_id", IDENTITY, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("outcome", sa.Text(), server_default="pending", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.Text(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "outcome IN ('pending','done','refused','undone','kept')", name=op.f("ck_bulk_rows_outcome")
        ),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_acts.id"], name=op.f("fk_bulk_rows_bulk_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_bulk_rows_conversation_id")),
        sa.PrimaryKeyConstraint("bulk_id", "conversation_id", name=op.f("pk_bulk_rows")),
    )


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("to", sa.Text(), server_default="", nullable=False),
        sa.Column("uploads", sa.Text(), server_default="[]", nullable=False),
        sa.Column("template", sa.Text(), server_default="", nullable=False),
        sa.Column("base_seq", IDENTITY, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("mode IN ('reply','note')", name=op.f("ck_drafts_mode")),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_drafts_actor_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_drafts_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint(
            "conversation_id", "actor_id", "mode", name=op.f("uq_drafts_conversation_id_actor_id_mode")
        ),
    )
    op.create_index("ix_drafts_actor", "drafts", ["actor_id"], unique=False)


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("message_id", IDENTITY, nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_uploads_actor_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_uploads_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_conversation_id"), "uploads", ["conversation_id"], unique=False)


def _secure_texts() -> None:
    op.create_table(
        "secure_texts",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("message_id", IDENTITY, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end_cause", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_secure_texts_conversation_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_secure_texts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secure_texts")),
        sa.UniqueConstraint("message_id", name=op.f("uq_secure_texts_message_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_secure_texts_token_hash")),
    )
    op.create_index(op.f("ix_secure_texts_conversation_id"), "secure_texts", ["conversation_id"], unique=False)


def _surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("closure_id", IDENTITY, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("tags", sa.Text(), server_default="[]", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 1 AND 5", name=op.f("ck_surveys_score")),
        sa.ForeignKeyConstraint(["closure_id"], ["closures.id"], name=op.f("fk_surveys_closure_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_surveys_conversation_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_surveys_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("closure_id", name=op.f("uq_surveys_closure_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_surveys_token_hash")),
    )
    op.create_index(op.f("ix_surveys_conversation_id"), "surveys", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_surveys_patient_id"), "surveys", ["patient_id"], unique=False)


def _columns() -> None:
    op.add_column("actors", sa.Column("settings", sa.Text(), server_default="{}", nullable=False))
    op.add_column("configurations", sa.Column("why", sa.Text(), server_default="", nullable=False))
    op.add_column("messages", sa.Column("variables", sa.Text(), server_default="{}", nullable=False))
