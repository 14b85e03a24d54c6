"""SQL of what a person opened lately, from the record of their views."""

from __future__ import annotations

from sqlalchemy import desc, select

from inbox.store.database import Reading
from inbox.store.tables import access

#: Views to look back over: among so many the last different ones are found.
VIEWS = 60


def opened(reading: Reading, actor_id: int) -> list[int]:
    """Ids of the conversations opened in the last views, newest first, each once."""
    mine = select(access.c.object_id).where(
        access.c.actor_id == actor_id, access.c.object == "conversation", access.c.how == "opened"
    )
    newest = reading.all(mine.order_by(desc(access.c.at), desc(access.c.id)).limit(VIEWS))
    return list(dict.fromkeys(row.object_id for row in newest))
