"""SQL of screens on walls. Hashes of codes and tokens only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import actors, walls

_LIVE = walls.c.ended_at.is_(None)


def everyone(reading: Reading) -> Sequence[Row[Any]]:
    """All there ever were with who made them, the newest first."""
    wanted = select(walls, actors.c.name.label("maker")).join(actors, actors.c.id == walls.c.made_by)
    return reading.all(wanted.order_by(walls.c.ended_at.is_not(None), walls.c.id.desc()))


def add(unit: Transaction, **values: Any) -> int:
    """One more."""
    wall_id = unit.new_id()
    unit.execute(insert(walls).values(id=wall_id, made_at=unit.now, **values))
    return wall_id


def open_by(unit: Transaction, code_hash: str, token_hash: str) -> int | None:
    """Takes a code that still holds for a token; answers whose it is. A second try finds nothing."""
    mine = (_LIVE, walls.c.code_hash == code_hash, walls.c.code_until > unit.now)
    row = unit.one(select(walls.c.id).where(*mine).with_for_update())
    if row is None:
        return None
    values = {"code_hash": None, "token_hash": token_hash, "opened_at": unit.now, "seen_at": unit.now}
    unit.execute(update(walls).where(walls.c.id == row.id).values(values))
    return int(row.id)


def live(reading: Reading, token_hash: str) -> Row[Any] | None:
    """The screen with this token, as long as nobody ended it."""
    return reading.one(select(walls).where(_LIVE, walls.c.token_hash == token_hash))


def seen(unit: Transaction, wall_id: int) -> None:
    """It asked just now."""
    unit.execute(update(walls).where(walls.c.id == wall_id).values(seen_at=unit.now))


def end(unit: Transaction, wall_id: int, at: datetime) -> bool:
    """False when it had ended, or there is none."""
    mine = update(walls).where(walls.c.id == wall_id, _LIVE)
    return unit.execute(mine.values(ended_at=at, code_hash=None, token_hash=None)).rowcount == 1
