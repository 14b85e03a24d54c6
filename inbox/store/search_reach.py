"""SQL of the conversations of those who may see few: whoever looks through these finds theirs, however common the word
and however old what they may see.
"""

from __future__ import annotations

from sqlalchemy import literal_column, select, union_all

from inbox.actors import MATRIX, Actor, Permission
from inbox.store.database import Reading
from inbox.store.tables import conversations as c

#: More are too many to look through one by one, and enough to be met among the newest.
FEW = 400


def few(reading: Reading, actor: Actor) -> list[int] | None:
    """Ids of all conversations that one may know about, newest first; None when these are more than FEW."""
    if MATRIX[Permission.SEE_OPERATIONAL][actor.role] != "T":
        return None
    own = [c.c.owner_id == actor.id, *(c.c.team == team for team in sorted(actor.teams))]
    # spelled as the partial indexes are
    states = [c.c.state != literal_column("'closed'"), c.c.state == literal_column("'closed'")]
    parts = [select(c.c.id).where(way, state).limit(FEW + 1).subquery() for way in own for state in states]
    found = {row.id for row in reading.all(union_all(*(select(part.c.id) for part in parts)))}
    return sorted(found, reverse=True) if len(found) <= FEW else None
