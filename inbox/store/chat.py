"""SQL of a chat session as its patient sees it: what came from them, and what has really left us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select

from inbox.store.database import Reading
from inbox.store.tables import contact_points, conversations, messages

#: A longer thread shows its newest part.
MOST = 200
#: A reply that can still be taken back is nobody's to read yet.
SHOWN = ("sent", "delivered", "read")
#: How many sessions one statement asks about.
CHUNK = 500

_visible = (
    contact_points.c.kind == "chat",
    messages.c.channel == "chat",
    or_(messages.c.direction == "in", messages.c.status.in_(SHOWN)),
)


def thread(reading: Reading, session: str) -> list[Row[Any]]:
    """The messages of one session, oldest first: id, at, direction, body, author_name, external_id."""
    columns = (
        messages.c.id,
        messages.c.at,
        messages.c.direction,
        messages.c.body,
        messages.c.author_name,
        messages.c.external_id,
    )
    wanted = (
        select(*columns)
        .join(contact_points, contact_points.c.id == messages.c.contact_id)
        .where(contact_points.c.value == session, *_visible)
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(MOST)
    )
    return list(reversed(reading.all(wanted)))


def ended(reading: Reading, sessions: Sequence[str]) -> frozenset[str]:
    """Those of the sessions whose newest conversation is closed."""
    if not sessions:
        return frozenset()
    newest = (
        select(conversations.c.sender_contact_id, func.max(conversations.c.id).label("id"))
        .join(contact_points, contact_points.c.id == conversations.c.sender_contact_id)
        .where(contact_points.c.value.in_(sessions[:CHUNK]), contact_points.c.kind == "chat")
        .group_by(conversations.c.sender_contact_id)
        .subquery()
    )
    closed = (
        select(contact_points.c.value)
        .join(newest, newest.c.sender_contact_id == contact_points.c.id)
        .join(conversations, conversations.c.id == newest.c.id)
        .where(conversations.c.state == "closed")
    )
    return ended(reading, sessions[CHUNK:]) | {row.value for row in reading.all(closed)}


def counts(reading: Reading, sessions: Sequence[str]) -> dict[str, int]:
    """How many messages each session shows; one without any is left out."""
    found: dict[str, int] = {}
    for start in range(0, len(sessions), CHUNK):
        part = (
            select(contact_points.c.value.label("session"), func.count().label("shown"))
            .join(messages, messages.c.contact_id == contact_points.c.id)
            .where(contact_points.c.value.in_(sessions[start : start + CHUNK]), *_visible)
            .group_by(contact_points.c.value)
        )
        found.update({row.session: int(row.shown) for row in reading.all(part)})
    return found
