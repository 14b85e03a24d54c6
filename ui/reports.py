"""The managers' metrics page: four weeks up to now, or the days asked for."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency

from inbox import metrics
from inbox.errors import Invalid
from inbox.house import House
from inbox.store import journal
from ui.api.audit import within
from ui.guards import Caller
from ui.screen import AnyRequest, show

DAYS = 28
LONGEST = 400


@get("/reports", sync_to_thread=True)
def reports(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Response[str]:
    """Figures of the conversations opened on local days `from` to `to`, both included."""
    clinic = house.configuration.practice()
    asked = request.query_params
    with house.database.snapshot() as reading:
        now, seq = reading.now, journal.head(reading.connection)
        since, until = span(asked.get("from"), asked.get("to"), today=now.astimezone(ZoneInfo(clinic.zone)).date())
        found = metrics.report(reading, actor=caller.actor, since=since, until=until, by="reason", clinic=clinic)
    return show(request, house, caller, "reports.html", now=now, seq=seq, current="reports", report=found, by="reason")


def span(first: str | None, last: str | None, *, today: date) -> tuple[date, date]:
    """The days [first, last + 1), ISO dates, the last four weeks by default; Invalid names the wrong one."""
    to = _day("to", last) or today
    since = _day("from", first) or to - timedelta(days=DAYS - 1)
    if not 0 <= (to - since).days < LONGEST:
        raise Invalid(fields={"from": f"at most {LONGEST} days, and not after the last day"})
    return since, to + timedelta(days=1)


def _day(field: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        return within(date.fromisoformat(text))
    except ValueError:
        raise Invalid(fields={field: "a date as year-month-day"}) from None


HANDLERS = [reports]
