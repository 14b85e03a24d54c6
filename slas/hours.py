"""Opening-hours arithmetic, pure and exact; refuses naive moments and never searches for ever (`NeverOpen`).

Elapsed time is real: a repeated hour is two hours. A wall time that a clock change skips moves forward by the length of
the gap, a repeated one is the first of the two (RFC 5545 §3.3.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from slas.calendars import ALWAYS, DAY_SECONDS, Calendar, Dated, Interval, WrongCalendar, read_calendar, us_holidays

__all__ = [
    "ALWAYS",
    "Calendar",
    "NeverCloses",
    "NeverOpen",
    "Pause",
    "WrongCalendar",
    "add",
    "business_days",
    "elapsed",
    "is_open",
    "next_close",
    "next_open",
    "read_calendar",
    "spans",
    "us_holidays",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
#: No promise is longer; a search that passes it would only be a slow way to say no.
HORIZON_DAYS = 50 * 366

Pause = tuple[datetime, datetime]
#: Microseconds since the epoch, half open.
Span = tuple[int, int]


class NeverOpen(ValueError):
    """The calendar holds too little open time after the start (within 50 years) for the question to have an answer."""


class NeverCloses(ValueError):
    """The calendar has no closing after the moment (within 50 years)."""


def add(calendar: Calendar, start: datetime, seconds: float, pauses: Sequence[Pause] = ()) -> datetime:
    """The moment (UTC) when `seconds` of open, unpaused time have passed since `start`.

    A budget that ends exactly at closing is due at closing; 0 seconds is the first open moment. Raises `NeverOpen`,
    and `ValueError` for a negative budget or a pause that ends before it begins.
    """
    budget, at = round(seconds * SECOND), _micros(start)
    if budget < 0:
        raise ValueError("seconds: cannot be negative")
    for opens, closes in _counted(calendar, at, pauses):
        if closes - opens >= budget:
            return _moment(opens + budget)
        budget -= closes - opens
    raise NeverOpen("the calendar has too little open time after the start")


def elapsed(calendar: Calendar, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> int:
    """Open, unpaused seconds between two moments, rounded half away from zero; negative when `end` is earlier."""
    since, until = _micros(start), _micros(end)
    if until < since:
        return -elapsed(calendar, end, start, pauses)
    if until - since > HORIZON_DAYS * DAY_SECONDS * SECOND:
        raise ValueError("end: more than 50 years after the start")
    total = 0
    for opens, closes in _counted(calendar, since, pauses):
        if opens >= until:
            break
        total += min(closes, until) - opens
    return (total + SECOND // 2) // SECOND


def spans(calendar: Calendar, since: int, until: int) -> Iterator[Span]:
    """Open spans within [since, until), microseconds since the epoch, in order."""
    for opens, closes in _counted(calendar, since, ()):
        if opens >= until:
            return
        yield opens, min(closes, until)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether `at` lies in opening hours; the opening moment does, the closing moment does not."""
    moment = _micros(at)
    return calendar.always or next(_spans(calendar, moment), (moment + 1, 0))[0] <= moment


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """`at` itself when open, else the next opening (UTC). Raises `NeverOpen`."""
    return add(calendar, at, 0)


def next_close(calendar: Calendar, at: datetime) -> datetime:
    """The first closing after `at` (UTC). Raises `NeverCloses`, or `NeverOpen` when nothing opens first.

    A closing at midnight is told as the last millisecond before it, so that it names the day that ends.
    """
    moment = _micros(at)
    if calendar.always:
        raise NeverCloses("the calendar is always open")
    for _, closes in _spans(calendar, moment):
        if closes - moment > (HORIZON_DAYS - 2) * DAY_SECONDS * SECOND:
            raise NeverCloses("the calendar has no closing")
        if moment < (told := _name_day(calendar, closes)):
            return _moment(told)
    raise NeverOpen("the calendar does not open again")


def business_days(calendar: Calendar, start: datetime, count: int) -> datetime:
    """The same local time on the `count`-th open day after the day of `start`, clipped into its opening (UTC).

    Before opening becomes the opening, after closing the closing, a break in the middle the end of the break.
    """
    if count < 1:
        raise ValueError("count: at least 1 business day")
    local = _aware(start).astimezone(ZoneInfo(calendar.timezone))
    wall = local.time().replace(fold=0)
    day = _open_day(calendar, local.toordinal(), count)
    wish = datetime.combine(date.fromordinal(day), wall, local.tzinfo).astimezone(UTC)
    return wish if is_open(calendar, wish) else _moment(_clip(_day(calendar, day), _micros(wish)))


def _open_day(calendar: Calendar, ordinal: int, count: int) -> int:
    if calendar.always:
        return ordinal + count
    for day in range(ordinal + 1, ordinal + HORIZON_DAYS):
        count -= bool(_day(calendar, day))
        if count == 0:
            return day
    raise NeverOpen("the calendar has too few open days after the start")


def _clip(spans: Sequence[Span], wish: int) -> int:
    for opens, closes in spans:
        if wish <= closes:
            return max(opens, wish)
    return spans[-1][1]


def _name_day(calendar: Calendar, closes: int) -> int:
    at_midnight = _moment(closes).astimezone(ZoneInfo(calendar.timezone)).time() == time()
    return closes - 1000 if at_midnight else closes


def _counted(calendar: Calendar, since: int, pauses: Sequence[Pause]) -> Iterator[Span]:
    """Open spans from `since` on, cut at `since` and without the pauses."""
    spans = ((max(opens, since), closes) for opens, closes in _spans(calendar, since))
    return _without(spans, _read_pauses(pauses)) if pauses else spans


def _without(spans: Iterable[Span], pauses: Sequence[Span]) -> Iterator[Span]:
    for opens, closes in spans:
        rest = opens
        for paused, resumed in pauses:
            if resumed <= rest or paused >= closes:
                continue
            if paused > rest:
                yield rest, paused
            rest = resumed
        if rest < closes:
            yield rest, closes


def _read_pauses(pauses: Sequence[Pause]) -> list[Span]:
    read = sorted((_micros(paused), _micros(resumed)) for paused, resumed in pauses)
    if any(resumed < paused for paused, resumed in read):
        raise ValueError("pauses: one ends before it begins")
    return read


def _spans(calendar: Calendar, since: int) -> Iterator[Span]:
    """Merged open spans that end after `since`, in order, over the horizon."""
    if calendar.always:
        yield since, since + HORIZON_DAYS * DAY_SECONDS * SECOND
        return
    today = _moment(since).astimezone(ZoneInfo(calendar.timezone)).toordinal()
    opens, closes = 0, -1
    for day in range(max(today - 1, 1), _last_day(calendar, today) + 1):
        for start, end in _day(calendar, day):
            if start <= closes:
                closes = max(closes, end)
                continue
            if closes > since:
                yield opens, closes
            opens, closes = start, end
    if closes > since:
        yield opens, closes


def _last_day(calendar: Calendar, today: int) -> int:
    dated = calendar.date_hours[-1][0].toordinal() if calendar.date_hours else 0
    return min(today + HORIZON_DAYS if any(calendar.weekly) else dated, date.max.toordinal() - 2)


@lru_cache(maxsize=16_384)
def _day(calendar: Calendar, ordinal: int) -> tuple[Span, ...]:
    """The spans that begin on one local day, sorted, each longer than nothing."""
    day = date.fromordinal(ordinal)
    if day in calendar.holidays:
        return ()
    special = _by_date(calendar.date_hours).get(day)
    intervals = calendar.weekly[day.weekday()] if special is None else special
    spans = [_resolve(calendar, day, interval) for interval in intervals]
    return tuple(_without([span for span in spans if span[0] < span[1]], _breaks(calendar, day)))


def _breaks(calendar: Calendar, day: date) -> list[Span]:
    """The breaks of a day and, because its last interval may run past midnight, of the next."""
    dated = _by_date(calendar.breaks)
    days = (day, day + timedelta(days=1)) if dated else ()
    return sorted(_resolve(calendar, on, cut) for on in days for cut in dated.get(on, ()))


@lru_cache(maxsize=256)
def _by_date(dated: Dated) -> dict[date, tuple[Interval, ...]]:
    return dict(dated)


def _resolve(calendar: Calendar, day: date, interval: Interval) -> Span:
    return _instant(calendar, day, interval[0]), _instant(calendar, day, interval[1])


def _instant(calendar: Calendar, day: date, seconds: int) -> int:
    days, rest = divmod(seconds, DAY_SECONDS)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 3600, rest // 60 % 60, rest % 60))
    return _micros(wall.replace(tzinfo=ZoneInfo(calendar.timezone)))


def _micros(moment: datetime) -> int:
    since = _aware(moment) - EPOCH
    return (since.days * DAY_SECONDS + since.seconds) * SECOND + since.microseconds


def _moment(micros: int) -> datetime:
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError as beyond:
        raise NeverOpen("the answer lies beyond the year 9999") from beyond


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a UTC offset")
    return moment
