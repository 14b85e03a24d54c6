"""Dates of an iCalendar text (RFC 5545): each event's days with its summary. Refuses what is no calendar; knows no
repetition rules, which holiday calendars spell out year by year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

MOST, LONGEST_DAYS = 400, 60
_ESCAPED = re.compile(r"\\([\\;,nN])")


class WrongICal(ValueError):
    """The text holds no event with a date; the words are for a person."""


def days(text: str) -> tuple[tuple[date, str], ...]:
    """Every (day, summary) in order, an event of several days once for each; at most MOST. Raises WrongICal."""
    found = sorted(dict(_days(_lines(text))).items())
    if not found:
        raise WrongICal("no event with a date was found; export the calendar as .ics and try again")
    return tuple(found[:MOST])


def _lines(text: str) -> list[str]:
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def _days(lines: list[str]) -> Iterator[tuple[date, str]]:
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.partition(";")[0].upper()
        if (key, value.upper()) == ("BEGIN", "VEVENT"):
            event = {}
        elif (key, value.upper()) == ("END", "VEVENT"):
            yield from _event(event)
        else:
            event.setdefault(key, value)


def _event(event: dict[str, str]) -> Iterator[tuple[date, str]]:
    first = _date(event.get("DTSTART", ""))
    if first is None:
        return
    # the end of a whole-day event is the day after its last (RFC 5545 §3.6.1)
    last = (_date(event.get("DTEND", "")) or first + timedelta(days=1)) - timedelta(days=1)
    summary = _ESCAPED.sub(lambda part: " " if part[1] in "nN" else part[1], event.get("SUMMARY", ""))
    for count in range(min(max((last - first).days, 0) + 1, LONGEST_DAYS)):
        yield first + timedelta(days=count), summary.strip()[:80]


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(f"{value[:4]}-{value[4:6]}-{value[6:8]}")
    except ValueError:
        return None
