"""The managers' figures, each by its one definition (domain.md §12), counted from clocks, closures and messages.
Refuses averages alone: medians and slowest tenths with still-open waits counted, and n beside every figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from inbox import practice, worklist
from inbox.actors import Actor, Permission, may
from inbox.errors import Forbidden, Invalid
from inbox.practice import calendar_of
from inbox.store import journal
from inbox.store import metrics as store
from inbox.store import worklist as lists
from inbox.store.database import Reading
from inbox.worklist import reason_label
from slas.hours import Calendar, elapsed
from slas.metrics import Closing, Quantile, Rate, Waits, breach_rate, summarise_resolution, summarise_waits

#: What a report can be grouped by, and what each group is called.
GROUPINGS: dict[str, Callable[[str], str]] = {
    "channel": lambda code: code,
    "reason": reason_label,
    "queue": lambda code: code.replace("_", " ").capitalize(),
    "priority": lambda code: f"P{code}",
}
LONGEST = timedelta(days=400)


class Figure(msgspec.Struct, frozen=True):
    """One number. `value` None without cases; `unit` seconds, percent or count; `n` cases behind it; `detail` says what
    counts in words; `rows_link` opens the rows."""

    name: str
    label: str
    value: float | None
    unit: str
    n: int
    detail: str
    rows_link: str


class Group(msgspec.Struct, frozen=True):
    """The table row of one channel, reason or queue. Seconds by the wall clock."""

    key: str
    label: str
    conversations: int
    first_response_median: float | None
    first_response_p90: float | None
    breach_rate: float | None
    due: int
    closed: int
    resolution_median: float | None
    reopen_rate: float | None


class Day(msgspec.Struct, frozen=True):
    """A local day: conversations opened and closed, and the median first response in wall seconds."""

    on: date
    opened: int
    closed: int
    first_response_median: float | None
    first_response_p90: float | None
    partial: bool


class Report(msgspec.Struct, frozen=True):
    """Figures of conversations opened in [since, until), local days; `counted_to` is the moment of the snapshot."""

    since: datetime
    until: datetime
    counted_to: datetime
    by: str
    figures: tuple[Figure, ...]
    by_channel: tuple[Group, ...]
    by_reason: tuple[Group, ...]
    groups: tuple[Group, ...]
    days: tuple[Day, ...]


def report(
    reading: Reading,
    *,
    actor: Actor,
    since: date,
    until: date,
    by: str = "channel",
    clinic: practice.Practice | None = None,
) -> Report:
    """The report on conversations opened on the clinic's local days [since, until). People without sight of all
    figures get those of their own conversations. Raises Forbidden, and Invalid for an unknown `by` or a wrong span."""
    if by not in GROUPINGS:
        raise Invalid(fields={"by": "one of " + ", ".join(GROUPINGS)})
    clinic = clinic or practice.read(reading)
    span = _span(actor, since, until, clinic.zone)
    cases = _cases(reading, actor, span)
    endings = store.closures_in(reading, actor, *span)
    cut = _Cut(reading.now, calendar_of(clinic))
    return Report(
        since=span[0],
        until=span[1],
        counted_to=reading.now,
        by=by,
        figures=_figures(cases, len(endings), cut, since, until),
        by_channel=_groups(cases, "channel", cut),
        by_reason=_groups(cases, "reason", cut),
        groups=_groups(cases, by, cut),
        days=_days(cases, [row.closed_at for row in endings], since, until, cut, ZoneInfo(clinic.zone)),
    )


def named(found: Report, name: str) -> tuple[Figure, ...]:
    """The figures of one name: "first_response" gives its median, slowest tenth and number still open."""
    return tuple(figure for figure in found.figures if figure.name == name or figure.name.startswith(f"{name}_"))


def rows(
    reading: Reading, *, actor: Actor, name: str, since: date, until: date, after: str | None = None, limit: int = 50
) -> worklist.Page:
    """The conversations behind a figure, newest first, as the viewer may see them. Raises Forbidden for roles without
    rows, Invalid for an unknown figure."""
    if not may(actor, Permission.METRIC_ROWS):
        raise Forbidden("Your role shows figures, not the rows behind them.")
    if name not in store.BEHIND:
        raise Invalid(fields={"name": "one of " + ", ".join(store.BEHIND)})
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(fields={"after": "send back `next` as it came"})
    span = _span(actor, since, until, practice.read(reading).zone)
    found = store.ids_behind(reading, actor, name, *span, before=int(after) if after else None, limit=limit + 1)
    shown = worklist.rows(reading, actor, lists.rows_of_ids(reading, actor, found[:limit]), view="all")
    items = tuple(sorted(shown, key=lambda row: row.key))
    following = str(found[limit - 1]) if len(found) > limit else None
    return worklist.Page(items, following, journal.head(reading.connection))


class _Case(msgspec.Struct, frozen=True):
    """One conversation of the cohort with its first promise, its promises counted and its endings."""

    row: Any
    due: int
    breached: int
    endings: tuple[Any, ...]


class _Cut(msgspec.Struct, frozen=True):
    """Where counting stops, and the hours that business seconds count."""

    now: datetime
    calendar: Calendar


def _span(actor: Actor, since: date, until: date, zone: str) -> tuple[datetime, datetime]:
    if not may(actor, Permission.METRICS):
        raise Forbidden("Your role does not show figures.")
    if not timedelta() < until - since <= LONGEST:
        raise Invalid(fields={"to": f"after `from`, at most {LONGEST.days} days later"})
    start, end = (datetime.combine(day, time(), ZoneInfo(zone)) for day in (since, until))
    return start, end


def _cases(reading: Reading, actor: Actor, span: tuple[datetime, datetime]) -> list[_Case]:
    promised = {row.id: row for row in store.promises_of(reading, actor, *span, now=reading.now)}
    endings: dict[int, list[Any]] = {}
    for ending in store.endings_of(reading, actor, *span):
        endings.setdefault(ending.conversation_id, []).append(ending)
    first = {row.id: row for row in reversed(store.opened_in(reading, actor, *span))}
    counted = ((row, promised.get(row.id)) for row in first.values())
    return [
        _Case(row, held.due if held else 0, held.breached if held else 0, tuple(endings.get(row.id, ())))
        for row, held in counted
    ]


def _first_response(cases: Iterable[_Case], cut: _Cut, *, business: bool = False) -> Waits:
    """Waits for a first human answer: answered ones, and those still running at the cut. Whoever was closed without an
    answer waits no longer and is in neither."""
    asked = [case.row for case in cases if case.row.started_at is not None]
    took = _business if business else _wall
    return summarise_waits(
        [took(row.started_at, row.met_at, cut) for row in asked if row.met_at is not None],
        [took(row.started_at, cut.now, cut) for row in asked if row.met_at is None and row.stopped_at is None],
    )


def _wall(start: datetime, end: datetime, _cut: _Cut) -> float:
    return max((end - start).total_seconds(), 0.0)


def _business(start: datetime, end: datetime, cut: _Cut) -> float:
    return float(elapsed(cut.calendar, start, max(start, end)))


def _breaches(cases: Iterable[_Case]) -> Rate:
    cases = list(cases)
    return breach_rate(breached=sum(case.breached for case in cases), due=sum(case.due for case in cases))


def _resolution(cases: Sequence[_Case], cut: _Cut) -> Any:
    still_open = [_wall(case.row.opened_at, cut.now, cut) for case in cases if case.row.state != "closed"]
    return summarise_resolution([_closing(ending) for case in cases for ending in case.endings], still_open)


def _closing(ending: Any) -> Closing:
    after = None if ending.reopened_at is None else (ending.reopened_at - ending.closed_at).total_seconds()
    return Closing(ending.resolved, ending.resolution_wall_seconds, after)


def _figures(cases: Sequence[_Case], closed: int, cut: _Cut, since: date, until: date) -> tuple[Figure, ...]:
    made = [
        ("conversations", "Conversations", float(len(cases)), "count", len(cases), "opened in the period"),
        ("closed", "Closed", float(closed), "count", closed, "closures in the period, whenever opened"),
        *_waits("first_response", "First reply", _first_response(cases, cut), "first inbound to first human reply"),
        *_waits(
            "first_response_business",
            "First reply, open hours",
            _first_response(cases, cut, business=True),
            "the same in open hours",
        ),
        *_ended(_resolution(cases, cut)),
        _rate("breach_rate", "Breach rate", _breaches(cases), "missed of all promises due; those still open count"),
    ]
    return tuple(_figure(since, until, *one) for one in made)


def _figure(
    since: date, until: date, name: str, label: str, value: float | None, unit: str, n: int, detail: str
) -> Figure:
    query = urlencode({"from": since.isoformat(), "to": until.isoformat()})
    behind = next(known for known in store.BEHIND if name.startswith(known))
    return Figure(name, label, value, unit, n, detail, f"/api/metrics/{behind}/rows?{query}")


_Made = tuple[str, str, float | None, str, int, str]


def _waits(name: str, label: str, waits: Waits, means: str) -> list[_Made]:
    said = f"{means}; {waits.still_open} still open, counted as waiting"
    return [
        (f"{name}_median", f"{label}, median", *_quantile(waits.median, waits.count, said)),
        (f"{name}_p90", f"{label}, slowest tenth", *_quantile(waits.p90, waits.count, said)),
        (f"{name}_open", f"{label}, still open", float(waits.still_open), "count", waits.count, means),
    ]


def _quantile(found: Quantile | None, n: int, said: str) -> tuple[float | None, str, int, str]:
    if found is None:
        return None, "seconds", n, said
    return found.seconds, "seconds", n, f"at least; {said}" if found.at_least else said


def _ended(resolution: Any) -> list[_Made]:
    means = "first inbound to a resolving closure not reopened within 7 days"
    return [
        *_waits("resolution", "Resolution", resolution.waits, means),
        _rate(
            "resolution_rate", "Resolved", resolution.resolved, "resolved and not reopened within 7 days, of closures"
        ),
        _rate("reopen_rate", "Reopen rate", resolution.reopened, "reopened of closed"),
    ]


def _rate(name: str, label: str, rate: Rate, means: str) -> _Made:
    return name, label, _percent(rate), "percent", rate.whole, f"{rate.part} of {rate.whole}: {means}"


def _percent(rate: Rate) -> float | None:
    return None if rate.share is None else round(100 * rate.share, 1)


def _groups(cases: Sequence[_Case], by: str, cut: _Cut) -> tuple[Group, ...]:
    column = {"queue": "team"}.get(by, by)
    grouped: dict[str, list[_Case]] = {}
    for case in cases:
        grouped.setdefault(str(getattr(case.row, column)), []).append(case)
    largest = sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(_group(key, GROUPINGS[by](key), members, cut) for key, members in largest)


def _group(key: str, label: str, cases: Sequence[_Case], cut: _Cut) -> Group:
    waits, resolution, breaches = _first_response(cases, cut), _resolution(cases, cut), _breaches(cases)
    return Group(
        key=key,
        label=label,
        conversations=len(cases),
        first_response_median=_seconds(waits.median),
        first_response_p90=_seconds(waits.p90),
        breach_rate=_percent(breaches),
        due=breaches.whole,
        closed=sum(len(case.endings) for case in cases),
        resolution_median=_seconds(resolution.waits.median),
        reopen_rate=_percent(resolution.reopened),
    )


def _seconds(found: Quantile | None) -> float | None:
    return None if found is None else found.seconds


def _days(
    cases: Sequence[_Case], closings: Sequence[datetime], since: date, until: date, cut: _Cut, zone: ZoneInfo
) -> tuple[Day, ...]:
    opened: dict[date, list[_Case]] = {}
    for case in cases:
        opened.setdefault(case.row.opened_at.astimezone(zone).date(), []).append(case)
    closed = [moment.astimezone(zone).date() for moment in closings]
    today = cut.now.astimezone(zone).date()
    days = (since + timedelta(days=place) for place in range((until - since).days))
    return tuple(_day(day, opened.get(day, []), closed.count(day), cut, today) for day in days if day <= today)


def _day(day: date, cases: Sequence[_Case], closed: int, cut: _Cut, today: date) -> Day:
    waits = _first_response(cases, cut)
    return Day(day, len(cases), closed, _seconds(waits.median), _seconds(waits.p90), partial=day == today)
