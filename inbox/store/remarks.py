"""SQL of the remarks on charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import actors, remarks


def between(reading: Reading, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """Those on a moment of [since, until) that stand, oldest first, with their authors."""
    wanted = select(remarks, actors.c.name.label("author")).join(actors, actors.c.id == remarks.c.actor_id)
    standing = (remarks.c.on_at >= since, remarks.c.on_at < until, remarks.c.removed_at.is_(None))
    return reading.all(wanted.where(*standing).order_by(remarks.c.on_at, remarks.c.id))


def add(unit: Transaction, **values: Any) -> None:
    """One more."""
    unit.execute(insert(remarks).values(**values))


def remove(unit: Transaction, remark_id: int) -> bool:
    """Takes it off the charts; False when it was not there."""
    standing = update(remarks).where(remarks.c.id == remark_id, remarks.c.removed_at.is_(None))
    return unit.execute(standing.values(removed_at=unit.now)).rowcount == 1
