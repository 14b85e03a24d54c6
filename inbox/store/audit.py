"""SQL of the audit report: what was changed and what was shown between two moments, some rows at a time in their order.

A source is a set of rows that no other source has; a report reads all of its sources side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, literal_column, or_, select, tuple_

from inbox.store.columns import Moment
from inbox.store.database import Reading
from inbox.store.tables import access, actors, journal
from inbox.store.tables import conversations as c

#: A moment and an id: where a source is read on from.
Place = tuple[datetime, int]


class Source(NamedTuple):
    """Rows that no other source has, and what orders them."""

    rows: Select[Any]
    at: ColumnElement[Any]
    key: ColumnElement[Any]

    def narrowed(self, *conditions: ColumnElement[bool]) -> Source:
        """Some of them."""
        return self._replace(rows=self.rows.where(*conditions))


def changes(since: datetime, until: datetime, patient_id: int | None, actor_id: int | None) -> list[Source]:
    """Journal rows in [since, until) about a patient or one of their conversations, by a person, or all."""
    name = func.coalesce(actors.c.name, "").label("actor_name")
    rows = select(journal, name).outerjoin(actors, actors.c.id == journal.c.actor_id)
    wanted = Source(rows, journal.c.at, journal.c.seq).narrowed(journal.c.at >= since, journal.c.at < until)
    if patient_id is not None:
        theirs = select(c.c.id).where(c.c.subject_patient_id == patient_id)
        wanted = wanted.narrowed(or_(journal.c.patient_id == patient_id, journal.c.conversation_id.in_(theirs)))
    return [wanted if actor_id is None else wanted.narrowed(journal.c.actor_id == actor_id)]


def sightings(since: datetime, until: datetime, patient_id: int | None, actor_id: int | None) -> list[Source]:
    """Rows of the access log in [since, until): about a patient, one of their conversations, and every list, whose ids
    the caller looks through; or by a person, and every push, whose ids are people; or all."""
    name = func.coalesce(actors.c.name, "").label("actor_name")
    rows = select(access, name).outerjoin(actors, actors.c.id == access.c.actor_id)
    every = Source(rows, access.c.at, access.c.id).narrowed(access.c.at >= since, access.c.at < until)
    pushed = and_(access.c.how == literal_column("'pushed'"), access.c.actor_id.is_(None))
    if actor_id is not None:
        every = every.narrowed(or_(access.c.actor_id == actor_id, pushed))
    if patient_id is None:
        return [every]
    theirs = select(c.c.id).where(c.c.subject_patient_id == patient_id)
    nobodys: ColumnElement[bool] = access.c.patient_id.is_(None)
    elsewhere = or_(nobodys, access.c.patient_id != patient_id)
    listed = and_(nobodys, access.c.conversation_id.is_(None), access.c.ids != literal_column("'[]'"))
    found = (access.c.patient_id == patient_id, and_(elsewhere, access.c.conversation_id.in_(theirs)), listed)
    return [every.narrowed(condition) for condition in found]


def some(reading: Reading, source: Source, place: Place | None, limit: int, *, backwards: bool) -> Sequence[Row[Any]]:
    """The next rows of a source behind a place, oldest or newest first."""
    rows = source.rows
    if place is not None:
        here, there = tuple_(source.at, source.key), tuple_(literal(place[0], Moment()), literal(place[1]))
        rows = rows.where(here < there if backwards else here > there)
    order = (source.at.desc(), source.key.desc()) if backwards else (source.at, source.key)
    return reading.all(rows.order_by(*order).limit(limit))


def conversations_of(reading: Reading, patient_id: int) -> frozenset[int]:
    """The ids of a patient's conversations."""
    return frozenset(row.id for row in reading.all(select(c.c.id).where(c.c.subject_patient_id == patient_id)))


def seq_before(reading: Reading, moment: datetime) -> int:
    """The `seq` before the first row that bears this moment or a later one."""
    first = reading.scalar(select(func.min(journal.c.seq)).where(journal.c.at >= moment))
    newest = reading.scalar(select(func.max(journal.c.seq)))
    return int(first) - 1 if first is not None else int(newest or 0)
