"""Moments and spans as a person reads them, in the clinic's zone. Takes `now`; never asks a clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

#: Minutes left under which a promise is *soon* and *at risk*; below zero it is *late*.
SOON, RISK = 30, 10
#: The ring of a clock: 2 pi times its radius of 4.8.
RING = 30.16


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """`10:38 AM`."""
    return at.astimezone(zone).strftime("%I:%M %p").lstrip("0")


def day(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`Today`, `Yesterday`, `Mon, Nov 16` or, in another year, `Nov 16, 2025`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return "Today"
    if local.date() == today - timedelta(days=1):
        return "Yesterday"
    return f"{local:%a, %b} {local.day}" if local.year == today.year else f"{local:%b} {local.day}, {local.year}"


def stamp(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The time alone today, else day and time."""
    return clock_time(at, zone) if day(at, zone, now) == "Today" else f"{day(at, zone, now)}, {clock_time(at, zone)}"


def span(seconds: float) -> str:
    """`45s`, `8m`, `1h 12m`, `3d 4h`: two units at most, rounded down; a negative span has a true minus sign."""
    whole, sign = int(abs(seconds)), "\N{MINUS SIGN}" if seconds < 0 else ""
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if not minutes:
        return f"{sign}{whole}s"
    if not hours:
        return f"{sign}{minutes}m"
    if not days:
        return f"{sign}{hours}h {minutes % 60:02}m"
    return f"{sign}{days}d {hours % 24}h" if hours % 24 else f"{sign}{days}d"


def age(at: datetime, now: datetime) -> str:
    """How long ago, in one unit: `now`, `4m`, `2h`, `3d`."""
    seconds = (now - at).total_seconds()
    return "now" if seconds < 60 else span(seconds).split(" ")[0]


def countdown(due: datetime, now: datetime) -> str:
    """`8:12` under an hour, else `1h 12m`; late with a minus sign: `−3:08`."""
    seconds = int((due - now).total_seconds())
    if abs(seconds) >= 3600:
        return span(seconds)
    sign = "\N{MINUS SIGN}" if seconds < 0 else ""
    return f"{sign}{abs(seconds) // 60}:{abs(seconds) % 60:02}"


def pressure(due: datetime, now: datetime) -> str:
    """`late`, `risk`, `soon` or `calm`, by the time left."""
    minutes = (due - now).total_seconds() / 60
    if minutes < 0:
        return "late"
    return "risk" if minutes <= RISK else "soon" if minutes <= SOON else "calm"


def remaining(started: datetime | None, due: datetime, now: datetime) -> float:
    """The share of the promise that is left, 0 to 1."""
    whole = (due - started).total_seconds() if started else 0.0
    return max(0.0, min(1.0, (due - now).total_seconds() / whole)) if whole > 0 else 0.0


def runway(due: datetime, now: datetime) -> float:
    """Where a mark stands on the board, 1 to 99: 30 min late to 2 h left, with most room for the next half hour."""
    points = ((-30.0, 2.5), (0.0, 16.0), (10.0, 40.0), (30.0, 64.0), (60.0, 80.0), (120.0, 99.0))
    minutes = max(-30.0, min(120.0, (due - now).total_seconds() / 60))
    for (low, left), (high, right) in pairwise(points):
        if minutes <= high:
            return round(left + (minutes - low) / (high - low) * (right - left), 2)
    return 99.0
