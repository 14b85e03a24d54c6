"""Phone calls: what happened, event by event, and beside it the state that the events make."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint, text

from inbox.store.columns import Boolean, Identity, Integer, Moment, Text, column
from inbox.store.tables.schema import key, metadata, where

calls = Table(
    "calls",
    metadata,
    key(),
    column("sid", Text, unique=True),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("origin_id", Identity, nullable=True),
    column("direction", Text),
    column("contact_id", Identity, nullable=True),
    column("phase", Text, server_default="over"),
    column("language", Text, server_default=""),
    column("unrecorded", Boolean, server_default=text("false")),
    column("ringing_at", Moment),
    column("queued_at", Moment, nullable=True),
    column("answered_at", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
    column("wrapped_at", Moment, nullable=True),
    column("agent_id", Identity, nullable=True),
    column("result", Text, server_default=""),
    column("outcome", Text, server_default=""),
    column("seconds", Integer, nullable=True),
    column("digits", Text, tag="phi", server_default=""),
    column("recording", Text, tag="clinical", nullable=True),
    column("recording_sid", Text, nullable=True),
    column("recording_seconds", Integer, nullable=True),
    column("consent_announced_at", Moment, nullable=True),
    CheckConstraint("recording IS NULL OR consent_announced_at IS NOT NULL", name="announced"),
    Index("ix_calls_live", "phase", "id", **where("phase <> 'over'")),
    Index("ix_calls_answered", "answered_at"),
    Index("ix_calls_ringing", "ringing_at"),
)

#: Appended only; `n` orders what our people did, 0 marks what the provider said.
call_events = Table(
    "call_events",
    metadata,
    key(),
    column("call_id", Identity, ForeignKey("calls.id")),
    column("key", Text),
    column("kind", Text),
    column("at", Moment),
    column("n", Integer, server_default="0"),
    column("actor_id", Identity, nullable=True),
    column("take", Integer, server_default="0"),
    column("leg", Text, server_default=""),
    column("status", Text, server_default=""),
    column("seconds", Integer, nullable=True),
    column("ref", Text, server_default=""),
    UniqueConstraint("call_id", "key"),
)
