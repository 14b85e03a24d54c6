"""SQL of files that a person has put aside for a reply, and of their way into a message and back."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from inbox.store.database import Transaction
from inbox.store.tables import attachments, uploads


def give_back(unit: Transaction, message_id: int) -> list[int]:
    """The files of a message that never left are put aside again; answers their ids."""
    mine = [row.id for row in unit.all(select(uploads.c.id).where(uploads.c.message_id == message_id))]
    if mine:
        unit.execute(update(uploads).where(uploads.c.id.in_(mine)).values(message_id=None))
        unit.execute(delete(attachments).where(attachments.c.message_id == message_id))
    return mine
