"""SQL of the supervisor's board: each figure one grouped statement over open work, today's clocks or the last hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, case, exists, func, literal_column, or_, select, true

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.list_order import DUE_ORDER, IS_OPEN
from inbox.store.tables import actor_teams, actors, clocks, escalations, jobs, journal, patients
from inbox.store.tables import conversations as c

#: Marks of all lanes together, those due first.
MARKS = 1000

_unanswered = and_(clocks.c.metric == "first_response", clocks.c.met_at.is_(None), clocks.c.stopped_at.is_(None))


def conditions(now: datetime, risk: datetime) -> dict[str, ColumnElement[bool]]:
    """What open work each figure counts; its rows are found by the same words."""
    at_risk = and_(c.c.due_at > now, c.c.due_at <= risk)
    raised = and_(escalations.c.conversation_id == c.c.id, escalations.c.acked_at.is_(None))
    return {
        "open": true(),
        "waiting": c.c.state == "waiting",
        "late": c.c.due_at <= now,
        "at_risk": at_risk,
        "at_risk_unowned": and_(at_risk, c.c.owner_id.is_(None)),
        "first_wait": exists().where(clocks.c.conversation_id == c.c.id, _unanswered),
        "unacked": exists().where(raised),
    }


def open_work(reading: Reading, actor: Actor, *, now: datetime, risk: datetime) -> Sequence[Row[Any]]:
    """Per team: open, waiting, late, at risk, at risk without an owner."""
    counted = conditions(now, risk)
    names = ("open", "waiting", "late", "at_risk", "at_risk_unowned")
    wanted = select(c.c.team, *(_sum(counted[name]).label(name) for name in names))
    return reading.all(wanted.where(IS_OPEN, sight.visible(actor)).group_by(c.c.team))


def ids_behind(reading: Reading, actor: Actor, condition: ColumnElement[bool]) -> list[tuple[int, int]]:
    """(deadline, id) of the open work that a figure counts, due first."""
    wanted = select(DUE_ORDER.label("due"), c.c.id).where(IS_OPEN, condition, sight.visible(actor))
    return [(row.due, row.id) for row in reading.all(wanted.order_by(DUE_ORDER, c.c.id))]


def worked(reading: Reading, *, since: datetime, limit: int) -> Sequence[Row[Any]]:
    """How long people took from opening a conversation to their first answer, newest first: (reason, channel, opened,
    answered)."""
    opened = clocks.alias("opened")
    same = and_(opened.c.conversation_id == clocks.c.conversation_id, opened.c.metric == "read")
    wanted = select(c.c.reason, c.c.channel, opened.c.met_at.label("opened_at"), clocks.c.met_at.label("answered_at"))
    wanted = wanted.join_from(clocks, opened, same).join(c, c.c.id == clocks.c.conversation_id)
    first = (clocks.c.metric == "first_response", clocks.c.started_at >= since, clocks.c.met_at > opened.c.met_at)
    return reading.all(wanted.where(*first).order_by(clocks.c.started_at.desc()).limit(limit))


def received(reading: Reading, windows: Sequence[tuple[datetime, datetime]]) -> Sequence[Row[Any]]:
    """Messages received per channel in these windows, and in the first of them alone as `now`."""
    inside = [and_(journal.c.at >= start, journal.c.at < end) for start, end in windows]
    wanted = select(c.c.channel, _sum(inside[0]).label("now"), func.count().label("n"))
    wanted = wanted.join_from(journal, c, c.c.id == journal.c.conversation_id)
    told = wanted.where(or_(*inside), journal.c.verb == "message.received")
    return reading.all(told.group_by(c.c.channel))


def oldest_wait(reading: Reading, actor: Actor) -> Row[Any] | None:
    """The open conversation that waits longest for a first answer."""
    wanted = select(clocks.c.started_at, c.c.team, c.c.channel).join(c, c.c.id == clocks.c.conversation_id)
    return reading.one(wanted.where(IS_OPEN, _unanswered, sight.visible(actor)).order_by(clocks.c.started_at).limit(1))


def marks(reading: Reading, actor: Actor) -> Sequence[Row[Any]]:
    """Open work with a deadline, due first, with its patient's and owner's names."""
    names = [patients.c[name] for name in ("given", "family", "suffix", "preferred_name")]
    shown = "id team due_at due_metric owner_id clinical sensitive subject_patient_id subject_certainty sender_name"
    shown += " priority reason channel"
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
