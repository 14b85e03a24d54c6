"""SQL of what callers answered before they were told anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from inbox.store.database import Reading, Transaction
from inbox.store.tables import verifications


def add(unit: Transaction, **values: Any) -> int:
    """One check of somebody on a line."""
    row = {"id": unit.new_id(), "at": unit.now, **values}
    unit.execute(insert(verifications).values(row))
    return int(row["id"])


def newest(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """The latest check in this conversation."""
    mine = select(verifications).where(verifications.c.conversation_id == conversation_id)
    return reading.one(mine.order_by(verifications.c.at.desc(), verifications.c.id.desc()).limit(1))
