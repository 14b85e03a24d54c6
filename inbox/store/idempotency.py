"""SQL of the keys under which an act may be repeated."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from inbox.store.database import Reading, Transaction
from inbox.store.tables import idempotency


def find(reading: Reading, actor_id: int, key: str, *, since: datetime) -> Row[Any] | None:
    """What this person did under the key since then."""
    mine = select(idempotency).where(idempotency.c.actor_id == actor_id, idempotency.c.key == key)
    return reading.one(mine.where(idempotency.c.at >= since))


def keep(unit: Transaction, actor_id: int, key: str, *, digest: str, result: int, since: datetime) -> None:
    """Remembers an act. A row from before `since` makes room; a rival's of just now must not, so that it is met."""
    mine = delete(idempotency).where(idempotency.c.actor_id == actor_id, idempotency.c.key == key)
    unit.execute(mine.where(idempotency.c.at < since))
    unit.execute(
        insert(idempotency).values(actor_id=actor_id, key=key, digest=digest, status=200, body=str(result), at=unit.now)
    )
