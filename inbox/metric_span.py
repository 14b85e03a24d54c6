"""The span of a report: whose figures, over which local days, and the same length before it to compare with."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from inbox import practice
from inbox.actors import MATRIX, Actor, Permission, Role, may
from inbox.errors import Forbidden, Invalid
from inbox.metrics_shape import Narrow
from inbox.store.database import Reading
from inbox.store.metrics import Asked

LONGEST = timedelta(days=400)


def asked(
    reading: Reading, actor: Actor, days: tuple[date, date], clinic: practice.Practice, narrow: Narrow
) -> tuple[Asked, Asked]:
    """The span and the same length before it, cut at the same local time: never a part of a day against a whole."""
    since, until = days
    if not may(actor, Permission.METRICS):
        raise Forbidden("Your role does not show figures.")
    if not timedelta() < until - since <= LONGEST:
        raise Invalid(fields={"to": f"after `from`, at most {LONGEST.days} days later"})
    zone, length = ZoneInfo(clinic.zone), until - since
    cut = min(reading.now.astimezone(zone), _midnight(until, zone))
    narrowed = Asked(_midnight(since, zone), _midnight(until, zone), reading.now, **narrow.codes)
    earlier = datetime.combine(cut.date() - length, cut.time(), zone)
    return narrowed, msgspec.structs.replace(
        narrowed, since=_midnight(since - length, zone), until=_midnight(since, zone), now=earlier
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def sees_all(role: Role) -> bool:
    """Whether this role reads the figures of the whole house."""
    return MATRIX[Permission.METRICS][role] == "A"


def query(since: date, until: date, narrow: Narrow) -> str:
    """The span and what it is narrowed to, as an address says it."""
    return urlencode({"from": since.isoformat(), "to": until.isoformat(), **narrow.codes})
