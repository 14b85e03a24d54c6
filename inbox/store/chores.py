"""SQL of the job table as people look at it: what waits, what runs, what gave up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import jobs


def counts(reading: Reading) -> dict[tuple[str, str], int]:
    """How many jobs of each kind are in each state, what is done left out."""
    counted = select(jobs.c.kind, jobs.c.state, func.count().label("n")).where(jobs.c.state != "done")
    return {(row.kind, row.state): int(row.n) for row in reading.all(counted.group_by(jobs.c.kind, jobs.c.state))}


def listed(reading: Reading, state: str, limit: int) -> Sequence[Row[Any]]:
    """Jobs in a state, those due first on top; the dead newest first."""
    order = jobs.c.id.desc() if state == "dead" else jobs.c.due_at
    return reading.all(select(jobs).where(jobs.c.state == state).order_by(order).limit(limit))


def one(reading: Reading, job_id: int) -> Row[Any] | None:
    """A job."""
    return reading.one(select(jobs).where(jobs.c.id == job_id))


def revive(unit: Transaction, job_id: int) -> bool:
    """A dead job is tried again from the first try on."""
    dead = update(jobs).where(jobs.c.id == job_id, jobs.c.state == "dead")
    return unit.execute(dead.values(state="pending", tries=0, due_at=unit.now, claimed_until=None)).rowcount == 1


def cancel(unit: Transaction, job_id: int) -> bool:
    """A job that waits or gave up is not tried again."""
    idle = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(("pending", "dead")))
    return unit.execute(idle.values(state="cancelled")).rowcount == 1
