"""SQL of a changed policy: whose clocks run, and when each is due by the policy that is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from inbox.store.database import Reading
from inbox.store.tables import clocks


def with_running_clocks(reading: Reading, after: int, limit: int) -> list[int]:
    """The next conversations with a promise that runs or is paused."""
    wanted = select(clocks.c.conversation_id).where(
        clocks.c.conversation_id > after, clocks.c.state.in_(("running", "paused"))
    )
    return [row[0] for row in reading.all(wanted.distinct().order_by(clocks.c.conversation_id).limit(limit))]


def due_times(reading: Reading, conversation_id: int) -> dict[int, datetime]:
    """When each clock of a conversation is due as it was kept last, by the clock's id."""
    kept = select(clocks.c.id, clocks.c.due_at).where(clocks.c.conversation_id == conversation_id)
    return {row.id: row.due_at for row in reading.all(kept)}
