"""SQL of the access log: adding a row, finding who saw one patient or what one person saw. Rows are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, literal_column, or_, select

from inbox.store.database import Reading, Transaction
from inbox.store.tables import access, actors
from inbox.store.tables import conversations as c


def add(unit: Transaction, **values: Any) -> None:
    """One row, stamped with the transaction's moment."""
    unit.execute(insert(access).values(id=unit.new_id(), at=unit.now, **values))


def of_actor(reading: Reading, actor_id: int, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """What one person saw in [since, until), oldest first."""
    return reading.all(_rows(since, until).where(access.c.actor_id == actor_id))


def of_patient(reading: Reading, patient_id: int, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """Rows that name the patient or one of their conversations, and every list: the caller looks through its ids."""
    theirs = select(c.c.id).where(c.c.subject_patient_id == patient_id)
    direct: ColumnElement[bool] = or_(access.c.patient_id == patient_id, access.c.conversation_id.in_(theirs))
    # a list stands under nobody's name: without a patient, with ids
    listed = and_(access.c.patient_id.is_(None), access.c.ids != literal_column("'[]'"))
    return reading.all(_rows(since, until).where(or_(direct, listed)))


def conversations_of(reading: Reading, patient_id: int) -> frozenset[int]:
    """The ids of a patient's conversations."""
    return frozenset(row.id for row in reading.all(select(c.c.id).where(c.c.subject_patient_id == patient_id)))


def _rows(since: datetime, until: datetime) -> Select[Any]:
    name = func.coalesce(actors.c.name, "").label("actor_name")
    found = select(access, name).outerjoin(actors, actors.c.id == access.c.actor_id)
    return found.where(access.c.at >= since, access.c.at < until).order_by(access.c.at, access.c.id)
