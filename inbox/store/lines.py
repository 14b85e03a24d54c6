"""SQL of how our lines are doing: what came in and went out last, what was refused at the doors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from inbox.store.database import Reading
from inbox.store.tables import arrivals, messages


def traffic(reading: Reading, since: datetime) -> Sequence[Row[Any]]:
    """(line, channel, direction, last moment, how many) since then."""
    counted = select(
        messages.c.line,
        messages.c.channel,
        messages.c.direction,
        func.max(messages.c.received_at).label("last_in"),
        func.max(messages.c.at).label("last"),
        func.count().label("n"),
    ).where(messages.c.at >= since)
    return reading.all(counted.group_by(messages.c.line, messages.c.channel, messages.c.direction))


def doors(reading: Reading, since: datetime) -> Sequence[Row[Any]]:
    """(door, state, last moment, how many) of what reached the doors since then."""
    counted = select(
        arrivals.c.door, arrivals.c.state, func.max(arrivals.c.received_at).label("last"), func.count().label("n")
    ).where(arrivals.c.received_at >= since)
    return reading.all(counted.group_by(arrivals.c.door, arrivals.c.state).order_by(arrivals.c.door))
