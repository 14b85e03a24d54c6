"""SQL of send attempts and receipts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import attempts, receipts


def begin(unit: Transaction, message_id: int) -> int:
    """A new attempt, committed before the first byte leaves."""
    last = unit.scalar(select(func.max(attempts.c.n)).where(attempts.c.message_id == message_id))
    attempt_id = unit.new_id()
    unit.execute(
        insert(attempts).values(id=attempt_id, message_id=message_id, n=int(last or 0) + 1, started_at=unit.now)
    )
    return attempt_id


def settle(unit: Transaction, attempt_id: int, *, outcome: str, external_id: str | None = None, code: str = "") -> None:
    """What the provider said."""
    values = {"outcome": outcome, "external_id": external_id, "code": code, "settled_at": unit.now}
    unit.execute(update(attempts).where(attempts.c.id == attempt_id).values(values))


def get(reading: Reading, attempt_id: int) -> Row[Any] | None:
    """One attempt."""
    return reading.one(select(attempts).where(attempts.c.id == attempt_id))


def keep_receipt(unit: Transaction, message_id: int, *, status: str, code: str) -> None:
    """Every receipt is kept as it came, also one that moves nothing."""
    unit.execute(
        insert(receipts).values(id=unit.new_id(), message_id=message_id, status=status, code=code, at=unit.now)
    )
