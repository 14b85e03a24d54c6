"""SQL of conversations that began at another address than the one we wrote to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from inbox.store.database import Reading
from inbox.store.tables import conversations, messages

_crossed = (
    select(messages.c.conversation_id, messages.c.at)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        messages.c.contact_id == bindparam("contact"),
        messages.c.at >= bindparam("since"),
        messages.c.direction == "out",
        messages.c.channel == bindparam("channel"),
        messages.c.author_kind == "staff",
        messages.c.status.in_(("accepted", "sent", "delivered", "read", "unknown")),
        or_(conversations.c.sender_contact_id.is_(None), conversations.c.sender_contact_id != messages.c.contact_id),
    )
    .order_by(messages.c.at.desc(), messages.c.id.desc())
    .limit(1)
)


def newest(reading: Reading, contact_id: int, channel: str, since: datetime) -> Row[Any] | None:
    """The conversation (and when) in which a person of ours last wrote to this address, though it began elsewhere."""
    return reading.one(_crossed, {"contact": contact_id, "channel": channel, "since": since})
