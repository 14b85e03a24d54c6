"""SQL of the clinic's configuration: versions of each kind are added, none is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, func, insert, select

from inbox.store.database import Reading, Transaction
from inbox.store.tables import actors, configurations

_name = func.coalesce(actors.c.name, "").label("actor_name")
_versions = select(configurations, _name).outerjoin(actors, actors.c.id == configurations.c.actor_id)


def newest(reading: Reading, kind: str) -> Row[Any] | None:
    """The version that counts, with the name of its author; None where nobody published any."""
    wanted = _versions.where(configurations.c.kind == kind)
    return reading.one(wanted.order_by(configurations.c.version.desc()).limit(1))


def bodies(reading: Reading, kinds: Sequence[str]) -> dict[str, Any]:
    """The newest body of each of these kinds that has one."""
    last = (
        select(configurations.c.kind, func.max(configurations.c.version).label("version"))
        .where(configurations.c.kind.in_(kinds))
        .group_by(configurations.c.kind)
        .subquery()
    )
    both = and_(last.c.kind == configurations.c.kind, last.c.version == configurations.c.version)
    rows = reading.all(select(configurations.c.kind, configurations.c.body).join(last, both))
    return {row.kind: row.body for row in rows}


def version(reading: Reading, kind: str, number: int) -> Row[Any] | None:
    """One version."""
    return reading.one(_versions.where(configurations.c.kind == kind, configurations.c.version == number))


def by_id(reading: Reading, configuration_id: int) -> Row[Any] | None:
    """One version by its id."""
    return reading.one(_versions.where(configurations.c.id == configuration_id))


def versions(reading: Reading, kind: str, limit: int = 30) -> list[Row[Any]]:
    """The newest versions first."""
    wanted = _versions.where(configurations.c.kind == kind)
    return list(reading.all(wanted.order_by(configurations.c.version.desc()).limit(limit)))


def add(unit: Transaction, *, kind: str, version: int, body: Any, actor_id: int | None, why: str) -> int:
    """One more version; two people who publish at once meet its unique place."""
    configuration_id = unit.new_id()
    values = {"id": configuration_id, "kind": kind, "version": version, "body": body, "why": why}
    unit.execute(insert(configurations).values(**values, at=unit.now, actor_id=actor_id))
    return configuration_id
