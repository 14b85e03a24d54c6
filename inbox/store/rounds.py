"""SQL of what is looked at again and again: whether a look is planned, and what is known already."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, select

from inbox.store.database import Reading
from inbox.store.tables import attempts, jobs, messages


def is_waiting(reading: Reading, kind: str) -> bool:
    """Whether work of this kind waits or runs."""
    waits = select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.state.in_(("pending", "running")))
    return reading.one(waits.limit(1)) is not None


def message(reading: Reading, channels: Collection[str], external_id: str) -> Row[Any] | None:
    """The message that a provider knows by this id."""
    wanted = select(messages).where(messages.c.channel.in_(channels), messages.c.external_id == external_id)
    return reading.one(wanted)


def is_taken(reading: Reading, channels: Collection[str], external_id: str) -> bool:
    """Whether a provider's id is bound to a message or an attempt of ours."""
    tried = select(attempts.c.id).where(attempts.c.external_id == external_id)
    return message(reading, channels, external_id) is not None or reading.one(tried.limit(1)) is not None


def last_attempt(reading: Reading, message_id: int) -> Row[Any] | None:
    """The newest try to send a message."""
    tried = select(attempts).where(attempts.c.message_id == message_id)
    return reading.one(tried.order_by(attempts.c.n.desc()).limit(1))
