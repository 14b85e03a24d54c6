"""SQL of the views that people keep under a name: their own, and their team's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import saved_views


def of(reading: Reading, actor_id: int, teams: Sequence[str]) -> Sequence[Row[Any]]:
    """A person's own and those of these teams, oldest first, without the removed ones."""
    reach = or_(saved_views.c.owner_id == actor_id, saved_views.c.team.in_(teams))
    wanted = select(saved_views).where(reach, saved_views.c.removed_at.is_(None))
    return reading.all(wanted.order_by(saved_views.c.at, saved_views.c.id))


def held(unit: Transaction, view_id: int) -> Row[Any] | None:
    """One of them, also a removed one, held until the transaction ends."""
    return unit.one(select(saved_views).where(saved_views.c.id == view_id).with_for_update())


def add(unit: Transaction, *, owner_id: int | None, team: str | None, name: str, query: dict[str, Any]) -> int:
    """A new one."""
    view_id = unit.new_id()
    values = {"id": view_id, "owner_id": owner_id, "team": team, "name": name, "query": query}
    unit.execute(insert(saved_views).values(**values, at=unit.now))
    return view_id


def change(unit: Transaction, row: Row[Any], **values: Any) -> None:
    """Changes one and raises its version."""
    mine = saved_views.c.id == row.id
    unit.execute(update(saved_views).where(mine).values(version=row.version + 1, **values))
