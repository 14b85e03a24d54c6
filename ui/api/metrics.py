"""The managers' figures, each by its one definition, and the conversations behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from inbox import metric_rows, metrics, worklist
from inbox.errors import Invalid, NotFound
from inbox.house import House
from inbox.metrics_shape import Day, Group, Report
from ui.api.audit import within
from ui.api.conversations import Listed
from ui.guards import Caller
from ui.inbox import note_listed
from ui.screen import AnyRequest

DAYS = 28
First = Annotated[str | None, QueryParameter(name="from", description="a date or a moment; the first day")]
Last = Annotated[str | None, QueryParameter(name="to", description="a date, which is the day after the last one")]


class Measured(msgspec.Struct, frozen=True):
    """One number. `unit` seconds, percent or count; `value` null without cases; `n` the cases behind it; `rows` is the
    address that lists them."""

    name: str
    label: str
    value: float | None
    unit: str
    n: int
    detail: str
    rows: str


class Measure(msgspec.Struct, frozen=True):
    """The figures of one name (a median, a slowest tenth, those still open) over conversations opened in
    [since, until), and the same period `by` group and day."""

    name: str
    since: datetime
    until: datetime
    counted_to: datetime
    by: str
    figures: list[Measured]
    groups: tuple[Group, ...]
    days: tuple[Day, ...]


@get("/metrics", sync_to_thread=True)
def measures(
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    first: First = None,
    last: Last = None,
    by: FromQuery[str] = "channel",
) -> Measure:
    """Every figure of the clinic's local days [from, to); without them the last four weeks."""
    return _measure("all", _report(house, caller, first, last, by))


@get("/metrics/{name:str}", sync_to_thread=True)
def measure(
    name: FromPath[str],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    first: First = None,
    last: Last = None,
    by: FromQuery[str] = "channel",
) -> Measure:
    """The figures of one name; 404 lists the names there are."""
    report = _report(house, caller, first, last, by)
    found = metrics.named(report, name)
    if not found:
        raise NotFound(f"There is no such figure; there are: {', '.join(one.name for one in report.figures)}.")
    return _measure(name, msgspec.structs.replace(report, figures=found))


@get("/metrics/{name:str}/rows", sync_to_thread=True)
def rows(
    request: AnyRequest,
    name: FromPath[str],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    first: First = None,
    last: Last = None,
    after: FromQuery[str | None] = None,
) -> Listed:
    """The conversations behind a figure, newest first."""
    with house.database.snapshot() as reading:
        since, until = _days(house, first, last, reading.now)
        found = metric_rows.rows(reading, actor=caller.actor, name=name, since=since, until=until, after=after)
    note_listed(request, house, caller, found, "")
    return Listed([worklist.plain(row) for row in found.items], found.next)


def _report(house: House, caller: Caller, first: str | None, last: str | None, by: str) -> Report:
    with house.database.snapshot() as reading:
        since, until = _days(house, first, last, reading.now)
        return metrics.report(reading, actor=caller.actor, since=since, until=until, by=by)


def _measure(name: str, report: Report) -> Measure:
    period: dict[str, Any] = {field: getattr(report, field) for field in ("since", "until", "counted_to", "by")}
    figures = [
        Measured(one.name, one.label, one.value, one.unit, one.n, one.detail, one.rows_link) for one in report.figures
    ]
    return Measure(name=name, figures=figures, groups=report.groups, days=report.days, **period)


def _days(house: House, first: str | None, last: str | None, now: datetime) -> tuple[date, date]:
    zone = ZoneInfo(house.configuration.practice().zone)
    until = _day("to", last, zone, ends=True) or now.astimezone(zone).date() + timedelta(days=1)
    since = _day("from", first, zone) or until - timedelta(days=DAYS)
    return since, until + timedelta(days=int(since == until))


def _day(field: str, text: str | None, zone: ZoneInfo, *, ends: bool = False) -> date | None:
    """A date as it is, a moment as its local day; the end of a period with a moment in it is the day after."""
    if not text:
        return None
    try:
        if len(text) == len("2026-03-11"):
            return within(date.fromisoformat(text))
        local = within(datetime.fromisoformat(text))
        local = local.astimezone(zone) if local.tzinfo else local.replace(tzinfo=UTC).astimezone(zone)
        return local.date() + timedelta(days=int(ends and local.time() > time()))
    except ValueError:
        raise Invalid(fields={field: "a date such as 2026-03-11, or a moment (RFC 3339)"}) from None


HANDLERS = [measures, measure, rows]
