"""SQL of the seals over the access log: what is not sealed yet, the seals in their order, the rows under one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from inbox.store.database import Reading, Transaction
from inbox.store.tables import access, access_leaves, access_seals

_sealed = select(access_leaves.c.access_id).where(access_leaves.c.access_id == access.c.id)


def newest(reading: Reading) -> Row[Any] | None:
    """The last seal."""
    return reading.one(select(access_seals).order_by(access_seals.c.n.desc()).limit(1))


def unsealed(reading: Reading, since: datetime | None, limit: int) -> Sequence[Row[Any]]:
    """Rows under no seal, by id, the oldest `limit` of those from `since` on."""
    wanted = select(access).where(~_sealed.exists())
    if since is not None:
        wanted = wanted.where(access.c.at >= since)
    found = reading.all(wanted.order_by(access.c.at, access.c.id).limit(limit))
    return sorted(found, key=lambda row: int(row.id))


def count_unsealed(reading: Reading, before: datetime | None = None) -> int:
    """How many rows are under no seal, all or those older than a moment."""
    wanted = select(func.count()).select_from(access).where(~_sealed.exists())
    return int(reading.scalar(wanted if before is None else wanted.where(access.c.at < before)))


def add(unit: Transaction, seal: dict[str, Any], leaves: Sequence[tuple[int, str]]) -> None:
    """A seal and the hashes of the rows under it."""
    unit.execute(insert(access_seals).values(**seal))
    rows = [{"access_id": row_id, "n": seal["n"], "leaf": leaf} for row_id, leaf in leaves]
    unit.execute(insert(access_leaves), rows)


def of_range(reading: Reading, after: int, limit: int) -> Sequence[Row[Any]]:
    """The next seals."""
    return reading.all(select(access_seals).where(access_seals.c.n > after).order_by(access_seals.c.n).limit(limit))


def before(reading: Reading, moment: datetime) -> int:
    """The number of the last seal made before a moment, 0 for none."""
    return int(reading.scalar(select(func.max(access_seals.c.n)).where(access_seals.c.at < moment)) or 0)


def one(reading: Reading, n: int) -> Row[Any] | None:
    """A seal."""
    return reading.one(select(access_seals).where(access_seals.c.n == n))


def newest_leaf(reading: Reading) -> int:
    """The number of the last seal that a row stands under, 0 for none."""
    return int(reading.scalar(select(func.max(access_leaves.c.n))) or 0)


def under(reading: Reading, n: int) -> Sequence[Row[Any]]:
    """The hashes under a seal by row, each with the row as it stands now; `id` is None where it is gone."""
    joined = access_leaves.outerjoin(access, access.c.id == access_leaves.c.access_id)
    wanted = select(access_leaves.c.access_id, access_leaves.c.leaf, access).select_from(joined)
    return reading.all(wanted.where(access_leaves.c.n == n).order_by(access_leaves.c.access_id))
