"""SQL of what people set for themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import actors


def of(reading: Reading, actor_id: int) -> dict[str, Any]:
    """What this person set; empty when nothing."""
    return dict(reading.scalar(select(actors.c.settings).where(actors.c.id == actor_id)) or {})


def held(unit: Transaction, actor_id: int) -> dict[str, Any]:
    """The same, held until the transaction ends: what another screen sets meanwhile would be lost."""
    mine = select(actors.c.settings).where(actors.c.id == actor_id)
    return dict(unit.scalar(mine.with_for_update()) or {})


def set_all(unit: Transaction, actor_id: int, settings: dict[str, Any]) -> None:
    """Replaces it whole."""
    unit.execute(update(actors).where(actors.c.id == actor_id).values(settings=settings))
