"""The managers' metrics page, the rows behind its figures, its tables to take away, and remarks on its charts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import metric_rows, metrics, remark
from inbox.actors import Permission, may
from inbox.errors import Invalid, NotFound
from inbox.house import House
from inbox.metrics_shape import Narrow, Report
from inbox.store import journal
from inbox.store.database import Transaction
from inbox.worklist import reason_label
from routing.reasons import REASONS
from ui import changes, tables, words
from ui.api.acting import PROVIDE, Act
from ui.api.audit import within
from ui.api.gate import UNREADABLE
from ui.guards import Caller
from ui.inbox import note_listed
from ui.screen import AnyRequest, note_access, show

DAYS = 28
LONGEST = 400
#: Days up to today that one click asks for.
PRESETS = ((1, "Today"), (7, "7 days"), (28, "4 weeks"), (91, "13 weeks"), (365, "A year"))


class Asked(msgspec.Struct, frozen=True):
    """What an address of a report asks for: local days [since, until), which conversations, in which hours."""

    since: date
    until: date
    narrow: Narrow

    def query(self, **other: str) -> str:
        """The same question as an address carries it, changed by `other`; "" leaves a part out."""
        last = self.until - timedelta(days=1)
        hours = {"hours": "open"} if self.narrow.business else {}
        parts = {"from": self.since.isoformat(), "to": last.isoformat(), **self.narrow.codes, **hours, **other}
        return urlencode({name: value for name, value in parts.items() if value})


@get("/reports", sync_to_thread=True)
def reports(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Response[str]:
    """Figures of the conversations opened on local days `from` to `to`, both included."""
    asked, found, seq = _read(request, house, caller)
    today = found.counted_to.astimezone(ZoneInfo(house.configuration.practice().zone)).date()
    return show(
        request,
        house,
        caller,
        "reports.html",
        now=found.counted_to,
        seq=seq,
        current="reports",
        report=found,
        figures={figure.name: figure for figure in found.figures},
        asked=asked,
        presets=_presets(asked, today),
        choices=choices(house),
        say=changes.say,
        may_remark=may(caller.actor, Permission.REMARK),
        may_rows=may(caller.actor, Permission.METRIC_ROWS),
    )


@get("/reports/rows/{name:str}", sync_to_thread=True)
def rows(
    request: AnyRequest, name: FromPath[str], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[str]:
    """The conversations behind a figure, each with what it brings to it."""
    after = request.query_params.get("after")
    with house.database.snapshot() as reading:
        asked = read(request, house, reading.now)
        found = metric_rows.behind(
            reading,
            actor=caller.actor,
            name=name,
            since=asked.since,
            until=asked.until,
            narrow=asked.narrow,
            after=after,
        )
        now = reading.now
    note_listed(request, house, caller, found.page, "")
    place: dict[str, Any] = {"current": "reports", "found": found, "asked": asked, "figure_name": name}
    return show(request, house, caller, "report_rows.html", now=now, seq=found.page.head, **place)


@get("/reports/{name:str}", sync_to_thread=True)
def taken(
    request: AnyRequest, name: FromPath[str], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[str]:
    """A table of the report as CSV; taking it away is logged."""
    of = name.removesuffix(".csv")
    if of == name or of not in tables.TABLES:
        raise NotFound(f"There is no such table; there are: {tables.names()}.")
    asked, found, _ = _read(request, house, caller)
    body = tables.text(tables.TABLES[of](found))
    nobody = {"object_id": None, "patient_id": None, "conversation_id": None}
    note_access(request, house, caller, object=f"report:{of}", how="exported", **nobody)
    saved = f"{of}-{asked.since.isoformat()}-{(asked.until - timedelta(days=1)).isoformat()}.csv"
    headers = {"content-disposition": f'attachment; filename="{saved}"'}
    return Response(body, media_type="text/csv", headers=headers)


class Remarked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A remark on a local day; no names of patients."""

    on: date
    words: str


@post("/reports/remarks", sync_to_thread=True, status_code=204)
def remark_on(data: JSONBody[Remarked], acting: NamedDependency[Act]) -> None:
    """Writes a remark on the charts."""
    zone = ZoneInfo(acting.house.configuration.practice().zone)
    on_at = datetime.combine(_sane("on", data.on), time(12), zone)

    def work(unit: Transaction) -> int:
        return remark.add(unit, actor=acting.caller.actor, on_at=on_at, words=data.words)

    acting.once(data, work)


@delete("/reports/remarks/{remark_id:int}", sync_to_thread=True)
def unremark(remark_id: FromPath[int], acting: NamedDependency[Act]) -> None:
    """Takes a remark off the charts."""

    def work(unit: Transaction) -> None:
        remark.remove(unit, actor=acting.caller.actor, remark_id=remark_id)

    acting.once(None, work)


def read(request: AnyRequest, house: House, now: datetime) -> Asked:
    """The question in the address. Raises Invalid naming the wrong part."""
    given = request.query_params
    today = now.astimezone(ZoneInfo(house.configuration.practice().zone)).date()
    since, until = span(given.get("from"), given.get("to"), today=today)
    codes = {name: given.get(name, "")[:80] for name in ("channel", "reason", "location", "queue")}
    hours = given.get("hours", "")
    if hours not in ("", "clock", "open"):
        raise Invalid(fields={"hours": "open or clock"})
    return Asked(since, until, Narrow(**codes, business=hours == "open"))


def span(first: str | None, last: str | None, *, today: date) -> tuple[date, date]:
    """The days [first, last + 1), ISO dates, the last four weeks by default; Invalid names the wrong one."""
    to = _day("to", last) or today
    since = _day("from", first) or to - timedelta(days=DAYS - 1)
    if not 0 <= (to - since).days < LONGEST:
        raise Invalid(fields={"from": f"at most {LONGEST} days, and not after the last day"})
    return since, to + timedelta(days=1)


def choices(house: House) -> dict[str, dict[str, str]]:
    """What each filter offers besides all, code by name."""
    places = {line.location for line in house.configuration.practice().lines if line.location}
    return {
        "channel": {code: words.channel(code) for code in words.CHANNELS},
        "reason": {code: reason_label(code) for code in REASONS},
        "queue": {code: words.team(code) for code in words.TEAMS},
        "location": {code: code for code in sorted(places)},
    }


def _presets(asked: Asked, today: date) -> list[tuple[str, str, bool]]:
    """Label, query and whether it is what is shown."""
    found = []
    for days, label in PRESETS:
        since = today - timedelta(days=days - 1)
        chosen = (asked.since, asked.until) == (since, today + timedelta(days=1))
        found.append((label, asked.query(**{"from": since.isoformat(), "to": today.isoformat()}), chosen))
    return found


def _read(request: AnyRequest, house: House, caller: Caller) -> tuple[Asked, Report, int]:
    clinic = house.configuration.practice()
    with house.database.snapshot() as reading:
        asked, seq = read(request, house, reading.now), journal.head(reading.connection)
        days = {"since": asked.since, "until": asked.until}
        found = metrics.report(reading, actor=caller.actor, by="reason", clinic=clinic, narrow=asked.narrow, **days)
    return asked, found, seq


def _day(field: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        return within(date.fromisoformat(text))
    except ValueError:
        raise Invalid(fields={field: "a date as year-month-day"}) from None


def _sane(field: str, day: date) -> date:
    try:
        return within(day)
    except ValueError:
        raise Invalid(fields={field: "a day of this clinic's time"}) from None


HANDLERS: list[Any] = [
    reports,
    rows,
    taken,
    Router(path="/", route_handlers=[remark_on, unremark], dependencies=PROVIDE, exception_handlers=UNREADABLE),
]
