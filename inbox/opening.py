"""What a patient is told about time: whether somebody is here, when we open, by when we promise an answer.

Answers None rather than a promise that the calendar cannot keep.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from inbox.practice import Practice, calendar_of, policies_of
from slas import hours, policies

#: What nobody has read yet is promised as routine: the triage may only make it sooner.
ROUTINE = 3


class Opening(msgspec.Struct, frozen=True):
    """`opens_at` is None while open, or if nothing ever opens; `reply_by` is None if nothing can be promised."""

    is_open: bool
    opens_at: datetime | None
    reply_by: datetime | None


def opening(practice: Practice, channel: str, now: datetime) -> Opening:
    """The clinic at `now` as somebody who writes on `channel` sees it; moments are UTC."""
    is_open = hours.is_open(calendar_of(practice), now)
    return Opening(is_open, None if is_open else _opens_at(practice, now), _reply_by(practice, channel, now))


def _opens_at(practice: Practice, now: datetime) -> datetime | None:
    try:
        return hours.next_open(calendar_of(practice), now)
    except hours.NeverOpen:
        return None


def _reply_by(practice: Practice, channel: str, now: datetime) -> datetime | None:
    chosen = policies.choose(policies_of(practice), reason="", priority=ROUTINE, channel=channel)
    target = chosen.target("first_response")
    if target is None:
        return None
    try:
        return policies.due(target, calendar_of(practice), now)
    except hours.NeverOpen:
        return None
