"""The report in its parts, as pages, programs and files show it: what each number is, in which unit, over how many
cases. Shapes only; `inbox/metrics.py` makes them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from inbox import worklist
from inbox.measures import Entry, Measure
from inbox.metric_complaints import Complaint
from inbox.remark import Remark


class Narrow(msgspec.Struct, frozen=True):
    """Which conversations: "" is any. `business` counts open hours instead of the clock on the wall."""

    channel: str = ""
    reason: str = ""
    location: str = ""
    queue: str = ""
    business: bool = False

    @property
    def codes(self) -> dict[str, Any]:
        """What is narrowed, by its name in an address."""
        every = {"channel": self.channel, "reason": self.reason, "location": self.location, "queue": self.queue}
        return {name: code for name, code in every.items() if code}


class Change(msgspec.Struct, frozen=True):
    """Against the same length before, as it stood at the same point: `verdict` better, worse, changed (neither is
    good), same (no more than chance brings) or few (fewer than 20 on a side); `n` cases then."""

    verdict: str
    before: float | None
    n: int


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
    change: Change | None = None
    spark: tuple[float | None, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """The table row of one channel, reason, queue, location or person. Seconds as the report counts them; figures of
    fewer than five cases are None. `satisfied` percent of `answers`, of `asked` patients."""

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
    resolution_p90: float | None = None
    first_contact: float | None = None
    satisfied: float | None = None
    answers: int = 0
    asked: int = 0
    few: bool = False


class Day(msgspec.Struct, frozen=True):
    """A local day, or `days` of them from `on`: conversations opened and closed, and the median first response."""

    on: date
    opened: int
    closed: int
    first_response_median: float | None
    first_response_p90: float | None
    partial: bool
    days: int = 1


class CallDay(msgspec.Struct, frozen=True):
    """The calls of a slot, by what became of them in the queue: `within` of the answered came in 20 seconds; `speed` is
    the average wait of the answered in seconds; `left` for voicemail or a call back; `short` hung up at once."""

    answered: int
    within: int
    speed: float | None
    left: int
    hung_up: int
    short: int
    waiting: int


class Volume(msgspec.Struct, frozen=True):
    """Conversations of a channel by day (or week)."""

    channel: str
    counts: tuple[int, ...]


class Hour(msgspec.Struct, frozen=True):
    """A local hour of a weekday (0 is Monday): all conversations opened in it, `mean` an hour of that kind, `late` of
    them answered late or still unanswered past the deadline."""

    weekday: int
    hour: int
    opened: int
    mean: float
    late: int


class Stage(msgspec.Struct, frozen=True):
    """A step that requests reached: `count` of them; `name` opens the rows."""

    name: str
    label: str
    count: int


class Report(msgspec.Struct, frozen=True):
    """Figures of conversations opened in [since, until), local days; `counted_to` is the moment of the snapshot.
    `before` is what they are compared with; `hidden` people had fewer than five; `target` is the median of what was
    promised for a first response, in seconds as the report counts them; `calls` has a slot for each of `days`."""

    since: datetime
    until: datetime
    counted_to: datetime
    by: str
    figures: tuple[Figure, ...]
    by_channel: tuple[Group, ...] = ()
    by_reason: tuple[Group, ...] = ()
    groups: tuple[Group, ...] = ()
    days: tuple[Day, ...] = ()
    by_location: tuple[Group, ...] = ()
    by_queue: tuple[Group, ...] = ()
    by_agent: tuple[Group, ...] = ()
    hidden: int = 0
    volume: tuple[Volume, ...] = ()
    hours: tuple[Hour, ...] = ()
    stages: tuple[Stage, ...] = ()
    remarks: tuple[Remark, ...] = ()
    narrow: Narrow = Narrow()
    before: tuple[datetime, datetime] | None = None
    target: float | None = None
    calls: tuple[CallDay, ...] = ()
    complaints: tuple[Complaint, ...] = ()


class Behind(msgspec.Struct, frozen=True):
    """A page of the rows behind a figure: what each conversation of the page brings to it, and the figure itself."""

    page: worklist.Page
    entries: dict[int, tuple[Entry, ...]]
    figure: Figure
    measure: Measure
