"""SQL of watermarks: how far something was read that lies outside, and when it was last looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inbox.store.database import Reading, Transaction
from inbox.store.tables import watermarks


def claim(unit: Transaction, name: str, every: timedelta) -> str | None:
    """Its value where the last look is at least `every` ago, which makes this the newest look; None where another
    process looks already. A name that nobody knew has the value ""."""
    build = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    fresh = build(watermarks).values(name=name, value="", at=unit.now).on_conflict_do_nothing()
    if list(unit.execute(fresh.returning(watermarks.c.name))):
        return ""
    due = update(watermarks).where(watermarks.c.name == name, watermarks.c.at <= unit.now - every)
    if unit.execute(due.values(at=unit.now)).rowcount != 1:
        return None
    row = one(unit, name)
    return str(row.value) if row is not None else ""


def put(unit: Transaction, name: str, value: str) -> None:
    """How far it is read now; also keeps others from looking meanwhile."""
    unit.execute(update(watermarks).where(watermarks.c.name == name).values(value=value, at=unit.now))


def one(reading: Reading, name: str) -> Row[Any] | None:
    """The value and when it was looked at."""
    return reading.one(select(watermarks).where(watermarks.c.name == name))
