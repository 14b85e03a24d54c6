"""SQL behind the figures: the conversations opened in a span, their promises and endings, as they stood at a moment.

No counters that drift and no cap: a figure counts all there is. Moments come as they are stored, microseconds since
1970: a year of conversations is read in one go, and a datetime each would cost more than the query.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
    type_coerce,
)

from inbox.actors import MATRIX, Actor, Permission
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.list_order import IS_OPEN
from inbox.store.tables import actors, assignments, clock_entries, clocks, closures, escalations, surveys
from inbox.store.tables import conversations as c


class Asked(msgspec.Struct, frozen=True):
    """Conversations opened in [since, until) as they stood at `now`; "" narrows nothing, a reason takes its sub-reasons
    along. `sighted` asks for what the person sees on the board, else for those their figures are about."""

    since: datetime
    until: datetime
    now: datetime
    channel: str = ""
    reason: str = ""
    location: str = ""
    queue: str = ""
    sighted: bool = False


def at_(column: Column[Any]) -> ColumnElement[int]:
    """A moment as it is stored."""
    return type_coerce(column, BigInteger).label(column.name)


#: Of a conversation, in the order of `inbox.cohort.Case`; the moments of its first-response promise follow.
OF_CASE = (
    *(c.c[name] for name in ("id", "channel", "reason", "team", "location", "owner_id", "priority", "state")),
    func.coalesce(c.c.subject_patient_id, -c.c.sender_contact_id, 0).label("who"),
    at_(c.c.opened_at),
    at_(c.c.closed_at),
)
_OF_PROMISE = tuple(at_(clocks.c[name]) for name in ("started_at", "met_at", "stopped_at", "due_at", "breached_at"))
_first = clocks.c.metric == "first_response"


def cases(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """The cohort with its newest first-response promise last, oldest first."""
    promise = and_(clocks.c.conversation_id == c.c.id, _first)
    wanted = select(*OF_CASE, *_OF_PROMISE).outerjoin(clocks, promise).where(*_cohort(actor, asked))
    return reading.each(wanted.order_by(c.c.opened_at, c.c.id, clocks.c.id))


def answers(
    reading: Reading, actor: Actor, asked: Asked, *, started: datetime, elsewhere: bool = False
) -> Iterator[Row[Any]]:
    """First-response promises given or due in [since, until) by `now`, whenever their conversation began; none that
    began before `started`. `elsewhere` leaves out the cohort, whose promises `cases` has read."""
    until = min(asked.until, asked.now)
    given = and_(clocks.c.met_at >= asked.since, clocks.c.met_at <= until)
    unmet = or_(clocks.c.met_at.is_(None), clocks.c.met_at > until)
    still = or_(clocks.c.stopped_at.is_(None), clocks.c.stopped_at > until)
    passed = and_(unmet, still, clocks.c.due_at >= asked.since, clocks.c.due_at <= until)
    wanted = select(*OF_CASE, *_OF_PROMISE).join(clocks, clocks.c.conversation_id == c.c.id)
    recent = (clocks.c.started_at >= started, _first, or_(given, passed), *narrowed(actor, asked))
    wanted = wanted.where(~_in_span(asked)) if elsewhere else wanted
    return reading.each(wanted.where(*recent).order_by(clocks.c.started_at, clocks.c.metric, clocks.c.id))


def reads(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """The first read promise of the cohort's emergent and urgent conversations."""
    wanted = select(*OF_CASE, *_OF_PROMISE).join(clocks, clocks.c.conversation_id == c.c.id)
    urgent = (clocks.c.metric == "read", clocks.c.conversation_id.in_(_ids(actor, asked).where(c.c.priority <= 1)))
    return reading.each(wanted.where(*urgent).order_by(clocks.c.conversation_id, clocks.c.id.desc()))


def promises(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """Per conversation of the cohort: promises due by `now` (met, stopped or past their deadline), missed ones, the
    open ones included, and further turns of the patient. A paused promise has no deadline."""
    now = asked.now
    ended = or_(clocks.c.met_at <= now, clocks.c.stopped_at <= now)
    owed = and_(
        or_(clocks.c.met_at.is_(None), clocks.c.met_at > now),
        or_(clocks.c.stopped_at.is_(None), clocks.c.stopped_at > now),
    )
    missed = or_(clocks.c.breached_at <= now, and_(owed, clocks.c.state == "running", clocks.c.due_at < now))
    turn = and_(clocks.c.metric == "next_response", clocks.c.started_at <= now)
    of = clocks.c.conversation_id
    counts = (_count(or_(ended, missed)).label("due"), _count(missed).label("breached"), _count(turn).label("turns"))
    return reading.each(select(of, *counts).where(of.in_(_ids(actor, asked))).group_by(of))


_OF_ENDING = (
    closures.c.conversation_id,
    at_(closures.c.closed_at),
    closures.c.resolved,
    closures.c.outcome,
    closures.c.confirmation_message_id,
    closures.c.resolution_wall_seconds,
    closures.c.resolution_business_seconds,
    at_(closures.c.reopened_at),
)


def endings(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """The closures of the cohort up to `now`, reopened ones too; what was merged goes on elsewhere and did not end."""
    of = closures.c.conversation_id
    ended = (closures.c.outcome != "merged", closures.c.closed_at <= asked.now)
    wanted = select(*_OF_ENDING).where(of.in_(_ids(actor, asked)), *ended)
    return reading.each(wanted.order_by(of, closures.c.id))


def closed_elsewhere(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """A row of its conversation for each closure made in the span of what is not of the cohort; last its moment."""
    promise = [type_coerce(None, BigInteger) for _ in _OF_PROMISE]
    moment = at_(closures.c.closed_at).label("ended_at")
    wanted = select(*OF_CASE, *promise, moment).join(closures, closures.c.conversation_id == c.c.id)
    span = (closures.c.closed_at >= asked.since, closures.c.closed_at < asked.until, closures.c.closed_at <= asked.now)
    return reading.each(wanted.where(*span, closures.c.outcome != "merged", ~_in_span(asked), *narrowed(actor, asked)))


def open_now(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """What is open today, whenever opened."""
    promise = [type_coerce(None, BigInteger) for _ in _OF_PROMISE]
    return reading.each(select(*OF_CASE, *promise).where(IS_OPEN, *narrowed(actor, asked)))


def pauses(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """The time off of resolution promises that still run: (conversation, moment, pause or resume), in order."""
    shown = (clocks.c.conversation_id, at_(clock_entries.c.at), clock_entries.c.kind)
    wanted = select(*shown).select_from(clock_entries).join(clocks, clocks.c.id == clock_entries.c.clock_id)
    owed = (clocks.c.metric == "resolution", or_(clocks.c.met_at.is_(None), clocks.c.met_at > asked.now))
    off = (clock_entries.c.kind.in_(("pause", "resume")), clock_entries.c.at <= asked.now)
    theirs = clocks.c.conversation_id.in_(_ids(actor, asked))
    return reading.each(wanted.where(*owed, *off, theirs).order_by(clocks.c.conversation_id, clock_entries.c.id))


def moved(reading: Reading, actor: Actor, asked: Asked) -> set[int]:
    """Those of the cohort that more than one team had."""
    of = assignments.c.conversation_id
    wanted = select(of).where(assignments.c.at <= asked.now, of.in_(_ids(actor, asked)))
    several = func.min(assignments.c.team) != func.max(assignments.c.team)
    return set(reading.execute(wanted.group_by(of).having(several)).scalars())


def raised(reading: Reading, actor: Actor, asked: Asked) -> set[int]:
    """Those of the cohort that were escalated."""
    wanted = select(escalations.c.conversation_id).join(c, c.c.id == escalations.c.conversation_id).distinct()
    return set(reading.execute(wanted.where(escalations.c.raised_at <= asked.now, *_cohort(actor, asked))).scalars())


def later(reading: Reading, asked: Asked) -> Iterator[Row[Any]]:
    """Who wrote about what after the span, anywhere in the house: a new contact about the same thing."""
    shown = [column for column in OF_CASE if column.name in {"who", "reason", "opened_at"}]
    span = (c.c.opened_at >= asked.until, c.c.opened_at <= asked.now)
    return reading.each(select(*shown).where(*span).order_by(c.c.opened_at))


def scores(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """The questions afterwards about the cohort: (conversation, score 1 to 5 or None, when it was answered)."""
    shown = (surveys.c.conversation_id, surveys.c.score, at_(surveys.c.answered_at))
    wanted = select(*shown).join(c, c.c.id == surveys.c.conversation_id)
    return reading.each(wanted.where(surveys.c.asked_at <= asked.now, *_cohort(actor, asked)))


def names(reading: Reading, ids: set[int]) -> dict[int, str]:
    """What these people are called."""
    found = reading.all(select(actors.c.id, actors.c.name).where(actors.c.id.in_(sorted(ids))))
    return {row.id: row.name for row in found}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0), type_=Integer)


def _ids(actor: Actor, asked: Asked) -> Select[int]:
    """The cohort for IN: what belongs to it is looked up by conversation, where a join would let SQLite, which keeps
    no statistics, read all there ever was."""
    return select(c.c.id).where(*_cohort(actor, asked))


def _cohort(actor: Actor, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return _in_span(asked), *narrowed(actor, asked)


def _in_span(asked: Asked) -> ColumnElement[bool]:
    return and_(c.c.opened_at >= asked.since, c.c.opened_at < asked.until, c.c.opened_at <= asked.now)


def narrowed(actor: Actor, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    """The conversations whose figures these are, narrowed as asked."""
    wanted: list[ColumnElement[bool]] = [sight.visible(actor) if asked.sighted else _allowed(actor)]
    if asked.channel:
        wanted.append(c.c.channel == asked.channel)
    if asked.reason:
        wanted.append(or_(c.c.reason == asked.reason, c.c.reason.startswith(f"{asked.reason}.", autoescape=True)))
    if asked.location:
        wanted.append(c.c.location == asked.location)
    if asked.queue:
        wanted.append(c.c.team == asked.queue)
    return tuple(wanted)


def _allowed(actor: Actor) -> ColumnElement[bool]:
    """Whose figures: all, those of one's teams, or one's own."""
    reach = MATRIX[Permission.METRICS][actor.role]
    own: ColumnElement[bool] = c.c.owner_id == actor.id
    return {"A": true(), "T": sight.visible(actor), "O": own}.get(reach, false())
