"""The board in its parts, as the screen, the wall and programs show it. Shapes only; `inbox/board.py` makes them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from inbox import worklist
from inbox.outlook import Expected
from inbox.signals import Signals
from inbox.worklist import Row


class Within(msgspec.Struct, frozen=True):
    """First answers due since local midnight, kept in time or not; `percent` None without any, `target` in percent."""

    met: int
    due: int
    percent: float | None
    target: int


class Oldest(msgspec.Struct, frozen=True):
    """The longest wait for a first answer."""

    seconds: int
    queue: str
    channel: str


class Available(msgspec.Struct, frozen=True):
    """People who said they are available, of those signed in or there at all; `load` and `room` in conversations."""

    people: int
    of: int
    load: int
    room: int


class Reads(msgspec.Struct, frozen=True):
    """How soon a person first opened what came in emergent or urgent since local midnight: `n` conversations, `unread`
    of them still, the oldest of those for `oldest_seconds`."""

    median: float | None = None
    slowest_tenth: float | None = None
    n: int = 0
    unread: int = 0
    oldest_seconds: int = 0


class Figures(msgspec.Struct, frozen=True):
    """The six figures and the alarms under them. `waiting` is part of `open`."""

    within_today: Within
    late: int
    at_risk: int
    at_risk_unowned: int
    open: int
    waiting: int
    oldest_wait: Oldest | None
    available: Available
    unacked: int
    quarantined: int
    dead_jobs: int
    reads: Reads = Reads()


class Mark(msgspec.Struct, frozen=True):
    """An open conversation on the runway; `state` is calm, soon (30 min), risk (10 min) or late; `initials` are the
    owner's, "" without one; `name` is empty where the viewer may not see persons; `expected` to be late in the hour."""

    id: int
    initials: str
    due_at: datetime
    state: str
    name: str
    expected: bool = False


class Lane(msgspec.Struct, frozen=True):
    """A queue: `within_percent` of `of` due today, `people_available` of `people`; at most 200 marks, due first."""

    team: str
    label: str
    open: int
    within_percent: float | None
    of: int
    people_available: int
    people: int
    marks: tuple[Mark, ...]


class Member(msgspec.Struct, frozen=True):
    """Someone of the team: declared availability since when, and how many open conversations they own."""

    id: int
    name: str
    initials: str
    availability: str
    since: datetime | None
    load: int


class Bucket(msgspec.Struct, frozen=True):
    """A quarter of an hour: messages from patients in, human answers out."""

    at: datetime
    incoming: int
    outgoing: int


class Board(msgspec.Struct, frozen=True):
    """The board at `at`; `head` is the journal's newest seq in this snapshot; `flow` are 24 buckets, oldest first;
    `forecast` what will be late within the hour, `coming` the rows of it that are not at risk yet."""

    at: datetime
    head: int
    figures: Figures
    lanes: tuple[Lane, ...]
    act_now: tuple[Row, ...]
    team: tuple[Member, ...]
    flow: tuple[Bucket, ...]
    forecast: tuple[Expected, ...] = ()
    coming: tuple[Row, ...] = ()
    signals: Signals = Signals()
    may_assign: bool = False
    may_take: bool = False


class Behind(msgspec.Struct, frozen=True):
    """A page of the conversations behind a figure, how many there are in all, and in words what counts."""

    page: worklist.Page
    count: int
    label: str
    means: str
