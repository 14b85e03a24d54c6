"""SQL of the audit report: what was changed and what was shown between two moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select

from inbox.store.database import Reading
from inbox.store.tables import access, actors, journal
from inbox.store.tables import conversations as c


def changes(
    reading: Reading, since: datetime, until: datetime, patient_id: int | None, actor_id: int | None
) -> Sequence[Row[Any]]:
    """Journal rows in [since, until) about a patient or one of their conversations, by a person, or all."""
    name = func.coalesce(actors.c.name, "").label("actor_name")
    wanted = select(journal, name).outerjoin(actors, actors.c.id == journal.c.actor_id)
    wanted = wanted.where(journal.c.at >= since, journal.c.at < until).order_by(journal.c.seq)
    if patient_id is not None:
        theirs = select(c.c.id).where(c.c.subject_patient_id == patient_id)
        wanted = wanted.where(or_(journal.c.patient_id == patient_id, journal.c.conversation_id.in_(theirs)))
    if actor_id is not None:
        wanted = wanted.where(journal.c.actor_id == actor_id)
    return reading.all(wanted)


def sightings(reading: Reading, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """Everything that was shown to anybody in [since, until)."""
    name = func.coalesce(actors.c.name, "").label("actor_name")
    wanted = select(access, name).outerjoin(actors, actors.c.id == access.c.actor_id)
    return reading.all(wanted.where(access.c.at >= since, access.c.at < until).order_by(access.c.id))


def seq_before(reading: Reading, moment: datetime) -> int:
    """The `seq` before the first row that bears this moment or a later one."""
    first = reading.scalar(select(func.min(journal.c.seq)).where(journal.c.at >= moment))
    newest = reading.scalar(select(func.max(journal.c.seq)))
    return int(first) - 1 if first is not None else int(newest or 0)
