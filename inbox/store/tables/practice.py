"""The clinic's own configuration, and what the house keeps for itself."""

from __future__ import annotations

from sqlalchemy import Table, UniqueConstraint

from inbox.store.columns import Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata

meta = Table(
    "meta",
    metadata,
    column("key", Text, primary_key=True),
    column("value", Text),
)

configurations = Table(
    "configurations",
    metadata,
    key(),
    column("kind", Text),
    column("version", Integer),
    column("body", Json),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    column("why", Text, server_default=""),
    UniqueConstraint("kind", "version"),
)

id_blocks = Table(
    "id_blocks",
    metadata,
    column("name", Text, primary_key=True),
    column("next", Identity),
)

watermarks = Table(
    "watermarks",
    metadata,
    column("name", Text, primary_key=True),
    column("value", Text),
    column("at", Moment),
)
