"""SQL of files that a person has put aside for a reply, and of their way into a message and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, literal, or_, select, update

from inbox.store.columns import Moment
from inbox.store.database import Reading, Transaction
from inbox.store.tables import actors, attachments, drafts, uploads


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


def aside(unit: Transaction, actor_id: int) -> tuple[int, int]:
    """How many files this person has put aside anywhere and not sent, and their bytes. The person is held: two that
    come at once are counted one after the other."""
    unit.execute(select(actors.c.id).where(actors.c.id == actor_id).with_for_update())
    counted = select(func.count().label("files"), func.coalesce(func.sum(uploads.c.size), 0).label("octets"))
    live = (uploads.c.actor_id == actor_id, uploads.c.message_id.is_(None), uploads.c.removed_at.is_(None))
    row = unit.execute(counted.where(*live)).one()
    return int(row.files), int(row.octets)


def purge(unit: Transaction, before: datetime, limit: int) -> list[str]:
    """Files that were removed, or put aside before that moment and neither sent nor held by a draft: the rows stay
    without name and bytes; answers the keys of the bytes."""
    kept = select(drafts.c.id).where(
        drafts.c.conversation_id == uploads.c.conversation_id, drafts.c.actor_id == uploads.c.actor_id
    )
    over = or_(uploads.c.removed_at.is_not(None), and_(uploads.c.at < before, ~kept.exists()))
    wanted = select(uploads.c.id, uploads.c.blob).where(uploads.c.message_id.is_(None), uploads.c.blob != "", over)
    gone = unit.all(wanted.order_by(uploads.c.id).limit(limit).with_for_update())
    if gone:
        mine = update(uploads).where(uploads.c.id.in_([row.id for row in gone]))
        unit.execute(
            mine.values(
                blob="", filename="", removed_at=func.coalesce(uploads.c.removed_at, literal(unit.now, Moment()))
            )
        )
    return [row.blob for row in gone]


def give_back(unit: Transaction, message_id: int, actor_id: int) -> list[int]:
    """The files of a message that never left are put aside again, for whoever took it back; answers their ids."""
    mine = [row.id for row in unit.all(select(uploads.c.id).where(uploads.c.message_id == message_id))]
    if mine:
        unit.execute(update(uploads).where(uploads.c.id.in_(mine)).values(message_id=None, actor_id=actor_id))
        unit.execute(delete(attachments).where(attachments.c.message_id == message_id))
    return mine
