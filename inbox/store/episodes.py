"""SQL of episodes: care that spans requests, with what each was and when, and of how long a patient was silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, func, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import conversations as c
from inbox.store.tables import episode_statuses, episodes


def last_contact(reading: Reading, patient_id: int, *, besides: int) -> datetime | None:
    """When anything last happened in another conversation about the patient."""
    theirs = (c.c.subject_patient_id == patient_id, c.c.id != besides)
    found = reading.scalar(select(func.max(c.c.last_at)).where(*theirs))
    return found if isinstance(found, datetime) else None


def of_patient(reading: Reading, patient_id: int, status: str) -> Sequence[Row[Any]]:
    """The patient's episodes in this status, newest first."""
    mine = (episodes.c.patient_id == patient_id, episodes.c.status == status)
    return reading.all(select(episodes).where(*mine).order_by(episodes.c.opened_at.desc(), episodes.c.id.desc()))


def silent(reading: Reading, since: datetime, limit: int) -> Sequence[Row[Any]]:
    """Active episodes of patients of whom nothing was heard or said since then."""
    spoken = exists().where(c.c.subject_patient_id == episodes.c.patient_id, c.c.last_at > since)
    old = (episodes.c.status == "active", episodes.c.opened_at <= since, ~spoken)
    return reading.all(select(episodes).where(*old).order_by(episodes.c.id).limit(limit))


def begin(unit: Transaction, *, patient_id: int, kind: str, status: str, by_id: int | None) -> int:
    """A new episode and its first status."""
    episode_id = unit.new_id()
    row = {"id": episode_id, "patient_id": patient_id, "kind": kind, "status": status, "opened_at": unit.now}
    unit.execute(insert(episodes).values(row))
    _enter(unit, episode_id, status, unit.now, "begun", by_id)
    return episode_id


def turn(unit: Transaction, row: Row[Any], status: str, *, cause: str, by_id: int | None = None) -> None:
    """One status ends where the next begins."""
    live = (episode_statuses.c.episode_id == row.id, episode_statuses.c.to_at.is_(None))
    if unit.execute(update(episode_statuses).where(*live).values(to_at=unit.now)).rowcount == 0:
        _enter(unit, row.id, row.status, row.opened_at, "begun", None, to_at=unit.now)
    unit.execute(update(episodes).where(episodes.c.id == row.id).values(status=status))
    _enter(unit, row.id, status, unit.now, cause, by_id)


def statuses(reading: Reading, episode_id: int) -> Sequence[Row[Any]]:
    """What the episode was, in order."""
    mine = select(episode_statuses).where(episode_statuses.c.episode_id == episode_id)
    return reading.all(mine.order_by(episode_statuses.c.from_at, episode_statuses.c.id))


def _enter(
    unit: Transaction,
    episode_id: int,
    status: str,
    at: datetime,
    cause: str,
    by_id: int | None,
    to_at: datetime | None = None,
) -> None:
    row = {"id": unit.new_id(), "episode_id": episode_id, "status": status, "from_at": at, "to_at": to_at}
    unit.execute(insert(episode_statuses).values(row | {"cause": cause, "by_id": by_id}))
