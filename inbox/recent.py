"""Where a person was lately: the conversations they opened, newest first, by reason and team and never by patient."""

from __future__ import annotations

import msgspec

from inbox import worklist
from inbox.actors import Actor
from inbox.store import recent as store
from inbox.store.database import Reading

MOST = 8


class Place(msgspec.Struct, frozen=True):
    """A conversation as a menu may name it to everybody who may know of it."""

    id: int
    reason_label: str
    queue: str
    state: str


def places(reading: Reading, *, actor: Actor) -> list[Place]:
    """The last eight that `actor` opened and may still know of."""
    ids = store.opened(reading, actor.id)
    found = worklist.gather(reading, ids) if ids else {}
    rows = (worklist.show(actor, found[one]) for one in ids if one in found)
    return [Place(row.id, row.reason_label, row.queue, row.state) for row in rows if row and row.sight.operational][
        :MOST
    ]
