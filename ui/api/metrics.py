"""The managers' figures, each by its one definition, with a link to the rows behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from inbox import metrics
from inbox.errors import NotFound
from inbox.house import House
from inbox.metrics import Day, Figure, Group, Report
from ui.guards import Caller
from ui.reports import span


class Measured(msgspec.Struct, frozen=True):
    """One figure of conversations opened in [since, until), and the same period by group and day. `unit` seconds,
    percent or count; `value` null without cases; `n` the cases behind it; `rows` opens them."""

    name: str
    label: str
    value: float | None
    unit: str
    n: int
    detail: str
    rows: str
    since: datetime
    until: datetime
    counted_to: datetime
    by: str
    groups: tuple[Group, ...]
    days: tuple[Day, ...]


class Figures(msgspec.Struct, frozen=True):
    """All figures of a period."""

    items: list[Measured]
    next: str | None = None


@get("/metrics", sync_to_thread=True)
def figures(
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    first: Annotated[str | None, QueryParameter(name="from")] = None,
    last: Annotated[str | None, QueryParameter(name="to")] = None,
    by: FromQuery[str] = "reason",
) -> Figures:
    """Every figure of the local days `from` to `to`, both included; four weeks up to now without them."""
    report = _report(house, caller, first, last, by)
    return Figures([_measured(figure, report) for figure in report.figures])


@get("/metrics/{name:str}", sync_to_thread=True)
def figure(
    name: FromPath[str],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    first: Annotated[str | None, QueryParameter(name="from")] = None,
    last: Annotated[str | None, QueryParameter(name="to")] = None,
    by: FromQuery[str] = "reason",
) -> Measured:
    """One figure by its name; 404 lists the names there are."""
    report = _report(house, caller, first, last, by)
    found = next((one for one in report.figures if one.name == name), None)
    if found is None:
        raise NotFound(f"There is no such figure; there are: {', '.join(one.name for one in report.figures)}.")
    return _measured(found, report)


def _report(house: House, caller: Caller, first: str | None, last: str | None, by: str) -> Report:
    zone = ZoneInfo(house.configuration.practice().zone)
    with house.database.snapshot() as reading:
        since, until = span(first, last, zone=zone, now=reading.now)
        return metrics.report(reading, actor=caller.actor, since=since, until=until, by=by, zone=zone.key)


def _measured(figure: Figure, report: Report) -> Measured:
    period = {name: getattr(report, name) for name in ("since", "until", "counted_to", "by", "groups", "days")}
    own = {name: getattr(figure, name) for name in ("name", "label", "value", "unit", "n", "detail")}
    return Measured(**own, **period, rows=figure.rows_link)


HANDLERS = [figures, figure]
