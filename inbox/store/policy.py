"""SQL of a changed policy: whose clocks run, and when each is due by the policy that is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, literal_column, or_, select, type_coerce

from inbox.store.database import Reading
from inbox.store.tables import clocks
from inbox.store.tables import conversations as c


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


_AT = [type_coerce(clocks.c[name], BigInteger).label(name) for name in ("started_at", "met_at", "stopped_at")]
_ANSWERED = ("read", "first_response", "next_response", "callback")


def promised(reading: Reading, since: datetime) -> Sequence[Row[Any]]:
    """Promises of an answer to what was opened since then or is open now, with what a policy asks about; moments are
    microseconds since 1970."""
    wanted = select(
        clocks.c.conversation_id,
        clocks.c.metric,
        *_AT,
        type_coerce(c.c.opened_at, BigInteger).label("opened_at"),
        *(c.c[name] for name in ("reason", "priority", "channel", "state")),
    ).join(c, c.c.id == clocks.c.conversation_id)
    at_hand = or_(c.c.opened_at >= since, c.c.state != literal_column("'closed'"))
    return reading.all(wanted.where(at_hand, clocks.c.metric.in_(_ANSWERED)))
