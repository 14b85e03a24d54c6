"""SQL of the signs of life, each from an index made for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, func, literal_column, or_, select

from inbox.store import jobs as job_table
from inbox.store.database import Reading
from inbox.store.tables import arrivals, clocks, conversations, jobs, messages

#: Counting stops here: a flood must not slow the page that reports it.
CAP = 100_000


def oldest_timer(reading: Reading) -> datetime | None:
    """The deadline of the longest overdue running clock that no fault has put aside."""
    due = select(func.min(clocks.c.due_at)).where(
        clocks.c.state == literal_column("'running'"),
        clocks.c.due_at < reading.now,
        or_(clocks.c.retry_at.is_(None), clocks.c.retry_at <= reading.now),
    )
    found: datetime | None = reading.scalar(due)
    return found


def oldest_unsent(reading: Reading) -> datetime | None:
    """When the longest waiting message was written that ought to have left by now."""
    waiting = select(func.min(func.coalesce(messages.c.send_at, messages.c.at))).where(
        messages.c.status.in_([literal_column("'queued'"), literal_column("'sending'")]),
        func.coalesce(messages.c.send_at, messages.c.at) <= reading.now,
    )
    found: datetime | None = reading.scalar(waiting)
    return found


def oldest_job(reading: Reading, queue: str) -> datetime | None:
    """When the longest waiting due job of a queue became due."""
    return job_table.oldest_due(reading, queue)


def jobs_by_state(reading: Reading) -> dict[str, int]:
    """How many jobs are pending, running and dead."""
    states = ("pending", "running", "dead")
    return {state: _capped(reading, jobs.c.id, jobs.c.state == literal_column(f"'{state}'")) for state in states}


def open_conversations(reading: Reading) -> int:
    """How many conversations are not closed."""
    return _capped(reading, conversations.c.id, conversations.c.state != literal_column("'closed'"))


def quarantined(reading: Reading) -> int:
    """How many arrivals wait for a person."""
    return _capped(reading, arrivals.c.id, arrivals.c.state == literal_column("'quarantined'"))


def server_time(reading: Reading) -> datetime:
    """What time a PostgreSQL server thinks it is."""
    found: datetime = reading.scalar(select(func.clock_timestamp()))
    return found


def _capped(reading: Reading, column: Column[Any], condition: ColumnElement[bool]) -> int:
    some = select(column).where(condition).limit(CAP).subquery()
    return int(reading.scalar(select(func.count()).select_from(some)))
