"""The ladder of a raised hand: who is called next, how long they have to acknowledge, and when to warn beforehand.

Pure rules (domain.md §9). Refuses nothing: whether anybody owns the work or not, somebody is always called.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from slas.hours import Calendar, Pause, add, elapsed
from slas.policies import Target, running_calendar

To = Literal["assignee", "team", "supervisor", "on_call", "manager"]

TOP_TIER = 3
#: Nobody can answer a page faster than this, however short the target.
SHORTEST_ACK = 60
#: Whoever was given work looks at it within a quarter of its time, and within these seconds.
SHORTEST_LEASE, LONGEST_LEASE = 60, 1_800


class Step(msgspec.Struct, frozen=True):
    """Raise to `to`, who has `ack_within_seconds`; without an acknowledgement the next step follows. `pages` reaches
    people outside hours too."""

    tier: int
    to: To
    ack_within_seconds: int
    pages: bool


def next_step(
    *, tier: int, priority: int, target_seconds: int, kind: str, owned: bool = True, last: To | None = None
) -> Step:
    """The step after `tier` (0: nobody was called yet), for a breach of a promise of `target_seconds`.

    Tier 1 is the assignee, then (`last="assignee"`) the next available person of the team; work without an owner
    begins with the team. `kind` is the reason: a complaint ends with the manager, everything else with the on-call
    phone. Tier 3 repeats until somebody acknowledges.
    """
    if tier <= 0:
        to: To = "assignee" if owned else "team"
    elif tier == 1 and last == "assignee":
        return _step(1, "team", priority, target_seconds)
    elif tier == 1:
        to = "supervisor"
    else:
        to = "manager" if kind.partition(".")[0] == "complaint" else "on_call"
    return _step(min(max(tier, 0) + 1, TOP_TIER), to, priority, target_seconds)


def ack_within(priority: int, target_seconds: int) -> int:
    """Seconds to acknowledge: P0 2 min, P1 5 min, else a quarter of the target and at least a minute."""
    return {0: 120, 1: 300}.get(priority, max(target_seconds // 4, SHORTEST_ACK))


def lease(target_seconds: float) -> int:
    """Seconds in which whoever was given work has to touch it, else it goes to somebody else (domain.md §7)."""
    return int(min(max(target_seconds / 4, SHORTEST_LEASE), LONGEST_LEASE))


def warning_at(
    target: Target, calendar: Calendar, start: datetime, due_at: datetime, pauses: Sequence[Pause] = ()
) -> datetime:
    """When the target's share of the running time between start and deadline is used up (UTC), never after the
    deadline."""
    runs = running_calendar(target, calendar)
    budget = elapsed(runs, start, due_at, pauses)
    return min(due_at, add(runs, start, budget * target.warn, pauses)) if budget > 0 else due_at


def _step(tier: int, to: To, priority: int, target_seconds: int) -> Step:
    pages = priority == 0 or to == "on_call"
    return Step(tier, to, ack_within(priority, target_seconds), pages)
