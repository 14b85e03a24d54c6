"""Who saw and who changed what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, TypeVar

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from inbox import audit as audits
from inbox.audit import Asked, Page
from inbox.errors import Invalid
from inbox.house import House
from ui.api.conversations import Id
from ui.guards import Caller

SPAN = timedelta(days=30)
Day = TypeVar("Day", bound=date)


@get("/audit", sync_to_thread=True)
def audit(
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    patient: Id = None,
    actor: Id = None,
    first: Annotated[str | None, QueryParameter(name="from")] = None,
    last: Annotated[str | None, QueryParameter(name="to")] = None,
    after: FromQuery[str | None] = None,
) -> Page:
    """Acts about a patient, by a person, or all, oldest first; the last 30 days without `from` and `to` (RFC 3339 or a
    date). Whoever does not audit sees their own."""
    with house.database.snapshot() as reading:
        until = moment("to", last) or reading.now + timedelta(seconds=1)
        since = moment("from", first) or until - SPAN
        asked = Asked(since, until, patient, actor)
        return audits.page(reading, actor=caller.actor, asked=asked, after=after)


def moment(field: str, text: str | None) -> datetime | None:
    """A moment or the start of a day, in UTC unless it names its zone. Raises Invalid naming the field."""
    if not text:
        return None
    try:
        at = within(datetime.fromisoformat(text))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(fields={field: "a moment such as 2026-03-11T17:00:00Z, or a date"}) from None


def within(day: Day) -> Day:
    """The day or moment as it is. Raises ValueError where no clinic has been and sums of dates would overflow."""
    if not 1970 <= day.year < 9000:
        raise ValueError("outside of any calendar here")
    return day


HANDLERS = [audit]
