"""SQL of phone calls: their events, what the events make of them, and who waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, and_, func, insert, literal_column, select, update

from channels.voice_course import Step
from inbox.store.database import Reading, Transaction
from inbox.store.tables import actor_teams, actors, assignments, call_events, calls, conversations

_LIVE = calls.c.phase != literal_column("'over'")
_OF_STEP = tuple(field.name for field in msgspec.structs.fields(Step))


def by_sid(reading: Reading, sid: str) -> Row[Any] | None:
    """The call with the provider's id."""
    return reading.one(select(calls).where(calls.c.sid == sid))


def get(reading: Reading, call_id: int) -> Row[Any] | None:
    """A call by our own number."""
    return reading.one(select(calls).where(calls.c.id == call_id))


def held(unit: Transaction, call_id: int) -> Row[Any] | None:
    """The same, held for this transaction: of two hooks at once the second sees what the first wrote."""
    return unit.one(select(calls).where(calls.c.id == call_id).with_for_update())


def add(unit: Transaction, values: dict[str, Any]) -> None:
    """A new call."""
    unit.execute(insert(calls).values(values))


def keep(unit: Transaction, call_id: int, values: dict[str, Any]) -> None:
    """What the events make of it."""
    unit.execute(update(calls).where(calls.c.id == call_id).values(values))


def steps(reading: Reading, call_id: int) -> list[Step]:
    """Everything that happened, in no order that matters."""
    found = reading.all(select(call_events).where(call_events.c.call_id == call_id).order_by(call_events.c.id))
    return [Step(**{name: getattr(row, name) for name in _OF_STEP}) for row in found]


def append(unit: Transaction, call_id: int, step: Step) -> int:
    """One more event, whose key must be new; answers its id."""
    event_id = unit.new_id()
    unit.execute(insert(call_events).values(id=event_id, call_id=call_id, **msgspec.structs.asdict(step)))
    return event_id


def event(reading: Reading, event_id: int) -> Row[Any] | None:
    """One event with its call."""
    return reading.one(select(call_events).where(call_events.c.id == event_id))


def live(reading: Reading, conversation_ids: Sequence[int] | None = None) -> list[Row[Any]]:
    """Calls that are not over, oldest first."""
    wanted = select(calls).where(_LIVE)
    if conversation_ids is not None:
        wanted = wanted.where(calls.c.conversation_id.in_(conversation_ids))
    return list(reading.all(wanted.order_by(calls.c.ringing_at, calls.c.id)))


def is_on_call(reading: Reading, actor_id: int) -> bool:
    """Whether this person leads a call that is not over."""
    return reading.one(select(calls.c.id).where(_LIVE, calls.c.agent_id == actor_id).limit(1)) is not None


def ahead(reading: Reading, call: Row[Any]) -> int:
    """How many callers of the same team have waited longer."""
    team = select(conversations.c.team).where(conversations.c.id == call.conversation_id).scalar_subquery()
    waiting = and_(calls.c.phase == "waiting", calls.c.queued_at < call.queued_at, calls.c.id != call.id)
    wanted = select(func.count()).select_from(calls.join(conversations, conversations.c.id == calls.c.conversation_id))
    return int(reading.scalar(wanted.where(waiting, conversations.c.team == team)))


def waits(reading: Reading, since: datetime, limit: int = 10) -> list[timedelta]:
    """How long the newest answered callers had waited."""
    answered = and_(calls.c.answered_at >= since, calls.c.queued_at.is_not(None), calls.c.direction == "in")
    wanted = select(calls.c.queued_at, calls.c.answered_at).where(answered)
    found = reading.all(wanted.order_by(calls.c.answered_at.desc()).limit(limit))
    return [row.answered_at - row.queued_at for row in found]


def tries(reading: Reading, conversation_id: int, since: datetime) -> list[datetime]:
    """When we called in vain since then."""
    vain = and_(calls.c.direction == "out", calls.c.answered_at.is_(None), calls.c.ended_at.is_not(None))
    wanted = select(calls.c.ringing_at).where(
        vain, calls.c.conversation_id == conversation_id, calls.c.ringing_at >= since
    )
    return [row.ringing_at for row in reading.all(wanted.order_by(calls.c.ringing_at))]


def given_by_machine(reading: Reading, conversation_id: int) -> bool:
    """Whether the one who has the conversation has it from the rules, not from a person."""
    live = and_(assignments.c.conversation_id == conversation_id, assignments.c.ended_at.is_(None))
    row = reading.one(select(assignments.c.by_id).where(live))
    return row is not None and row.by_id is None


def available(reading: Reading) -> dict[int, frozenset[str]]:
    """Who may be given a call now, each with their teams: available, and on no other call."""
    busy = select(calls.c.agent_id).where(_LIVE, calls.c.agent_id.is_not(None))
    wanted = select(actors.c.id, actor_teams.c.team).outerjoin(actor_teams, actor_teams.c.actor_id == actors.c.id)
    wanted = wanted.where(actors.c.active, actors.c.availability == "available", actors.c.id.not_in(busy))
    teams: dict[int, set[str]] = {}
    for row in reading.all(wanted):
        teams.setdefault(row.id, set()).update([row.team] if row.team else [])
    return {actor_id: frozenset(found) for actor_id, found in teams.items()}
