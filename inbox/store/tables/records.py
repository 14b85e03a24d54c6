"""The records that only grow: what changed, and who saw what (privacy.md section 6)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Table

from inbox.store.columns import Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata, where

journal = Table(
    "journal",
    metadata,
    column("seq", Identity, primary_key=True, autoincrement=False),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    column("verb", Text),
    column("conversation_id", Identity, nullable=True),
    column("patient_id", Identity, nullable=True),
    column("details", Json),
    column("previous", Text),
    column("hash", Text),
    Index("ix_journal_conversation", "conversation_id", "seq"),
    Index("ix_journal_at", "at"),
    Index("ix_journal_declared", "at", **where("verb = 'availability.declared'")),
)

access = Table(
    "access",
    metadata,
    key(),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    column("role", Text),
    column("object", Text),
    column("object_id", Identity, nullable=True),
    column("patient_id", Identity, nullable=True),
    column("conversation_id", Identity, nullable=True),
    column("how", Text),
    column("why", Text, tag="phi", server_default=""),
    column("outcome", Text, server_default="shown"),
    column("ids", Json, server_default="[]"),
    column("device", Text, server_default=""),
    column("address", Text, server_default=""),
    column("glass_id", Identity, nullable=True),
    Index("ix_access_patient", "patient_id", "at"),
    Index("ix_access_actor", "actor_id", "at"),
    Index("ix_access_conversation", "conversation_id", "at"),
    Index("ix_access_at", "at", "id"),
)

access_seals = Table(
    "access_seals",
    metadata,
    column("n", Identity, primary_key=True, autoincrement=False),
    column("at", Moment),
    column("upto", Moment),
    column("rows", Integer),
    column("root", Text),
    column("journal_seq", Identity),
    column("journal_hash", Text),
    column("previous", Text),
    column("signature", Text),
)

access_leaves = Table(
    "access_leaves",
    metadata,
    column("access_id", Identity, primary_key=True, autoincrement=False),
    column("n", Identity, index=True),
    column("leaf", Text),
)

glasses = Table(
    "glasses",
    metadata,
    key(),
    column("actor_id", Identity, ForeignKey("actors.id")),
    column("role", Text),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("patient_id", Identity, nullable=True),
    column("subject_id", Identity),
    column("why", Text, tag="clinical"),
    column("at", Moment),
    column("until", Moment),
    column("ended_at", Moment, nullable=True),
    column("judged_by", Identity, nullable=True),
    column("judged_at", Moment, nullable=True),
    column("verdict", Text, tag="phi", server_default=""),
    Index("ix_glasses_actor", "actor_id", "until"),
    Index("ix_glasses_unjudged", "at", **where("judged_at IS NULL")),
)
