"""When a place is open: zone, weekly hours, dated hours, dated breaks and holidays, read from plain JSON values.

Values only, no arithmetic (`hours`) and no clock. Refuses a calendar it cannot read, naming the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS = 86_400
FIELDS = frozenset({"timezone", "hours", "holidays", "date_hours", "shifts", "breaks"})

#: Seconds after local midnight of the day it begins on; an end above 86,400 lies in the following day.
Interval = tuple[int, int]
Dated = tuple[tuple[date, tuple[Interval, ...]], ...]


class WrongCalendar(ValueError):
    """A calendar cannot be read; the text begins with the field, such as `hours.mon[0]`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class Calendar(msgspec.Struct, frozen=True, cache_hash=True):
    """Opening hours. `weekly` holds seven tuples, Monday first; `always` ignores everything but the zone.

    An interval belongs to the day it begins on: the night of the 24th runs to its end though the 25th is a holiday.
    """

    timezone: str = "UTC"
    always: bool = False
    weekly: tuple[tuple[Interval, ...], ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()
    date_hours: Dated = ()
    breaks: Dated = ()


ALWAYS = Calendar(always=True)


def read_calendar(plain: object) -> Calendar:
    """Build a calendar from `{timezone, hours, holidays, date_hours, breaks}` (`shifts` is another name for
    `date_hours`). Times are `HH:MM` or `HH:MM:SS`, an end may be `24:00`, an end at or before its start runs past
    midnight. Raises `WrongCalendar`.
    """
    if not isinstance(plain, Mapping):
        raise WrongCalendar("calendar", "expected an object")
    if unknown := sorted(str(name) for name in plain if name not in FIELDS):
        raise WrongCalendar(unknown[0], f"is no field of a calendar ({', '.join(sorted(FIELDS))})")
    hours = plain.get("hours", {})
    return Calendar(
        timezone=_zone(plain.get("timezone")),
        always=hours == "always",
        weekly=((),) * 7 if hours == "always" else _weekly(hours),
        holidays=frozenset(_date("holidays", value) for value in _items("holidays", plain.get("holidays", []))),
        date_hours=tuple(sorted(_dated("date_hours", plain.get("date_hours")) + _dated("shifts", plain.get("shifts")))),
        breaks=_dated("breaks", plain.get("breaks")),
    )


def us_holidays(years: Iterable[int], state: str | None = None) -> frozenset[date]:
    """The federal (and a state's) public holidays with their observed days, as dates. `state` is a two-letter code;
    raises `WrongCalendar` for one that does not exist."""
    return frozenset().union(*(_us_year(year, state) for year in years))


@lru_cache(maxsize=512)
def _us_year(year: int, state: str | None) -> frozenset[date]:
    import holidays  # half a second that most callers never need

    try:
        return frozenset(holidays.country_holidays("US", subdiv=state, years=year))
    except NotImplementedError as unknown:
        raise WrongCalendar("state", f"{state!r} is no state of the United States") from unknown


def _zone(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise WrongCalendar("timezone", "expected an IANA name such as America/New_York")
    try:
        return ZoneInfo(value).key
    except (OSError, ValueError, KeyError) as unknown:
        raise WrongCalendar("timezone", f"{value!r} is no IANA time zone") from unknown


def _weekly(hours: object) -> tuple[tuple[Interval, ...], ...]:
    if not isinstance(hours, Mapping):
        raise WrongCalendar("hours", "expected an object of days or 'always'")
    for day in hours:
        if day not in DAYS:
            raise WrongCalendar(f"hours.{day}", f"is no day ({', '.join(DAYS)})")
    return tuple(_intervals(f"hours.{day}", hours.get(day, [])) for day in DAYS)


def _dated(field: str, plain: object) -> Dated:
    if plain is None:
        return ()
    if not isinstance(plain, Mapping):
        raise WrongCalendar(field, "expected an object of dates")
    return tuple(sorted((_date(field, day), _intervals(f"{field}.{day}", value)) for day, value in plain.items()))


def _intervals(field: str, value: object) -> tuple[Interval, ...]:
    return tuple(sorted(_interval(f"{field}[{n}]", pair) for n, pair in enumerate(_items(field, value))))


def _interval(field: str, pair: object) -> Interval:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise WrongCalendar(field, "expected [start, end]")
    start, end = _seconds(field, pair[0]), _seconds(field, pair[1])
    if start == DAY_SECONDS:
        raise WrongCalendar(field, "24:00 can only end an interval")
    return start, end if end > start else end + DAY_SECONDS


def _seconds(field: str, value: object) -> int:
    parts = value.split(":") if isinstance(value, str) else []
    if len(parts) not in (2, 3) or not all(len(part) == 2 and part.isascii() and part.isdigit() for part in parts):
        raise WrongCalendar(field, f"{value!r} is no time such as 08:00")
    hour, minute, second = (int(part) for part in [*parts, "00"][:3])
    total = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or total > DAY_SECONDS:
        raise WrongCalendar(field, f"{value!r} is no time of a day")
    return total


def _date(field: str, value: object) -> date:
    try:
        if isinstance(value, date):
            return value
        return date.fromisoformat(str(value))
    except ValueError as wrong:
        raise WrongCalendar(field, f"{value!r} is no date such as 2026-12-25") from wrong


def _items(field: str, value: object) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise WrongCalendar(field, "expected a list")
    return value
