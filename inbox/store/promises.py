"""SQL of clocks and their ledgers: the newest clock of each metric is read, lines are appended, states are kept beside
them for the timers' index."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, exists, func, literal_column, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import clock_entries, clocks
from slas.calendars import Calendar
from slas.clocks import Clock, Entry, fold
from slas.escalation import warning_at
from slas.policies import Metric, Target

_ledgers = (
    select(
        clocks.c.id,
        clocks.c.metric,
        clocks.c.policy,
        clocks.c.target.label("promise"),
        clock_entries.c.at,
        clock_entries.c.kind,
        clock_entries.c.cause,
        clock_entries.c.target,
    )
    .join(clock_entries, clock_entries.c.clock_id == clocks.c.id)
    .where(clocks.c.conversation_id == bindparam("conversation"))
    .order_by(clocks.c.id, clock_entries.c.id)
)
_STATE = ("state", "due_at", "warn_at", "met_at", "breached_at", "stopped_at")
_keep = (
    update(clocks).where(clocks.c.id == bindparam("which")).values({name: bindparam(f"new_{name}") for name in _STATE})
)


class Kept(msgspec.Struct, frozen=True):
    """A clock of a conversation, its row id and ledger."""

    id: int
    clock: Clock
    policy: str
    entries: tuple[Entry, ...]


def newest(reading: Reading, conversation_id: int, calendar: Calendar) -> dict[Metric, Kept]:
    """The clock of each metric that is owed, else its newest, folded from its ledger."""
    found: dict[Metric, Kept] = {}
    for kept in every(reading, conversation_id, calendar):
        before = found.get(kept.clock.metric)
        if before is None or kept.clock.live or not before.clock.live:
            found[kept.clock.metric] = kept
    return found


def every(reading: Reading, conversation_id: int, calendar: Calendar) -> list[Kept]:
    """All clocks of a conversation, oldest first, folded from their ledgers."""
    ledgers: dict[int, list[Row[Any]]] = {}
    for row in reading.all(_ledgers, {"conversation": conversation_id}):
        ledgers.setdefault(row.id, []).append(row)
    return [_kept(lines, calendar) for lines in ledgers.values()]


def _kept(lines: list[Row[Any]], calendar: Calendar) -> Kept:
    first = lines[0]
    entries = tuple(
        Entry(line.at, line.kind, line.cause, msgspec.convert(line.target, Target) if line.target else None)
        for line in lines
    )
    return Kept(first.id, fold(entries, msgspec.convert(first.promise, Target), calendar), first.policy, entries)


def add(unit: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """New clocks."""
    unit.insert_later(clocks, rows)


def append(unit: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """New ledger lines; there is no statement that changes one."""
    unit.insert_later(clock_entries, rows)


def keep_states(unit: Transaction, changed: Mapping[int, Clock], calendar: Calendar) -> None:
    """The states beside the ledgers, for the timers, in one statement."""
    rows = [
        {"which": clock_id, **{f"new_{name}": value for name, value in state_of(clock, calendar).items()}}
        for clock_id, clock in changed.items()
    ]
    if rows:
        unit.execute(_keep, rows)


def state_of(clock: Clock, calendar: Calendar) -> dict[str, Any]:
    """The columns that mirror a folded clock. A paused clock keeps no deadline: its row sorts last."""
    due = clock.due_at or clock.started_at + timedelta(days=36_500)
    return {
        "state": clock.state,
        "due_at": due,
        "warn_at": _warn_at(clock, calendar) if clock.state == "running" else None,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
        "stopped_at": clock.stopped_at,
    }


def _warn_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """Of time that runs: three quarters of a working day are over in the afternoon, not in the night before."""
    if clock.due_at is None:
        return None
    return warning_at(clock.target, calendar, clock.started_at, clock.due_at, clock.pauses)


def overdue(reading: Reading, limit: int) -> list[Row[Any]]:
    """Running clocks past their deadline, the longest overdue first."""
    wanted = select(clocks.c.id, clocks.c.conversation_id, clocks.c.generation, clocks.c.due_at).where(
        clocks.c.state == literal_column("'running'"),
        clocks.c.due_at < reading.now,
        (clocks.c.retry_at.is_(None)) | (clocks.c.retry_at <= reading.now),
    )
    return list(reading.all(wanted.order_by(clocks.c.due_at, clocks.c.id).limit(limit)))


def to_warn(reading: Reading, limit: int) -> list[Row[Any]]:
    """Running clocks of which three quarters have passed and nobody was warned."""
    wanted = select(clocks.c.id, clocks.c.conversation_id, clocks.c.metric, clocks.c.due_at, clocks.c.warn_at).where(
        clocks.c.state == literal_column("'running'"),
        clocks.c.warned_at.is_(None),
        clocks.c.warn_at <= reading.now,
        (clocks.c.retry_at.is_(None)) | (clocks.c.retry_at <= reading.now),
    )
    return list(reading.all(wanted.order_by(clocks.c.warn_at, clocks.c.id).limit(limit)))


def set_warned(unit: Transaction, clock_id: int) -> bool:
    """True for the one who warns."""
    unwarned = update(clocks).where(clocks.c.id == clock_id, clocks.c.warned_at.is_(None))
    return unit.execute(unwarned.values(warned_at=unit.now)).rowcount == 1


def push_ahead(unit: Transaction, clock_id: int, until: datetime) -> None:
    """A clock whose timer raised waits, so that it cannot stop the others."""
    unit.execute(update(clocks).where(clocks.c.id == clock_id).values(retry_at=until))


def of_conversation(reading: Reading, conversation_id: int) -> list[Row[Any]]:
    """All clocks of a conversation, oldest first."""
    return list(reading.all(select(clocks).where(clocks.c.conversation_id == conversation_id).order_by(clocks.c.id)))


def carry(unit: Transaction, ids: Collection[int], to_id: int) -> None:
    """These clocks are promises of that conversation from now on; their ledgers stay as they are."""
    origin = func.coalesce(clocks.c.origin_id, clocks.c.conversation_id)
    if ids:
        moved = update(clocks).where(clocks.c.id.in_(sorted(ids)))
        unit.execute(moved.values(origin_id=origin, conversation_id=to_id))


def carry_back(unit: Transaction, from_id: int, to_id: int, origins: Collection[int]) -> None:
    """The clocks that began in these conversations, out of `from_id`."""
    theirs = update(clocks).where(clocks.c.conversation_id == from_id, clocks.c.origin_id.in_(sorted(origins)))
    unit.execute(theirs.values(conversation_id=to_id))


def stopped_for(reading: Reading, ids: Collection[int], metric: Metric, cause: str) -> Row[Any] | None:
    """The earliest promise of these conversations that stopped for this cause and no other reason since."""
    for_it = exists().where(
        clock_entries.c.clock_id == clocks.c.id,
        clock_entries.c.cause == cause,
        clock_entries.c.at == clocks.c.stopped_at,
    )
    wanted = select(clocks.c.id).where(
        clocks.c.conversation_id.in_(sorted(ids)), clocks.c.metric == metric, clocks.c.met_at.is_(None), for_it
    )
    return reading.one(wanted.order_by(clocks.c.started_at, clocks.c.id).limit(1))
