"""People who work here, how they come in, and what they asked twice."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, text

from inbox.store.columns import Boolean, Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata

actors = Table(
    "actors",
    metadata,
    key(),
    column("email", Text, unique=True),
    column("name", Text),
    column("role", Text),
    column("password_hash", Text, nullable=True),
    column("must_change", Boolean, server_default=text("false")),
    column("version", Integer, server_default="1"),
    column("active", Boolean, server_default=text("true")),
    column("availability", Text, server_default="off"),
    column("availability_at", Moment, nullable=True),
    column("languages", Json, server_default='["en"]'),
    column("skills", Json, server_default="[]"),
    column("capacity", Integer, server_default="100"),
    column("settings", Json, server_default="{}"),
    column("created_at", Moment),
    CheckConstraint(
        "role IN ('front_desk','agent','nurse','supervisor','manager','compliance','admin','service')", name="role"
    ),
    CheckConstraint("availability IN ('available','busy','break','after_call','off')", name="availability"),
)

actor_teams = Table(
    "actor_teams",
    metadata,
    column("actor_id", Identity, ForeignKey("actors.id"), primary_key=True),
    column("team", Text, primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    column("id_hash", Text, primary_key=True),
    column("actor_id", Identity, ForeignKey("actors.id"), index=True),
    column("created_at", Moment),
    column("active_at", Moment),
    column("mfa_at", Moment, nullable=True),
    column("revoked_at", Moment, nullable=True),
    column("actor_version", Integer),
    column("address", Text),
    column("agent", Text),
)

tokens = Table(
    "tokens",
    metadata,
    key(),
    column("actor_id", Identity, ForeignKey("actors.id")),
    column("label", Text),
    column("token_hash", Text, unique=True),
    column("created_at", Moment),
    column("expires_at", Moment),
    column("used_at", Moment, nullable=True),
    column("revoked_at", Moment, nullable=True),
)

failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    key(),
    column("account_hash", Text),
    column("address", Text),
    column("at", Moment),
    Index("ix_failed_sign_ins_account", "account_hash", "at"),
    Index("ix_failed_sign_ins_address", "address", "at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    column("actor_id", Identity, primary_key=True),
    column("key", Text, primary_key=True),
    column("digest", Text),
    column("status", Integer),
    column("body", Text, tag="clinical"),
    column("at", Moment),
)

#: A screen on a wall: a code that is typed there once, and the token it is exchanged for.
walls = Table(
    "walls",
    metadata,
    key(),
    column("label", Text),
    column("code_hash", Text, unique=True, nullable=True),
    column("code_until", Moment),
    column("token_hash", Text, unique=True, nullable=True),
    column("made_by", Identity, ForeignKey("actors.id")),
    column("made_at", Moment),
    column("opened_at", Moment, nullable=True),
    column("seen_at", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
)
