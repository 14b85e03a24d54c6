"""SQL of what stands before a carrier: the state of senders and accounts, and the messages that wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inbox.store import jobs as work
from inbox.store.database import Reading, Transaction
from inbox.store.jobs import Job
from inbox.store.tables import jobs, watermarks

#: Why a message waits, as its job says.
AWAY, PACED = "the carrier is away", "its sender's pace"


def held(unit: Transaction, name: str) -> str:
    """The state under this name, held until the transaction ends; "" for none."""
    one = select(watermarks.c.value).where(watermarks.c.name == name)
    return str(unit.scalar(one.with_for_update()) or "")


def is_known(reading: Reading, name: str) -> bool:
    """Whether there is any: most of the time nothing is amiss."""
    return reading.one(select(watermarks.c.name).where(watermarks.c.name == name)) is not None


def put(unit: Transaction, name: str, value: str) -> None:
    """The state from now on."""
    build = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    values = {"value": value, "at": unit.now}
    unit.execute(
        build(watermarks).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )


def forget(unit: Transaction, name: str) -> None:
    """As if nothing had ever been amiss."""
    unit.execute(delete(watermarks).where(watermarks.c.name == name))


def named(reading: Reading, prefix: str) -> Sequence[tuple[str, str]]:
    """Names and values of all that begin so."""
    wanted = select(watermarks.c.name, watermarks.c.value).where(watermarks.c.name.startswith(prefix, autoescape=True))
    return [(row.name, row.value) for row in reading.all(wanted.order_by(watermarks.c.name))]


def put_back(unit: Transaction, job: Job, *, due_at: datetime, why: str) -> None:
    """It waits without a try being spent, and what is due behind it in its lane waits as long: none overtakes it."""
    work.put_back(unit, job, due_at=due_at, error=why, spent=False)
    lane = select(jobs.c.lane).where(jobs.c.id == job.id).scalar_subquery()
    behind = and_(jobs.c.lane == lane, jobs.c.state == "pending", jobs.c.due_at <= unit.now)
    unit.execute(update(jobs).where(behind).values(due_at=due_at, last_error=why))


def waiting(reading: Reading, account: str, why: str) -> int:
    """How many messages of this account wait for that reason."""
    mine = and_(_of(account), jobs.c.last_error == why)
    return int(reading.scalar(select(func.count()).select_from(jobs).where(mine)))


def release(unit: Transaction, account: str) -> int:
    """What waited for the carrier is due now; answers how many."""
    mine = and_(_of(account), jobs.c.last_error == AWAY)
    return unit.execute(update(jobs).where(mine).values(due_at=unit.now, last_error="")).rowcount


def _of(account: str) -> ColumnElement[bool]:
    lane = jobs.c.lane.startswith(f"{account}:", autoescape=True)
    return and_(jobs.c.kind == "send", jobs.c.state == "pending", lane)
