"""What a person keeps at hand: drafts, files not sent yet, own views, canned replies, acts on many, remarks."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint

from inbox.store.columns import Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata

drafts = Table(
    "drafts",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("actor_id", Identity, ForeignKey("actors.id")),
    column("mode", Text),
    column("body", Text, tag="clinical"),
    column("channel", Text, server_default=""),
    column("to", Text, tag="phi", server_default=""),
    column("uploads", Json, server_default="[]"),
    column("template", Text, server_default=""),
    column("base_seq", Identity, nullable=True),
    column("version", Integer, server_default="1"),
    column("updated_at", Moment),
    UniqueConstraint("conversation_id", "actor_id", "mode"),
    CheckConstraint("mode IN ('reply','note')", name="mode"),
    Index("ix_drafts_actor", "actor_id"),
)

uploads = Table(
    "uploads",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("actor_id", Identity, ForeignKey("actors.id")),
    column("filename", Text, tag="phi"),
    column("content_type", Text),
    column("size", Integer),
    column("sha256", Text),
    column("blob", Text),
    column("at", Moment),
    column("message_id", Identity, nullable=True),
    column("removed_at", Moment, nullable=True),
)

saved_views = Table(
    "saved_views",
    metadata,
    key(),
    column("owner_id", Identity, ForeignKey("actors.id"), nullable=True, index=True),
    column("team", Text, nullable=True),
    column("name", Text),
    column("query", Json, tag="phi"),
    column("version", Integer, server_default="1"),
    column("at", Moment),
    column("removed_at", Moment, nullable=True),
    CheckConstraint("owner_id IS NOT NULL OR team IS NOT NULL", name="whose"),
)

templates = Table(
    "templates",
    metadata,
    key(),
    column("code", Text),
    column("language", Text),
    column("version", Integer),
    column("title", Text),
    column("texts", Json),
    column("content_sid", Text, server_default=""),
    column("team", Text, nullable=True),
    column("state", Text),
    column("written_by", Identity, ForeignKey("actors.id"), nullable=True),
    column("at", Moment),
    column("decided_by", Identity, ForeignKey("actors.id"), nullable=True),
    column("decided_at", Moment, nullable=True),
    UniqueConstraint("code", "language", "version"),
    CheckConstraint("state IN ('draft','approved','retired')", name="state"),
)

bulk_acts = Table(
    "bulk_acts",
    metadata,
    key(),
    column("actor_id", Identity, ForeignKey("actors.id"), index=True),
    column("client_id", Text, unique=True),
    column("act", Text),
    column("body", Json, tag="clinical"),
    column("state", Text),
    column("total", Integer),
    column("done", Integer, server_default="0"),
    column("refused", Integer, server_default="0"),
    column("at", Moment),
    column("ended_at", Moment, nullable=True),
    column("undone_at", Moment, nullable=True),
    CheckConstraint("state IN ('running','done','undone')", name="state"),
)

bulk_rows = Table(
    "bulk_rows",
    metadata,
    column("bulk_id", Identity, ForeignKey("bulk_acts.id"), primary_key=True),
    column("conversation_id", Identity, ForeignKey("conversations.id"), primary_key=True),
    column("outcome", Text, server_default="pending"),
    column("why", Text, server_default=""),
    column("before", Json, server_default="{}"),
    CheckConstraint("outcome IN ('pending','done','refused','undone','kept')", name="outcome"),
)

remarks = Table(
    "remarks",
    metadata,
    key(),
    column("on_at", Moment, index=True),
    column("words", Text),
    column("actor_id", Identity, ForeignKey("actors.id")),
    column("at", Moment),
    column("removed_at", Moment, nullable=True),
)
