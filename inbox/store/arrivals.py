"""SQL of arrivals: what reached a door, kept before anyone understood it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, func, or_, select, update

from inbox.store import rows
from inbox.store.columns import Identity
from inbox.store.database import Reading, Transaction
from inbox.store.tables import arrivals

_LIVE = arrivals.c.state.in_(("accepted", "received", "quarantined"))
_KEY = (arrivals.c.channel, arrivals.c.account, arrivals.c.external_id)
# built once: building a statement costs more than running it
_by_ids = select(arrivals).where(arrivals.c.id.in_(bindparam("ids", expanding=True)))
_settle = (
    update(arrivals)
    .where(arrivals.c.id == bindparam("which"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("why"),
        handled_at=bindparam("moment"),
        conversation_id=func.coalesce(bindparam("conversation", type_=Identity), arrivals.c.conversation_id),
        message_id=func.coalesce(bindparam("message", type_=Identity), arrivals.c.message_id),
    )
)


def add(unit: Transaction, fresh: Sequence[dict[str, Any]]) -> set[int]:
    """Inserts the arrivals whose key is new; answers the ids that went in."""
    return rows.add_new(unit.connection, arrivals, fresh)


def known(reading: Reading, keys: Sequence[tuple[str, str, str]]) -> list[Row[Any]]:
    """The live arrivals behind keys (channel, account, external id)."""
    matches = [and_(*(column == part for column, part in zip(_KEY, key, strict=True))) for key in keys]
    wanted = select(arrivals.c.id, *_KEY, arrivals.c.sha256, arrivals.c.state).where(_LIVE, or_(*matches))
    return list(reading.all(wanted))


def get(reading: Reading, arrival_id: int) -> Row[Any] | None:
    """One arrival with its body."""
    return get_many(reading, [arrival_id]).get(arrival_id)


def get_many(reading: Reading, arrival_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Arrivals with their bodies, by id."""
    return {row.id: row for row in reading.all(_by_ids, {"ids": list(arrival_ids)})}


def settle(
    unit: Transaction,
    arrival_id: int,
    *,
    state: str,
    reason: str = "",
    conversation_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """What became of an arrival."""
    settle_all(unit, [(arrival_id, state, reason, conversation_id, message_id)])


def settle_all(unit: Transaction, settled: Sequence[tuple[int, str, str, int | None, int | None]]) -> None:
    """The same for several: (id, state, reason, conversation, message) each."""
    names = ("which", "new_state", "why", "conversation", "message")
    unit.execute(_settle, [{"moment": unit.now, **dict(zip(names, one, strict=True))} for one in settled])


def unhandled(reading: Reading, before: datetime, limit: int = 100) -> list[int]:
    """Accepted arrivals that nobody has understood yet."""
    wanted = select(arrivals.c.id).where(arrivals.c.state == "accepted", arrivals.c.received_at < before)
    return [row.id for row in reading.all(wanted.order_by(arrivals.c.id).limit(limit))]


def page(reading: Reading, *, states: Sequence[str], after: int | None, limit: int) -> list[Row[Any]]:
    """Arrivals of these states, newest first, without bodies."""
    columns = [column for column in arrivals.c if column.name not in {"body", "headers", "url"}]
    wanted = select(*columns).order_by(arrivals.c.id.desc()).limit(limit)
    if states:
        wanted = wanted.where(arrivals.c.state.in_(states))
    if after is not None:
        wanted = wanted.where(arrivals.c.id < after)
    return list(reading.all(wanted))


def trim_refused(unit: Transaction, keep: int) -> None:
    """Keeps the refused ring bounded: the newest `keep` stay."""
    refused = select(arrivals.c.id).where(arrivals.c.state == "refused")
    edge = unit.scalar(refused.order_by(arrivals.c.id.desc()).offset(keep).limit(1))
    if edge is not None:
        unit.execute(delete(arrivals).where(arrivals.c.state == "refused", arrivals.c.id <= edge))


def count(reading: Reading, state: str) -> int:
    """How many arrivals are in a state."""
    return int(reading.scalar(select(func.count()).select_from(arrivals).where(arrivals.c.state == state)))
