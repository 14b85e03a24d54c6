"""What a report's figures are made of: conversations, their promises and endings, calls. Times are microseconds since
1970, as stored. Shapes only; `inbox/cohort.py` reads them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from slas.openings import Openings

SECOND = 1_000_000
Pauses = tuple[tuple[int, int], ...]


class Case(msgspec.Struct, frozen=True, gc=False):
    """One conversation and a promise of it (its first response, or its first read); 0 for `who` is nobody known."""

    id: int
    channel: str
    reason: str
    team: str
    location: str | None
    owner_id: int | None
    priority: int
    state: str
    who: int
    opened: int
    closed: int | None
    started: int | None = None
    met: int | None = None
    stopped: int | None = None
    due: int | None = None
    breached: int | None = None


class Ending(msgspec.Struct, frozen=True, gc=False):
    """One closure; `reopened` None while it holds."""

    closed: int
    resolved: bool
    outcome: str
    confirmed: bool
    wall: int
    business: int
    reopened: int | None


class Promised(msgspec.Struct, frozen=True, gc=False):
    """Promises due and missed, and how often the patient wrote again after an answer."""

    due: int
    breached: int
    turns: int


NONE = Promised(0, 0, 0)


class Call(msgspec.Struct, frozen=True, gc=False):
    """One phone call of the span with its conversation; `result` "" until it is over, `agent` who led it last."""

    case: Case
    inbound: bool
    agent: int | None
    ringing: int
    queued: int | None
    answered: int | None
    ended: int | None
    wrapped: int | None
    result: str


class Cohort(msgspec.Struct, frozen=True):
    """Everything the figures ask. `answers` are first-response promises given or due in the span, `closings` closures
    made in it, `backlog` all that is open (known for the present only); the rest is about the conversations opened in
    it. `asked` are the questions afterwards, each with its score or None; `calls` rang in the span, `staffed` is for
    how many seconds people said they were there for them, None where that cannot be told. `known` keeps what was
    computed from them."""

    now: int
    openings: Openings
    cases: tuple[Case, ...]
    answers: tuple[Case, ...]
    reads: tuple[Case, ...]
    closings: tuple[tuple[Case, int], ...]
    backlog: tuple[Case, ...]
    promised: dict[int, Promised]
    endings: dict[int, tuple[Ending, ...]]
    pauses: dict[int, Pauses]
    moved: set[int]
    raised: set[int]
    later: list[tuple[int, str, int]]
    asked: dict[int, list[int | None]]
    calls: tuple[Call, ...]
    staffed: float | None
    known: dict[str, Any]


def base(reason: str) -> str:
    """A reason without its sub-reason."""
    return reason.partition(".")[0]
