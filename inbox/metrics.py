"""The managers' figures, each by its one definition (domain.md §12), counted from clocks, closures and messages.
Refuses averages alone: medians and slowest tenths with still-open waits counted, and n beside every figure.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec


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
