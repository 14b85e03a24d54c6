"""SQL of files that a person has put aside for a reply, and of their way into a message and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import attachments, uploads


def add(unit: Transaction, values: dict[str, Any]) -> int:
    """A file put aside."""
    upload_id = unit.new_id()
    unit.execute(insert(uploads).values(id=upload_id, at=unit.now, **values))
    return upload_id


def waiting(reading: Reading, conversation_id: int, actor_id: int) -> Sequence[Row[Any]]:
    """What this person put aside here and neither sent nor removed."""
    mine = (uploads.c.conversation_id == conversation_id, uploads.c.actor_id == actor_id)
    wanted = select(uploads).where(*mine, uploads.c.message_id.is_(None), uploads.c.removed_at.is_(None))
    return reading.all(wanted.order_by(uploads.c.id))


def remove(unit: Transaction, upload_id: int, conversation_id: int, actor_id: int) -> bool:
    """False when it is another's, sent or gone."""
    mine = (uploads.c.id == upload_id, uploads.c.conversation_id == conversation_id, uploads.c.actor_id == actor_id)
    live = update(uploads).where(*mine, uploads.c.message_id.is_(None), uploads.c.removed_at.is_(None))
    return unit.execute(live.values(removed_at=unit.now)).rowcount == 1


def send(unit: Transaction, ids: Sequence[int], message_id: int) -> None:
    """They go with this message."""
    unit.execute(update(uploads).where(uploads.c.id.in_(ids)).values(message_id=message_id))


def give_back(unit: Transaction, message_id: int, actor_id: int) -> list[int]:
    """The files of a message that never left are put aside again, for whoever took it back; answers their ids."""
    mine = [row.id for row in unit.all(select(uploads.c.id).where(uploads.c.message_id == message_id))]
    if mine:
        unit.execute(update(uploads).where(uploads.c.id.in_(mine)).values(message_id=None, actor_id=actor_id))
        unit.execute(delete(attachments).where(attachments.c.message_id == message_id))
    return mine
