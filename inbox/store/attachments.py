"""SQL of files that came or go with a message."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import attachments


def add(unit: Transaction, rows: list[dict[str, Any]]) -> None:
    """New files; `state` says whether the bytes are here."""
    unit.execute(insert(attachments), rows)


def get(reading: Reading, attachment_id: int) -> Row[Any] | None:
    """One file."""
    return reading.one(select(attachments).where(attachments.c.id == attachment_id))


def of_message(reading: Reading, message_id: int) -> list[Row[Any]]:
    """The files of a message."""
    wanted = select(attachments).where(attachments.c.message_id == message_id).order_by(attachments.c.id)
    return list(reading.all(wanted))


def keep(unit: Transaction, attachment_id: int, values: dict[str, Any]) -> None:
    """The bytes arrived, or were refused."""
    unit.execute(update(attachments).where(attachments.c.id == attachment_id).values(values))
