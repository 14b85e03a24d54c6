"""SQL of the job table: the truth about work to do. RQ or the embedded executor only wake (reliability.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, exists, func, literal_column, or_, select, update

from inbox.store import rows
from inbox.store.database import Reading, Transaction
from inbox.store.tables import jobs

LEASE = timedelta(seconds=60)

_other = jobs.alias("other")
# in a lane goes first what runs, then what was tried before, then what was due first: ids of several processes do not
# tell who was first, and what is planned for later holds up nobody
_is_ahead = or_(
    _other.c.state == literal_column("'running'"),
    _other.c.tries > jobs.c.tries,
    and_(
        _other.c.tries == jobs.c.tries,
        or_(_other.c.due_at < jobs.c.due_at, and_(_other.c.due_at == jobs.c.due_at, _other.c.id < jobs.c.id)),
    ),
)
_blocked = exists().where(
    _other.c.lane == jobs.c.lane,
    _other.c.id != jobs.c.id,
    _other.c.state.in_((literal_column("'pending'"), literal_column("'running'"))),
    _other.c.lane.is_not(None),
    _is_ahead,
)
# built once: building a statement costs more than running it
_due = (
    select(jobs.c.id)
    .where(
        jobs.c.state == literal_column("'pending'"),
        jobs.c.queue == bindparam("of_queue"),
        jobs.c.due_at <= bindparam("now"),
    )
    .where(or_(jobs.c.lane.is_(None), ~_blocked))
    .order_by(jobs.c.due_at, jobs.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_take = (
    update(jobs)
    .where(jobs.c.id.in_(select(_due.c.id)))
    .values(
        state="running",
        fence=jobs.c.fence + 1,
        tries=jobs.c.tries + 1,
        claimed_by=bindparam("by"),
        claimed_until=bindparam("until"),
    )
    .returning(jobs.c.id, jobs.c.kind, jobs.c.queue, jobs.c.ref, jobs.c.tries, jobs.c.fence)
)
_finish = (
    update(jobs)
    .where(jobs.c.id == bindparam("which"), jobs.c.fence == bindparam("held"), jobs.c.state == "running")
    .values(state="done", claimed_until=None)
)

#: About 66 minutes of trying, then the job is dead and shown.
MAX_TRIES = 12


class TakenOver(Exception):
    """Another process holds the job now: roll back, it does the work."""


class Job(msgspec.Struct, frozen=True):
    """A claimed piece of work. `fence` must still match when it is finished."""

    id: int
    kind: str
    queue: str
    ref: int
    tries: int
    fence: int


def add(
    unit: Transaction, *, kind: str, ref: int, queue: str, lane: str | None = None, due_at: datetime | None = None
) -> int:
    """Work that the transaction makes necessary."""
    job_id = unit.new_id()
    row = {"id": job_id, "kind": kind, "ref": ref, "queue": queue, "lane": lane, "due_at": due_at or unit.now}
    add_many(unit, [row])
    return job_id


def add_many(unit: Transaction, fresh: list[dict[str, Any]]) -> None:
    """Several jobs in one statement; rows carry id, kind, ref, queue, due_at."""
    if fresh:
        rows.add(unit.connection, jobs, [{"lane": None, "state": "pending", **row} for row in fresh])
        unit.work += [(row["id"], row["queue"]) for row in fresh]


def claim(unit: Transaction, *, queue: str, by: str, limit: int) -> list[Job]:
    """Takes up to `limit` due jobs of a queue, oldest due first; a lane gives out one job at a time, in order.

    A running job whose lease ended is claimed again: its former holder finds its fence changed.
    """
    asked = {"of_queue": queue, "now": unit.now, "most": limit, "by": by, "until": unit.now + LEASE}
    given = unit.all(_take, asked)
    taken = [Job(row.id, row.kind, row.queue, row.ref, row.tries, row.fence) for row in given]
    return sorted(taken, key=lambda job: job.id)


def release_expired(unit: Transaction) -> int:
    """Puts back what a dead process held; answers how many."""
    lost = and_(jobs.c.state == literal_column("'running'"), jobs.c.claimed_until < unit.now)
    return unit.execute(update(jobs).where(lost).values(state="pending", claimed_by=None)).rowcount


def holders(reading: Reading) -> list[str]:
    """The names of the processes that hold a job now."""
    held = select(jobs.c.claimed_by).where(jobs.c.state == literal_column("'running'"), jobs.c.claimed_by.is_not(None))
    return [row.claimed_by for row in reading.all(held.distinct())]


def release(unit: Transaction, dead: Sequence[str]) -> int:
    """Puts back what these processes held; answers how many."""
    lost = and_(jobs.c.state == literal_column("'running'"), jobs.c.claimed_by.in_(dead))
    return unit.execute(update(jobs).where(lost).values(state="pending", claimed_by=None)).rowcount


def renew(unit: Transaction, job: Job) -> bool:
    """Holds a lease for longer; False when someone took over."""
    mine = update(jobs).where(jobs.c.id == job.id, jobs.c.fence == job.fence, jobs.c.state == "running")
    return unit.execute(mine.values(claimed_until=unit.now + LEASE)).rowcount == 1


def finish(unit: Transaction, job: Job) -> bool:
    """Done, in the same transaction as its effect. False: someone took over, so roll back."""
    return finish_all(unit, [job])


def finish_all(unit: Transaction, done: Sequence[Job]) -> bool:
    """The same for several; False when any of them was taken over."""
    held = [{"which": job.id, "held": job.fence} for job in done]
    return unit.execute(_finish, held).rowcount == len(held)


def put_back(unit: Transaction, job: Job, *, due_at: datetime, error: str, spent: bool = True) -> str:
    """After a failure: pending again at `due_at`, or dead when the tries are spent. Answers the new state."""
    state = "dead" if spent and job.tries >= MAX_TRIES else "pending"
    mine = update(jobs).where(jobs.c.id == job.id, jobs.c.fence == job.fence)
    tries = jobs.c.tries if spent else jobs.c.tries - 1
    unit.execute(mine.values(state=state, due_at=due_at, last_error=error[:500], claimed_until=None, tries=tries))
    return state


def cancel(unit: Transaction, *, kind: str, ref: int) -> bool:
    """Takes back work that has not begun."""
    waiting = update(jobs).where(jobs.c.kind == kind, jobs.c.ref == ref, jobs.c.state == "pending")
    return unit.execute(waiting.values(state="cancelled")).rowcount > 0


def due(reading: Reading, limit: int = 500) -> Sequence[tuple[int, str]]:
    """Jobs that nobody has taken though they are due: what the sweep wakes again."""
    waiting = select(jobs.c.id, jobs.c.queue).where(
        jobs.c.state == literal_column("'pending'"), jobs.c.due_at <= reading.now
    )
    return [(row.id, row.queue) for row in reading.all(waiting.order_by(jobs.c.due_at).limit(limit))]


def is_known(reading: Reading, *, kind: str, ref: int) -> bool:
    """Whether work for this thing was ever noted."""
    return reading.one(select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.ref == ref).limit(1)) is not None


def oldest_due(reading: Reading, queue: str) -> datetime | None:
    """When the longest waiting due job of a queue became due."""
    waiting = select(func.min(jobs.c.due_at)).where(
        jobs.c.state == literal_column("'pending'"), jobs.c.queue == queue, jobs.c.due_at <= reading.now
    )
    moment = reading.scalar(waiting)
    return moment if isinstance(moment, datetime) else None
