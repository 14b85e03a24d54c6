"""SQL of glasses: who may look beyond their role, at whom, why and until when, and what was made of it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import actors, conversations, glasses


def live(reading: Reading, actor_id: int) -> Sequence[Row[Any]]:
    """A person's glasses that hold now: `id`, `subject_id` and `until`."""
    mine = (glasses.c.actor_id == actor_id, glasses.c.until > reading.now, glasses.c.ended_at.is_(None))
    return reading.all(select(glasses.c.id, glasses.c.subject_id, glasses.c.until).where(*mine))


def add(unit: Transaction, **values: Any) -> int:
    """A glass from this moment on."""
    glass_id = unit.new_id()
    unit.execute(insert(glasses).values(id=glass_id, at=unit.now, **values))
    return glass_id


def end(unit: Transaction, actor_id: int, subject_ids: Sequence[int]) -> list[int]:
    """A person's glasses on these subjects are over; answers their ids."""
    mine = update(glasses).where(glasses.c.actor_id == actor_id, glasses.c.subject_id.in_(subject_ids))
    holding = mine.where(glasses.c.until > unit.now, glasses.c.ended_at.is_(None))
    return [row.id for row in unit.execute(holding.values(ended_at=unit.now).returning(glasses.c.id))]


def unjudged(reading: Reading, limit: int) -> Sequence[Row[Any]]:
    """Glasses without a verdict, oldest first, with whose they are and the team of the conversation."""
    wanted = select(glasses, actors.c.name.label("actor_name"), conversations.c.team).join(
        actors, actors.c.id == glasses.c.actor_id
    )
    joined = wanted.join(conversations, conversations.c.id == glasses.c.conversation_id)
    return reading.all(joined.where(glasses.c.judged_at.is_(None)).order_by(glasses.c.id).limit(limit))


def held(unit: Transaction, glass_id: int) -> Row[Any] | None:
    """A glass with the team of its conversation, held until the transaction ends."""
    wanted = select(glasses, conversations.c.team).join(conversations, conversations.c.id == glasses.c.conversation_id)
    return unit.one(wanted.where(glasses.c.id == glass_id).with_for_update(of=glasses))


def judge(unit: Transaction, glass_id: int, *, actor_id: int, verdict: str) -> None:
    """What somebody makes of it."""
    values = {"judged_by": actor_id, "judged_at": unit.now, "verdict": verdict}
    unit.execute(update(glasses).where(glasses.c.id == glass_id).values(**values))
