"""SQL behind the figures: the conversations opened in a span, their promises and endings. No counters that drift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, false, func, or_, select, true

from inbox.actors import MATRIX, Actor, Permission
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.tables import clocks, closures
from inbox.store.tables import conversations as c

#: A report looks at the newest so many conversations of its span.
COHORT = 50_000

#: Which conversations stand behind the figures whose names begin like this.
BEHIND: dict[str, ColumnElement[bool]] = {
    "first_response": exists().where(clocks.c.conversation_id == c.c.id, clocks.c.metric == "first_response"),
    "breach_rate": exists().where(clocks.c.conversation_id == c.c.id, clocks.c.breached_at.is_not(None)),
    "resolution": exists().where(closures.c.conversation_id == c.c.id),
    "reopen_rate": exists().where(closures.c.conversation_id == c.c.id, closures.c.reopened_at.is_not(None)),
    "conversations": true(),
    "closed": exists().where(closures.c.conversation_id == c.c.id),
}


def opened_in(reading: Reading, actor: Actor, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The cohort, newest first, each with its first-response promise."""
    promise = [clocks.c[name] for name in ("started_at", "met_at", "stopped_at")]
    shown = [c.c[name] for name in ("id", "channel", "reason", "team", "priority", "state", "opened_at")]
    first = and_(clocks.c.conversation_id == c.c.id, clocks.c.metric == "first_response")
    wanted = select(*shown, *promise).outerjoin(clocks, first)
    cohort = wanted.where(*_cohort(actor, since, until)).order_by(
        c.c.opened_at.desc(), c.c.id.desc(), clocks.c.id.desc()
    )
    return reading.all(cohort.limit(COHORT))


def promises_of(
    reading: Reading, actor: Actor, since: datetime, until: datetime, *, now: datetime
) -> Sequence[Row[Any]]:
    """Per conversation of the cohort: promises due (met, stopped or past their deadline) and missed ones, the open ones
    included. A paused promise has no deadline."""
    owed = and_(clocks.c.met_at.is_(None), clocks.c.stopped_at.is_(None))
    missed = or_(clocks.c.breached_at.is_not(None), and_(owed, clocks.c.state == "running", clocks.c.due_at < now))
    due = or_(~owed, missed)
    wanted = select(
        c.c.id,
        func.sum(case((due, 1), else_=0)).label("due"),
        func.sum(case((missed, 1), else_=0)).label("breached"),
    ).join(clocks, clocks.c.conversation_id == c.c.id)
    return reading.all(wanted.where(*_cohort(actor, since, until)).group_by(c.c.id))


def endings_of(reading: Reading, actor: Actor, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The closures of the cohort, reopened ones too."""
    shown = [closures.c[name] for name in _OF_CLOSURE]
    wanted = select(*shown).join(c, c.c.id == closures.c.conversation_id).where(*_cohort(actor, since, until))
    return reading.all(wanted.order_by(closures.c.id))


def closures_in(reading: Reading, actor: Actor, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The closures made in the span, whenever their conversation began."""
    wanted = select(closures.c.closed_at).join(c, c.c.id == closures.c.conversation_id)
    return reading.all(wanted.where(closures.c.closed_at >= since, closures.c.closed_at < until, _allowed(actor)))


def ids_behind(
    reading: Reading,
    actor: Actor,
    name: str,
    since: datetime,
    until: datetime,
    *,
    before: int | None,
    limit: int,
) -> list[int]:
    """The cohort's conversations behind a figure, newest first."""
    wanted = select(c.c.id).where(*_cohort(actor, since, until), BEHIND[name], sight.visible(actor))
    if before is not None:
        wanted = wanted.where(c.c.id < before)
    return [row.id for row in reading.all(wanted.order_by(c.c.id.desc()).limit(limit))]


_OF_CLOSURE = ("conversation_id", "closed_at", "resolved", "resolution_wall_seconds", "reopened_at")


def _cohort(actor: Actor, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return c.c.opened_at >= since, c.c.opened_at < until, _allowed(actor)


def _allowed(actor: Actor) -> ColumnElement[bool]:
    """Whose figures: all, those of one's teams, or one's own."""
    reach = MATRIX[Permission.METRICS][actor.role]
    own: ColumnElement[bool] = c.c.owner_id == actor.id
    return {"A": true(), "T": sight.visible(actor), "O": own}.get(reach, false())
