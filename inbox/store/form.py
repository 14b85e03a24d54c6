"""SQL of form definitions: the kind of a version is `form:SLUG`; what was published stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select

from inbox.store.database import Reading
from inbox.store.tables import configurations

PREFIX = "form:"


def as_of(reading: Reading, slug: str, at: datetime) -> Row[Any] | None:
    """The version that counted at a moment."""
    wanted = select(configurations).where(configurations.c.kind == PREFIX + slug, configurations.c.at <= at)
    return reading.one(wanted.order_by(configurations.c.version.desc()).limit(1))


def newest_of_each(reading: Reading) -> list[Row[Any]]:
    """The version that counts of every form, by slug."""
    last = (
        select(configurations.c.kind, func.max(configurations.c.version).label("version"))
        .where(configurations.c.kind.startswith(PREFIX))
        .group_by(configurations.c.kind)
        .subquery()
    )
    both = and_(last.c.kind == configurations.c.kind, last.c.version == configurations.c.version)
    return list(reading.all(select(configurations).join(last, both).order_by(configurations.c.kind)))
