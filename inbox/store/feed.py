"""SQL of the feed: what visibility depends on for the conversations of a few journal lines; the database's epoch."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy import bindparam, insert, select

from inbox.actors import Vis
from inbox.store.database import Database, Reading, Transaction
from inbox.store.tables import access, conversations, meta

_c = conversations.c
_visibilities = select(_c.id, _c.team, _c.owner_id, _c.clinical, _c.sensitive).where(
    _c.id.in_(bindparam("ids", expanding=True))
)
_insert_access = insert(access)


def visibilities(reading: Reading, ids: Collection[int]) -> dict[int, Vis]:
    """By conversation id, as of now."""
    found = reading.all(_visibilities, {"ids": list(ids)})
    return {row.id: Vis(row.team, row.owner_id, row.clinical, row.sensitive) for row in found}


def epoch(database: Database) -> str:
    """A random id of this database's history; a restore or import sets a new one."""
    with database.snapshot() as reading:
        known = reading.scalar(select(meta.c.value).where(meta.c.key == "epoch"))
    if known is None:
        known = secrets.token_hex(8)
        with database.transaction() as unit:
            unit.execute(insert(meta).values(key="epoch", value=known))
    return str(known)


def note_pushes(unit: Transaction, pushes: Collection[tuple[int, list[int]]]) -> None:
    """One access row for each conversation pushed, with everybody it was shown to: written before the showing."""
    rows = [
        {
            "id": unit.new_id(),
            "at": unit.now,
            "actor_id": None,
            "role": "",
            "object": "conversation",
            "object_id": conversation_id,
            "conversation_id": conversation_id,
            "how": "pushed",
            "ids": viewers,
        }
        for conversation_id, viewers in pushes
    ]
    unit.execute(_insert_access, rows)
