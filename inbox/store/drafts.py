"""SQL of drafts: at most one row per person, conversation and mode."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import drafts


def of(reading: Reading, conversation_id: int, actor_id: int) -> Sequence[Row[Any]]:
    """What this person has begun in a conversation."""
    mine = and_(drafts.c.conversation_id == conversation_id, drafts.c.actor_id == actor_id)
    return reading.all(select(drafts).where(mine).order_by(drafts.c.mode))


def of_actor(reading: Reading, actor_id: int) -> set[int]:
    """The conversations in which this person has begun a reply; a list asks sight before it says so."""
    mine = and_(drafts.c.actor_id == actor_id, drafts.c.mode == "reply")
    return {row.conversation_id for row in reading.all(select(drafts.c.conversation_id).where(mine))}


def held(unit: Transaction, conversation_id: int, actor_id: int, mode: str) -> Row[Any] | None:
    """The draft, held until the transaction ends."""
    return unit.one(select(drafts).where(_which(conversation_id, actor_id, mode)).with_for_update())


def put(
    unit: Transaction,
    before: Row[Any] | None,
    *,
    conversation_id: int,
    actor_id: int,
    mode: str,
    values: dict[str, Any],
) -> None:
    """Changes the held draft, or begins one; two screens that begin at once meet at the unique key."""
    values = values | {"updated_at": unit.now}
    if before is not None:
        unit.execute(update(drafts).where(drafts.c.id == before.id).values(values))
        return
    place = {"id": unit.new_id(), "conversation_id": conversation_id, "actor_id": actor_id, "mode": mode}
    unit.execute(insert(drafts).values(place | values))


def end(unit: Transaction, conversation_id: int, actor_id: int, mode: str) -> None:
    """Nothing is kept any more."""
    unit.execute(delete(drafts).where(_which(conversation_id, actor_id, mode)))


def end_older(unit: Transaction, before: datetime) -> int:
    """Nothing is kept of what was not touched since; answers how many there were."""
    return unit.execute(delete(drafts).where(drafts.c.updated_at < before)).rowcount


def _which(conversation_id: int, actor_id: int, mode: str) -> ColumnElement[bool]:
    return and_(drafts.c.conversation_id == conversation_id, drafts.c.actor_id == actor_id, drafts.c.mode == mode)
