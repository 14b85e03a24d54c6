"""SQL of the raw inbound journal for people: pages without bodies, and one row held to be read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select, update

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading, Transaction
from inbox.store.tables import arrivals
from inbox.store.tables import conversations as c

_UNSHOWN = {"body", "blob", "headers", "url"}
_shown = [column for column in arrivals.c if column.name not in _UNSHOWN]
_visibility = [c.c[name] for name in ("team", "owner_id", "clinical", "sensitive")]


def page(
    reading: Reading, viewer: Actor | None, *, state: str | None, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """Newest first below `before`, with what their conversation's visibility depends on. For a viewer only those of
    visible conversations and those that became none."""
    wanted = select(*_shown, *_visibility).outerjoin(c, c.c.id == arrivals.c.conversation_id)
    wanted = wanted.order_by(arrivals.c.id.desc()).limit(limit)
    if viewer is not None:
        wanted = wanted.where(or_(c.c.id.is_(None), sight.visible(viewer)))
    if state is not None:
        wanted = wanted.where(arrivals.c.state == state)
    if before is not None:
        wanted = wanted.where(arrivals.c.id < before)
    return reading.all(wanted)


def lock(unit: Transaction, arrival_id: int) -> Row[Any] | None:
    """One arrival, held until the transaction ends, with its conversation's team and owner."""
    joined = select(*_shown, c.c.team, c.c.owner_id).outerjoin(c, c.c.id == arrivals.c.conversation_id)
    return unit.one(joined.where(arrivals.c.id == arrival_id).with_for_update(of=arrivals))


def accept_again(unit: Transaction, arrival_id: int) -> None:
    """It waits to be understood, as on its first day."""
    unit.execute(update(arrivals).where(arrivals.c.id == arrival_id).values(state="accepted", reason=""))


def settle_by_hand(unit: Transaction, arrival_id: int, conversation_id: int) -> None:
    """A person understood it."""
    said = {"state": "received", "reason": "added by hand", "conversation_id": conversation_id}
    unit.execute(update(arrivals).where(arrivals.c.id == arrival_id).values({**said, "handled_at": unit.now}))
