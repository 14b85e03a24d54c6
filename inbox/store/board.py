"""SQL of the supervisor's board: each figure one grouped statement over open work, today's clocks or the last hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, case, func, literal_column, or_, select

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.tables import actor_teams, actors, clocks, escalations, jobs, journal, patients
from inbox.store.tables import conversations as c
from inbox.store.worklist import IS_OPEN

#: Nothing promised for a first answer runs longer than this, so today's deadlines started within it.
LONGEST_PROMISE = timedelta(days=14)
#: Marks of all lanes together, those due first.
MARKS = 1000

_unanswered = and_(clocks.c.metric == "first_response", clocks.c.met_at.is_(None), clocks.c.stopped_at.is_(None))


def open_work(reading: Reading, actor: Actor, *, now: datetime, risk: datetime) -> Sequence[Row[Any]]:
    """Per team: open, waiting, late, at risk, at risk without an owner."""
    at_risk = and_(c.c.due_at > now, c.c.due_at <= risk)
    wanted = select(
        c.c.team,
        func.count().label("open"),
        _sum(c.c.state == "waiting").label("waiting"),
        _sum(c.c.due_at <= now).label("late"),
        _sum(at_risk).label("risk"),
        _sum(and_(at_risk, c.c.owner_id.is_(None))).label("unowned"),
    )
    return reading.all(wanted.where(IS_OPEN, sight.visible(actor)).group_by(c.c.team))


def answers_due(reading: Reading, actor: Actor, *, since: datetime, now: datetime) -> Sequence[Row[Any]]:
    """Per team: first answers given or due in [since, now], and how many of them were in time."""
    given = and_(clocks.c.met_at >= since, clocks.c.met_at <= now)
    passed = and_(clocks.c.met_at.is_(None), clocks.c.stopped_at.is_(None), clocks.c.due_at >= since)
    wanted = select(
        c.c.team,
        func.count().label("due"),
        _sum(and_(clocks.c.met_at.is_not(None), clocks.c.met_at <= clocks.c.due_at)).label("met"),
    ).join(c, c.c.id == clocks.c.conversation_id)
    today = or_(given, and_(passed, clocks.c.due_at <= now))
    recent = (clocks.c.started_at >= since - LONGEST_PROMISE, clocks.c.metric == "first_response")
    return reading.all(wanted.where(*recent, today, sight.visible(actor)).group_by(c.c.team))


def oldest_wait(reading: Reading, actor: Actor) -> Row[Any] | None:
    """The open conversation that waits longest for a first answer."""
    wanted = select(clocks.c.started_at, c.c.team, c.c.channel).join(c, c.c.id == clocks.c.conversation_id)
    return reading.one(wanted.where(IS_OPEN, _unanswered, sight.visible(actor)).order_by(clocks.c.started_at).limit(1))


def marks(reading: Reading, actor: Actor) -> Sequence[Row[Any]]:
    """Open work with a deadline, due first, with its patient's and owner's names."""
    names = [patients.c[name] for name in ("given", "family", "suffix", "preferred_name")]
    shown = "id team due_at owner_id clinical sensitive subject_patient_id subject_certainty sender_name"
    wanted = (
        select(*(c.c[name] for name in shown.split()), *names, actors.c.name.label("owner_name"))
        .outerjoin(patients, patients.c.id == c.c.subject_patient_id)
        .outerjoin(actors, actors.c.id == c.c.owner_id)
    )
    due = wanted.where(IS_OPEN, c.c.due_at.is_not(None), sight.visible(actor))
    return reading.all(due.order_by(c.c.due_at, c.c.id).limit(MARKS))


def people(reading: Reading, teams: Sequence[str]) -> Sequence[Row[Any]]:
    """Active people of these teams, a row for each of their teams."""
    shown = (actors.c.id, actors.c.name, actors.c.availability, actors.c.availability_at, actors.c.capacity)
    wanted = select(*shown, actor_teams.c.team).join(actor_teams, actor_teams.c.actor_id == actors.c.id)
    wanted = wanted.where(actors.c.active, actors.c.role != "service", actor_teams.c.team.in_(teams))
    return reading.all(wanted.order_by(actors.c.name, actors.c.id, actor_teams.c.team))


def loads(reading: Reading, actor: Actor) -> Sequence[Row[Any]]:
    """Open conversations per owner and channel."""
    wanted = select(c.c.owner_id, c.c.channel, func.count().label("n"))
    owned = wanted.where(IS_OPEN, c.c.owner_id.is_not(None), sight.visible(actor))
    return reading.all(owned.group_by(c.c.owner_id, c.c.channel))


def unacknowledged(reading: Reading, actor: Actor) -> int:
    """Escalations of open work that nobody answered."""
    wanted = select(func.count()).select_from(escalations).join(c, c.c.id == escalations.c.conversation_id)
    return int(reading.scalar(wanted.where(escalations.c.acked_at.is_(None), IS_OPEN, sight.visible(actor))))


def dead_jobs(reading: Reading) -> int:
    """Work that was given up."""
    return int(reading.scalar(select(func.count()).select_from(jobs).where(jobs.c.state == literal_column("'dead'"))))


def flow(reading: Reading, actor: Actor, *, since: datetime, until: datetime, bucket: timedelta) -> Sequence[Row[Any]]:
    """Per bucket since `since` and verb: messages received and replies queued, by the journal."""
    start, length = _micro(since), bucket // timedelta(microseconds=1)
    place: ColumnElement[int] = literal_column(f"(journal.at - {start}) / {length}", BigInteger())
    wanted = select(place.label("place"), journal.c.verb, func.count().label("n"))
    wanted = wanted.join_from(journal, c, c.c.id == journal.c.conversation_id)
    span = (journal.c.at >= since, journal.c.at < until)
    told = wanted.where(*span, journal.c.verb.in_(("message.received", "reply.queued")), sight.visible(actor))
    return reading.all(told.group_by(place, journal.c.verb))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _micro(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000
